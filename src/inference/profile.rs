//! How long each stage takes.

use burn::tensor::Tensor;

use super::predict::PredictOptions;
use super::read_back::read_floats;
use crate::error::Result;
use crate::model::{MaskRcnn, Regions};
use crate::structures::Image;

/// How long one stage took.
#[derive(Debug, Clone, PartialEq)]
pub struct StageTime {
    /// What was timed.
    pub stage: &'static str,
    /// How long it took, the wait for the device included.
    pub milliseconds: f64,
}

/// Times stages: each ends when a value that depends on it has come back.
struct Stopwatch<C: Fn() -> f64> {
    clock: C,
    started: f64,
    times: Vec<StageTime>,
}

impl<C: Fn() -> f64> Stopwatch<C> {
    async fn lap<const D: usize>(&mut self, stage: &'static str, output: &Tensor<D>) -> Result<()> {
        read_floats(output.clone().flatten::<1>(0, D - 1).narrow(0, 0, 1)).await?;
        let now = (self.clock)();
        self.times.push(StageTime { stage, milliseconds: now - self.started });
        self.started = (self.clock)();
        Ok(())
    }
}

impl MaskRcnn {
    /// Runs the network on one picture, waiting for the device after each stage, then as a whole.
    ///
    /// The waits cost time too, so the last entry, `whole`, a plain [`MaskRcnn::predict`], is less
    /// than the sum of the others. `clock` gives milliseconds since any moment.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn profile(&self, image: &Image, clock: impl Fn() -> f64) -> Result<Vec<StageTime>> {
        self.check_input(core::slice::from_ref(image))?;
        let started = clock();
        let mut watch = Stopwatch { clock, started, times: Vec::new() };
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
        watch.lap("box head", &output.deltas).await?;
        let detections = self.detections(&regions, &proposals, output);
        watch.lap("detections", &detections.boxes).await?;
        if let Some(masks) = self.masks(&regions, &detections) {
            watch.lap("mask head", &masks).await?;
        }
        self.predict(core::slice::from_ref(image), &PredictOptions::default()).await?;
        let milliseconds = (watch.clock)() - watch.started;
        watch.times.push(StageTime { stage: "whole", milliseconds });
        Ok(watch.times)
    }
}
