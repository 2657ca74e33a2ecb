//! What a network found on a data set, as COCO's results format has it
//! (<https://cocodataset.org/#format-results>).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::CocoSegmentation;
use crate::error::{Error, Result};

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
