//! What torchvision computed for one image.

use std::path::Path;

use maskrcnn_web::image::Image;
use maskrcnn_web::{Error, Result, Settings};
use serde::Deserialize;

use super::pairs::Chosen;
use super::stages::Unusable;
use super::stages::{Stages, Tensor};
use crate::files;

/// The stages before the first choice, by the beginnings of their names, in the network's order.
const FEATURES: [&str; 5] = ["input.padded", "c.", "fpn.", "rpn.objectness.", "rpn.deltas."];

/// An image, how it was run, and every stage.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) image: Image,
    report: Report,
    stages: Stages,
}

/// What is read of the JSON under `report` in the file's metadata.
#[derive(Debug, Deserialize)]
struct Report {
    min_size: usize,
    #[serde(default = "max_size")]
    max_size: usize,
    variant: String,
}

fn max_size() -> usize {
    1333
}

impl Reference {
    /// Reads a reference file.
    ///
    /// # Errors
    /// `io` where it cannot be read; `invalid-input` where it is not a reference.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let invalid = |reason: String| Error::InvalidInput(format!("{}: {reason}", path.display()));
        let (stages, metadata) = Stages::from_safetensors(path, &files::read(path)?)?;
        let report = metadata.get("report").ok_or_else(|| invalid("its metadata has no `report`".into()))?;
        let report = serde_json::from_str(report).map_err(|error| invalid(format!("its report: {error}")))?;
        let picture = stages.get("image_u8").ok_or_else(|| invalid("it has no image_u8".into()))?;
        let [height, width, 3] = picture.shape[..] else {
            return Err(invalid(format!("image_u8 has the shape {:?}, not [height, width, 3]", picture.shape)));
        };
        let rgb: Vec<u8> = picture.values.iter().map(|&value| value as u8).collect();
        let image = Image::from_rgb(width, height, &rgb)?;
        Ok(Self { image, report, stages })
    }

    /// Sets what the weights do not say: sizes and limits.
    pub(super) fn configure(&self, settings: &mut Settings) {
        settings.input.min_size = self.report.min_size;
        settings.input.max_size = self.report.max_size;
        (settings.proposals.pre_nms_top_n, settings.proposals.post_nms_top_n) = self.proposal_limits();
    }

    /// How many candidates of a level went into non-maximum suppression, and how many proposals
    /// came out at most.
    pub(super) fn proposal_limits(&self) -> (usize, usize) {
        if self.report.variant == "tiny" { (500, 200) } else { (1000, 1000) }
    }

    /// A stage that every reference has.
    ///
    /// # Errors
    /// `invalid-input` where it has not.
    pub(super) fn stage(&self, name: &str) -> Result<&Tensor> {
        self.get(name).ok_or_else(|| Error::InvalidInput(format!("the reference has no stage {name}")))
    }

    /// A stage, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&Tensor> {
        self.stages.get(name)
    }

    /// The boxes that torchvision chose, see [`Chosen::read`].
    ///
    /// # Errors
    /// `invalid-input` where a stage is missing or of another shape.
    pub(super) fn chosen(&self, boxes: &str, scores: &str, groups: Option<&str>) -> Result<Chosen> {
        let invalid = |bad: Unusable| Error::InvalidInput(format!("the reference's stage {}: {}", bad.stage, bad.why));
        Chosen::read(&self.stages, boxes, scores, groups).map_err(invalid)
    }

    /// The stages before the first choice, in the network's order.
    pub(super) fn features(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        FEATURES.iter().flat_map(|kind| self.stages.iter().filter(move |(name, _)| name.starts_with(kind)))
    }
}
