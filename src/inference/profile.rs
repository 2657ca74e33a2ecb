//! How long each stage takes, and how much arithmetic it is.

use super::read_back::read_floats;
use crate::config::Settings;
use crate::error::Result;
use crate::image::Image;
use crate::model::{MaskRcnn, Observer, StageOutput};
use crate::ops::{ABSENT, flop_count};
use crate::structures::{Detections, MASK_THRESHOLD, paste};

/// How long one stage took.
#[derive(Debug, Clone, PartialEq)]
pub struct StageTime {
    /// What was timed.
    pub stage: &'static str,
    /// How long it took, the wait for the device included.
    pub milliseconds: f64,
    /// Multiplications and additions of its convolutions and linear layers
    /// ([`flop_count::operations`]), for the valid regions; 0 in a stage without such layers.
    pub operations: u64,
}

impl MaskRcnn {
    /// Runs the network on one image, waiting for the device after each stage, then as a whole.
    ///
    /// The last entry, `whole`, is a plain [`MaskRcnn::predict`] and `paste`, which brings all masks
    /// to the image's size. As waits cost time too, it is less than the sum of the others. `clock`
    /// gives milliseconds since any moment.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn profile(&self, image: &Image, settings: &Settings, clock: impl Fn() -> f64) -> Result<Vec<StageTime>> {
        let images = core::slice::from_ref(image);
        let mut stopwatch = Stopwatch::start(&clock);
        let batch = self.input(images, settings)?;
        // Nothing of it is left behind, so that the whole has the memory for itself.
        drop(self.run(&batch, settings, &mut stopwatch).await?);
        drop(batch);
        let mut times = stopwatch.times;
        let operations = times.iter().map(|time| time.operations).sum();

        let started = clock();
        let found = self.predict(images, settings).await?;
        if self.layout().masks {
            let pasting = clock();
            found.iter().for_each(paste_all);
            times.push(StageTime { stage: "paste", milliseconds: clock() - pasting, operations: 0 });
        }
        times.push(StageTime { stage: "whole", milliseconds: clock() - started, operations });
        Ok(times)
    }
}

/// Waits for the device after each stage, and notes how long that took.
struct Stopwatch<C> {
    clock: C,
    started: f64,
    operations: u64,
    times: Vec<StageTime>,
}

impl<C: Fn() -> f64> Stopwatch<C> {
    fn start(clock: C) -> Self {
        let started = clock();
        Self { clock, started, operations: flop_count::operations(), times: Vec::new() }
    }
}

impl<C: Fn() -> f64> Observer for Stopwatch<C> {
    async fn after(&mut self, output: StageOutput<'_>) -> Result<()> {
        let operations = flop_count::operations() - self.operations;
        read_floats(output.last_tensor().narrow(0, 0, 1)).await?;
        let milliseconds = (self.clock)() - self.started;
        let operations = match output.region_scores() {
            Some(scores) => of_those_present(operations, &read_floats(scores).await?),
            None => operations,
        };
        let stage = output.stage();
        match self.times.last_mut() {
            Some(last) if last.stage == stage => {
                last.milliseconds += milliseconds;
                last.operations += operations;
            }
            _ => self.times.push(StageTime { stage, milliseconds, operations }),
        }
        (self.started, self.operations) = ((self.clock)(), flop_count::operations());
        Ok(())
    }
}

/// The share of `operations` on regions with these scores that is for regions that are not padding.
fn of_those_present(operations: u64, scores: &[f32]) -> u64 {
    let present = scores.iter().filter(|&&score| score > ABSENT).count();
    operations / scores.len().max(1) as u64 * present as u64
}

/// Brings all masks of an image to its size, one at a time.
fn paste_all(found: &Detections) {
    for item in &found.items {
        if let Some(mask) = &item.mask {
            let pasted = paste(mask, &item.bounding_box, found.width, found.height);
            core::hint::black_box(pasted.binary(MASK_THRESHOLD));
        }
    }
}
