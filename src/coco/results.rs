//! What a network found on a data set, as COCO's results format has it
//! (<https://cocodataset.org/#format-results>).

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::warnings::Warnings;
use super::written_mask::WrittenMask;
use super::{ClassMap, CocoId, CocoSegmentation, file, scalar};
use crate::error::{Error, Result};
use crate::structures::{BoundingBox, Detections, MASK_THRESHOLD, paste};

/// One object that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CocoResult {
    /// The image that it is in.
    pub image_id: CocoId,
    /// What it is.
    pub category_id: u64,
    /// Left, top, width and height in pixels.
    pub bbox: [f64; 4],
    /// How sure the network is; higher is surer.
    pub score: f64,
    /// Its mask; missing for a network of boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segmentation: Option<CocoSegmentation>,
}

/// All objects that were found, in any order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct CocoResults(pub Vec<CocoResult>);

impl CocoResults {
    /// Adds what a network found in an image, best score first; masks are cut at probability 0.5.
    /// Classes that have no category are left out.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the image is larger than [`crate::image::Image::MAX_SIDE`].
    pub fn add(&mut self, image_id: &CocoId, detections: &Detections, classes: &ClassMap) -> Result<()> {
        let (width, height) = (detections.width, detections.height);
        for detection in &detections.items {
            let Some(category_id) = classes.category(detection.class_id) else { continue };
            let BoundingBox { x1, y1, x2, y2 } = detection.bounding_box;
            let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(f64::from);
            let mask = detection
                .mask
                .as_ref()
                .map(|mask| paste(mask, &detection.bounding_box, width, height).to_rle(MASK_THRESHOLD, width, height));
            self.0.push(CocoResult {
                image_id: image_id.clone(),
                category_id,
                bbox: [x1, y1, x2 - x1, y2 - y1],
                score: detection.score.into(),
                segmentation: mask.transpose()?.as_ref().map(CocoSegmentation::from),
            });
        }
        Ok(())
    }

    /// Results from their JSON, an array of objects, as `COCO.loadRes` of pycocotools reads them: a box that is
    /// missing comes from the mask. Ids may be texts, such as the images' file names.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the JSON is not such an array, or a result has no image or category, no finite
    /// score, or neither a valid box nor a valid mask; the text names the result by its place in the array.
    pub fn from_json(bytes: &[u8], warnings: &mut Warnings) -> Result<Self> {
        let text = crate::text::utf8(bytes)?;
        if text.trim_start().starts_with('{') {
            let reason = "these are not results in COCO's format, which are a list; a data set is given with --data";
            return Err(Error::InvalidInput(reason.into()));
        }
        let written: Vec<WrittenResult> = file::parse(text, "a list of results in COCO's format")?;
        let results = written.into_iter().enumerate().map(|(place, result)| {
            let name = || match scalar::id(&result.image_id) {
                Some(image) => format!("result {place} (image {image})"),
                None => format!("result {place}"),
            };
            result.check(&name, warnings).map_err(|reason| Error::InvalidInput(format!("{}: {reason}", name())))
        });
        results.collect::<Result<_>>().map(Self)
    }

    /// Reads results from their JSON file.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, and as [`CocoResults::from_json`], with the file's path.
    pub fn read(path: &Path, warnings: &mut Warnings) -> Result<Self> {
        file::read(path, warnings, Self::from_json)
    }

    /// The results as JSON, on one line.
    pub fn to_json(&self) -> Vec<u8> {
        super::file::json(self)
    }
}

/// A result as its JSON has it.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "a result: an object")]
struct WrittenResult {
    image_id: Value,
    category_id: Value,
    bbox: Value,
    score: Value,
    segmentation: WrittenMask,
}

impl WrittenResult {
    fn check(&self, name: &dyn Fn() -> String, warnings: &mut Warnings) -> Result<CocoResult, String> {
        let shown = scalar::shown;
        let image_id =
            scalar::id(&self.image_id).ok_or_else(|| format!("its image_id is {}", shown(&self.image_id)))?;
        let category_id = scalar::category_id(&self.category_id)
            .ok_or_else(|| format!("its category_id is {}", shown(&self.category_id)))?;
        let score = scalar::number(&self.score).filter(|score| score.is_finite());
        let score = score.ok_or_else(|| format!("its score is {}; give a number", shown(&self.score)))?;
        let segmentation = self.segmentation.clone().check(name, warnings)?;
        let bbox = match (scalar::bbox(&self.bbox), &segmentation) {
            (Some(bbox), _) => bbox,
            (None, Some(mask)) if scalar::is_empty(&self.bbox) => mask.bounds().map_err(file::reason)?,
            _ => return Err(format!("its bbox is {}; give left, top, width and height", shown(&self.bbox))),
        };
        Ok(CocoResult { image_id, category_id, bbox, score, segmentation })
    }
}
