//! How long each stage takes, and how much arithmetic it is.

use super::predict::PredictOptions;
use super::read_back::read_floats;
use super::stages::StageOutput;
use crate::error::Result;
use crate::model::MaskRcnn;
use crate::ops::paste_masks::{MASK_THRESHOLD, paste};
use crate::ops::{ABSENT, flop_count};
use crate::structures::{Detections, Image};

/// How long one stage took.
#[derive(Debug, Clone, PartialEq)]
pub struct StageTime {
    /// What was timed.
    pub stage: &'static str,
    /// How long it took, the wait for the device included.
    pub milliseconds: f64,
    /// Multiplications and additions of its convolutions and linear layers
    /// ([`flop_count::operations`]), for the regions that are there; 0 in a stage that has none of these.
    pub operations: u64,
}

impl MaskRcnn {
    /// Runs the network on one picture, waiting for the device after each stage, then as a whole.
    ///
    /// The last entry, `whole`, is a plain [`MaskRcnn::predict`] and `paste`, which brings all masks
    /// to the picture's size. As waits cost time too, it is less than the sum of the others. `clock`
    /// gives milliseconds since any moment.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn profile(&self, image: &Image, clock: impl Fn() -> f64) -> Result<Vec<StageTime>> {
        let mut times: Vec<StageTime> = Vec::new();
        let (mut started, mut before) = (clock(), flop_count::operations());
        let lap = async |StageOutput { stage, values, regions }: StageOutput| {
            let operations = flop_count::operations() - before;
            read_floats(values.narrow(0, 0, 1)).await?;
            let milliseconds = clock() - started;
            let operations = match regions {
                Some(scores) => of_those_there(operations, &read_floats(scores).await?),
                None => operations,
            };
            match times.last_mut() {
                Some(last) if last.stage == stage => {
                    last.milliseconds += milliseconds;
                    last.operations += operations;
                }
                _ => times.push(StageTime { stage, milliseconds, operations }),
            }
            (started, before) = (clock(), flop_count::operations());
            Ok(())
        };
        // Nothing of it is left behind, so that the whole has the memory for itself.
        drop(self.stage_by_stage(image, lap).await?);
        let operations = times.iter().map(|time| time.operations).sum();

        let started = clock();
        let found = self.predict(core::slice::from_ref(image), &PredictOptions::default()).await?;
        if self.config().masks {
            let pasting = clock();
            found.iter().for_each(paste_all);
            times.push(StageTime { stage: "paste", milliseconds: clock() - pasting, operations: 0 });
        }
        times.push(StageTime { stage: "whole", milliseconds: clock() - started, operations });
        Ok(times)
    }
}

/// The share of `operations` on regions with these scores that is for regions that are there.
fn of_those_there(operations: u64, scores: &[f32]) -> u64 {
    let present = scores.iter().filter(|&&score| score > ABSENT).count();
    operations / scores.len().max(1) as u64 * present as u64
}

/// Brings all masks of a picture to its size, one at a time.
fn paste_all(found: &Detections) {
    for item in &found.items {
        if let Some(mask) = &item.mask {
            let pasted = paste(mask, &item.bounding_box, found.width, found.height);
            core::hint::black_box(pasted.binary(MASK_THRESHOLD));
        }
    }
}
