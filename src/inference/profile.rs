//! How long each stage takes, and how much arithmetic it is.

use burn::tensor::Tensor;

use super::predict::PredictOptions;
use super::read_back::read_floats;
use crate::error::Result;
use crate::model::{MaskRcnn, Regions};
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

/// Times stages: each ends when a value that depends on it has come back.
struct Stopwatch<C: Fn() -> f64> {
    clock: C,
    started: f64,
    /// Operations that had been given to the device by then.
    before: u64,
    times: Vec<StageTime>,
}

impl<C: Fn() -> f64> Stopwatch<C> {
    fn new(clock: C) -> Self {
        let started = clock();
        Self { clock, started, before: flop_count::operations(), times: Vec::new() }
    }

    async fn lap<const D: usize>(&mut self, stage: &'static str, output: &Tensor<D>) -> Result<()> {
        let operations = flop_count::operations() - self.before;
        read_floats(output.clone().flatten::<1>(0, D - 1).narrow(0, 0, 1)).await?;
        self.end(stage, operations);
        Ok(())
    }

    /// The end of a stage that works on regions: so many of them as these scores say are there.
    async fn lap_of_regions<const D: usize>(
        &mut self,
        stage: &'static str,
        output: &Tensor<D>,
        scores: &Tensor<1>,
    ) -> Result<()> {
        self.lap(stage, output).await?;
        let scores = read_floats(scores.clone()).await?;
        let present = scores.iter().filter(|&&score| score > ABSENT).count();
        if let Some(time) = self.times.last_mut() {
            time.operations = time.operations / scores.len().max(1) as u64 * present as u64;
        }
        self.restart();
        Ok(())
    }

    fn end(&mut self, stage: &'static str, operations: u64) {
        let milliseconds = (self.clock)() - self.started;
        self.times.push(StageTime { stage, milliseconds, operations });
        self.restart();
    }

    fn restart(&mut self) {
        self.before = flop_count::operations();
        self.started = (self.clock)();
    }
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
        self.check_input(core::slice::from_ref(image))?;
        let mut watch = Stopwatch::new(clock);
        self.watch_stages(image, &mut watch).await?;
        let operations = watch.times.iter().map(|time| time.operations).sum();
        watch.restart();
        let started = watch.started;
        let found = self.predict(core::slice::from_ref(image), &PredictOptions::default()).await?;
        if self.config().masks {
            watch.restart();
            found.iter().for_each(paste_all);
            watch.end("paste", 0);
        }
        watch.started = started;
        watch.end("whole", operations);
        Ok(watch.times)
    }

    /// From the picture to the masks' logits, none of which is left behind.
    async fn watch_stages<C: Fn() -> f64>(&self, image: &Image, watch: &mut Stopwatch<C>) -> Result<()> {
        let batch = self.transform(core::slice::from_ref(image), &self.device());
        watch.lap("transform", &batch.input).await?;
        let features = self.stages(batch.input.clone());
        watch.lap("backbone", &features[3]).await?;
        let pyramid = self.pyramid(features);
        watch.lap("fpn", &pyramid[0]).await?;
        let outputs = self.rpn(&pyramid);
        watch.lap("rpn head", &outputs[4].deltas).await?;
        let regions = Regions::new(self.config(), &batch, &pyramid, 0);
        let proposals = self.proposals(&batch, &outputs, 0);
        watch.lap("proposals", &proposals.boxes).await?;
        let output = self.boxes(&regions, &proposals);
        watch.lap_of_regions("box head", &output.deltas, &proposals.scores).await?;
        let detections = self.detections(&regions, &proposals, output);
        watch.lap("detections", &detections.boxes).await?;
        if let Some(masks) = self.masks(&regions, &detections) {
            watch.lap_of_regions("mask head", &masks, &detections.scores).await?;
        }
        Ok(())
    }
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
