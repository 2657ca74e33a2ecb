//! What is exported of an image.

use crate::error::{Error, Result};
use crate::measure::Measures;
use crate::structures::{MaskCrops, Objects};

/// What was found in an image, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// The objects.
    pub objects: &'a Objects,
    /// Names of the classes, the background first.
    pub labels: &'a [String],
    /// Measures of the objects.
    pub measures: Option<&'a Measures>,
    /// Length of a pixel's side in micrometres.
    pub pixel_size: Option<f64>,
    /// The image's file; empty where it is not known.
    pub file_name: &'a str,
}

impl<'a> Findings<'a> {
    /// The name of an object's class.
    pub(super) fn label(&self, index: usize) -> &'a str {
        self.labels.get(self.objects.class_ids[index] as usize).map_or("?", String::as_str)
    }

    /// The masks, without which `what` cannot be written.
    pub(super) fn masks(&self, what: &str) -> Result<&'a MaskCrops> {
        self.objects.masks.as_ref().ok_or_else(|| {
            Error::InvalidInput(format!(
                "{what} needs masks, but the network gives boxes only; use a model with a mask branch"
            ))
        })
    }
}
