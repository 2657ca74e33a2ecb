//! What is measured.

use serde::Serialize;

use crate::error::{Error, Result};

/// Choices for an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationOptions {
    /// Maximum number of detections per image and category (the best ones) for COCO's scores,
    /// with a set of scores for each value: COCO uses 100, images of cells hold more.
    pub max_detections: Vec<usize>,
    /// Detections with at least this score, 0..1, are instances; COCO's scores take all.
    pub score_threshold: f64,
    /// Whether a pixel belongs to one mask only, that of the detection with the highest score, as in
    /// an image of labels; a detection that keeps no pixel has no mask. Boxes stay as they are.
    pub disjoint: bool,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self { max_detections: vec![100], score_threshold: 0.5, disjoint: false }
    }
}

impl EvaluationOptions {
    pub(super) fn check(&self) -> Result<()> {
        if self.max_detections.is_empty() || self.max_detections.contains(&0) {
            return Err(Error::InvalidInput("max_detections needs at least one number, and none may be 0".into()));
        }
        if !(0.0..=1.0).contains(&self.score_threshold) {
            let threshold = self.score_threshold;
            return Err(Error::InvalidInput(format!("the score threshold is {threshold}; it must be in 0..1")));
        }
        Ok(())
    }
}
