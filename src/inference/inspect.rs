//! The intermediate stages of one image, for tests and for inspection.

use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::{Int, Tensor};

use super::read_back::{read_floats, read_integers};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::image::Image;
use crate::model::roi_heads::BoxDetections;
use crate::model::rpn::Candidates;
use crate::model::{Batch, MaskRcnn, Observer, PictureSize, Regions, StageOutput};
use crate::ops::ABSENT;
use crate::ops::resize::DeviceImage;
use crate::ops::roi_pooling::level_of;
use crate::structures::Detections;

/// The detections of an image and every intermediate stage, of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// What [`MaskRcnn::predict`] gives.
    pub detections: Detections,
    /// The image's size before and after resizing.
    pub size: PictureSize,
    /// The stages, in the order that [`MaskRcnn::inspect`] lists.
    pub stages: Vec<Stage>,
}

/// One intermediate result.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What it is, such as `fpn.0` or `det.boxes`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, the last axis fastest.
    pub data: StageData,
}

/// The values of a [`Stage`].
#[derive(Debug, Clone, PartialEq)]
pub enum StageData {
    /// Floats.
    F32(Vec<f32>),
    /// Integers.
    I32(Vec<i32>),
}

#[derive(Default)]
struct Stages(Vec<Stage>);

impl Stages {
    fn push(&mut self, name: impl Into<String>, shape: Vec<usize>, data: StageData) {
        self.0.push(Stage { name: name.into(), shape, data });
    }

    async fn floats<const D: usize>(&mut self, name: impl Into<String>, tensor: Tensor<D>) -> Result<()> {
        let shape = tensor.dims().to_vec();
        self.push(name, shape, StageData::F32(read_floats(tensor).await?));
        Ok(())
    }

    async fn integers<const D: usize>(&mut self, name: impl Into<String>, tensor: Tensor<D, Int>) -> Result<()> {
        let shape = tensor.dims().to_vec();
        self.push(name, shape, StageData::I32(read_integers(tensor).await?));
        Ok(())
    }

    /// Keeps only the valid rows of the stages from the given one on.
    fn keep(&mut self, first: usize, present: &[bool]) {
        for stage in &mut self.0[first..] {
            let row: usize = stage.shape[1..].iter().product();
            stage.shape[0] = present.iter().filter(|&&present| present).count();
            match &mut stage.data {
                StageData::F32(values) => keep_rows(values, row, present),
                StageData::I32(values) => keep_rows(values, row, present),
            }
        }
    }
}

fn keep_rows<T>(values: &mut Vec<T>, row: usize, present: &[bool]) {
    let mut index = 0;
    values.retain(|_| {
        index += 1;
        present[(index - 1) / row]
    });
}

impl MaskRcnn {
    /// Runs the network once, and reads every stage back.
    ///
    /// The stages, in order:
    /// - `input.padded`; `c.2` to `c.5`; `fpn.0` to `fpn.3` and `fpn.pool` (P2 to P6);
    /// - `rpn.objectness.N` and `rpn.deltas.N` of each level;
    /// - `rpn.candidates` `[n, 4]` (pixels of the resized image), `rpn.candidate_scores` `[n]`
    ///   (0..1) and `rpn.candidate_levels` `[n]` (0 for P2 to 4 for P6): the best of each level,
    ///   before non-maximum suppression;
    /// - `rpn.proposals`, `rpn.proposal_scores` (0..1), `roi.levels` (0 for P2 to 3 for P5: where each
    ///   is pooled from); `box.logits`, `box.deltas` of each proposal;
    /// - `det.boxes_resized`, `det.boxes` (pixels of the resized and of the original image),
    ///   `det.scores`, `det.labels`, `det.class_scores` `[n, classes]` (0..1, of the proposal that the
    ///   detection came from, the background first);
    /// - unless there is no mask branch `mask.logits` `[n, size, size]` (own class) and
    ///   `mask.logits_all` `[n, classes, size, size]`.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn inspect(&self, image: &Image, settings: &Settings) -> Result<Inspection> {
        self.inspect_batch(&self.input(core::slice::from_ref(image), settings)?, settings).await
    }

    /// As [`inspect`](Self::inspect), of an image that is on the network's device.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn inspect_on_device(&self, image: &DeviceImage, settings: &Settings) -> Result<Inspection> {
        self.inspect_batch(&Self::input_on_device(image, settings)?, settings).await
    }

    async fn inspect_batch(&self, batch: &Batch, settings: &Settings) -> Result<Inspection> {
        let mut inspector =
            Inspector { network: self, settings, stages: Stages::default(), class_scores: None, detections: None };
        let mut detections = self.detect(batch, settings, &mut inspector).await?;
        let stages = inspector.finish().await?;
        match (detections.pop(), batch.sizes.first()) {
            (Some(detections), Some(&size)) => Ok(Inspection { detections, size, stages }),
            _ => Err(Error::Internal("a run on one image has no result".into())),
        }
    }
}

/// Reads each stage back.
struct Inspector<'a> {
    network: &'a MaskRcnn,
    settings: &'a Settings,
    stages: Stages,
    /// Probability of each class of each proposal, `[proposals, classes]`.
    class_scores: Option<Tensor<2>>,
    detections: Option<FoundStages>,
}

/// The stages of the detections, of which some are padding.
struct FoundStages {
    /// Index of the first of them.
    first: usize,
    /// What masks are pooled from.
    regions: Regions,
    /// The scores of the detections.
    scores: Tensor<1>,
}

impl Observer for Inspector<'_> {
    async fn after(&mut self, output: StageOutput<'_>) -> Result<()> {
        match output {
            StageOutput::Input(batch) => self.stages.floats("input.padded", batch.input.clone()).await,
            StageOutput::Stem(_) => Ok(()),
            StageOutput::Features { index, features } => {
                self.stages.floats(format!("c.{}", index + 2), features.clone()).await
            }
            StageOutput::Pyramid(pyramid) => {
                for (name, level) in ["0", "1", "2", "3", "pool"].iter().zip(pyramid) {
                    self.stages.floats(format!("fpn.{name}"), level.clone()).await?;
                }
                Ok(())
            }
            StageOutput::Rpn(levels) => {
                for (level, output) in levels.iter().enumerate() {
                    self.stages.floats(format!("rpn.objectness.{level}"), output.objectness.clone()).await?;
                    self.stages.floats(format!("rpn.deltas.{level}"), output.deltas.clone()).await?;
                }
                Ok(())
            }
            StageOutput::Candidates(candidates) => self.stages.candidates(candidates).await,
            StageOutput::Proposals { regions, proposals } => {
                let first = self.stages.0.len();
                self.stages.floats("rpn.proposals", proposals.boxes.clone()).await?;
                self.stages.floats("rpn.proposal_scores", sigmoid(proposals.scores.clone())).await?;
                self.stages.roi_levels(&proposals.boxes, regions.scales[0]).await?;
                self.stages.keep(first, &present(proposals.scores.clone()).await?);
                Ok(())
            }
            StageOutput::Boxes { proposals, output } => {
                let first = self.stages.0.len();
                self.stages.floats("box.logits", output.logits.clone()).await?;
                self.stages.floats("box.deltas", output.deltas.clone()).await?;
                self.stages.keep(first, &present(proposals.scores.clone()).await?);
                self.class_scores = Some(softmax(output.logits.clone(), 1));
                Ok(())
            }
            StageOutput::Detections { regions, detections } => self.detections(regions, detections).await,
            StageOutput::Masks { detections, logits } => {
                self.stages.floats("mask.logits", logits.clone()).await?;
                let Some(FoundStages { regions, .. }) = &self.detections else { return Ok(()) };
                match self.network.all_masks(self.settings, regions, detections) {
                    Some(parts) => self.stages.parts("mask.logits_all", parts).await,
                    None => Ok(()),
                }
            }
        }
    }
}

impl Inspector<'_> {
    async fn detections(&mut self, regions: &Regions, detections: &BoxDetections) -> Result<()> {
        let BoxDetections { boxes, scores, labels, .. } = detections.clone();
        self.detections =
            Some(FoundStages { first: self.stages.0.len(), regions: regions.clone(), scores: scores.clone() });
        let scale = Tensor::<1>::from_floats(regions.size.box_scale(), &boxes.device()).unsqueeze::<2>();
        self.stages.floats("det.boxes_resized", boxes.clone()).await?;
        self.stages.floats("det.boxes", boxes * scale).await?;
        self.stages.floats("det.scores", scores).await?;
        self.stages.integers("det.labels", labels).await?;
        if let Some(class_scores) = self.class_scores.take() {
            let origins = detections.proposals(class_scores.dims()[0]);
            self.stages.floats("det.class_scores", class_scores.select(0, origins)).await?;
        }
        Ok(())
    }

    /// All stages, without padding.
    async fn finish(mut self) -> Result<Vec<Stage>> {
        if let Some(FoundStages { first, scores, .. }) = self.detections {
            self.stages.keep(first, &present(scores).await?);
        }
        Ok(self.stages.0)
    }
}

impl Stages {
    async fn candidates(&mut self, candidates: &Candidates) -> Result<()> {
        let [levels, k] = candidates.scores.dims();
        let scores: Tensor<1> = candidates.scores.clone().reshape([levels * k]);
        let first = self.0.len();
        self.floats("rpn.candidates", candidates.boxes.clone()).await?;
        self.floats("rpn.candidate_scores", sigmoid(scores.clone())).await?;
        let numbers = (0..levels * k).map(|index| (index / k) as i32).collect();
        self.push("rpn.candidate_levels", vec![levels * k], StageData::I32(numbers));
        self.keep(first, &present(scores).await?);
        Ok(())
    }

    /// The level that each box is pooled from, by the rule that the pooling has.
    async fn roi_levels(&mut self, boxes: &Tensor<2>, p2_scale: f32) -> Result<()> {
        let corners = read_floats(boxes.clone()).await?;
        let level = |corners: &[f32; 4]| {
            let &[x1, y1, x2, y2] = corners;
            level_of((x2 - x1) * (y2 - y1), p2_scale) as i32
        };
        let levels: Vec<i32> = corners.as_chunks().0.iter().map(level).collect();
        self.push("roi.levels", vec![levels.len()], StageData::I32(levels));
        Ok(())
    }

    /// Tensors that make one when joined, which may be larger than what a device can bind.
    async fn parts<const D: usize>(&mut self, name: &str, parts: Vec<Tensor<D>>) -> Result<()> {
        let mut shape = vec![0; D];
        let mut values = Vec::new();
        for part in parts {
            let rows = shape[0] + part.dims()[0];
            shape = part.dims().to_vec();
            shape[0] = rows;
            values.extend(read_floats(part).await?);
        }
        self.push(name, shape, StageData::F32(values));
        Ok(())
    }
}

/// Which entries are there.
async fn present(scores: Tensor<1>) -> Result<Vec<bool>> {
    Ok(read_floats(scores).await?.iter().map(|&score| score > ABSENT).collect())
}
