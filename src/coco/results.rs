//! What a network found on a data set, as COCO's results format has it
//! (<https://cocodataset.org/#format-results>).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ClassMap, CocoSegmentation};
use crate::error::{Error, Result};
use crate::ops::paste_masks::{MASK_THRESHOLD, paste};
use crate::structures::{BoundingBox, Detections};

/// One object that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CocoResult {
    /// The picture that it is in.
    pub image_id: u64,
    /// What it is.
    pub category_id: u64,
    /// Left, top, width and height in pixels.
    pub bbox: [f64; 4],
    /// How sure the network is; higher is surer.
    pub score: f64,
    /// Its mask; missing for a network of boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segmentation: Option<CocoSegmentation>,
}

/// All objects that were found, in any order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CocoResults(pub Vec<CocoResult>);

impl CocoResults {
    /// Adds what a network found in a picture, best score first; masks are cut at probability 0.5.
    /// Classes that have no category are left out.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the picture is larger than [`crate::structures::Image::MAX_SIDE`].
    pub fn add(&mut self, image_id: u64, detections: &Detections, classes: &ClassMap) -> Result<()> {
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
                image_id,
                category_id,
                bbox: [x1, y1, x2 - x1, y2 - y1],
                score: detection.score.into(),
                segmentation: mask.transpose()?.as_ref().map(CocoSegmentation::from),
            });
        }
        Ok(())
    }

    /// Results from their JSON: an array of objects.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the JSON is no such array, or a box or score in it is not finite
    /// or a box's side negative.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let results: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::InvalidInput(format!("these are no results in COCO's format: {error}")))?;
        for (i, result) in results.0.iter().enumerate() {
            let [_, _, width, height] = result.bbox;
            if !result.bbox.iter().all(|value| value.is_finite()) || width < 0.0 || height < 0.0 {
                return Err(Error::InvalidInput(format!("result {i}: its bbox is {:?}", result.bbox)));
            }
            if !result.score.is_finite() {
                return Err(Error::InvalidInput(format!("result {i}: its score is {}", result.score)));
            }
        }
        Ok(results)
    }

    /// Reads results from their JSON file.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, and as [`CocoResults::from_json`], with the file's path.
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_json(&super::file::read(path)?).map_err(|error| super::file::of(path, error))
    }

    /// The results as JSON, on one line.
    pub fn to_json(&self) -> Vec<u8> {
        super::file::json(self)
    }
}
