//! The network on one picture, stage by stage.

use burn::tensor::Tensor;

use super::read_back::read_floats;
use crate::error::Result;
use crate::model::roi_heads::BoxDetections;
use crate::model::{DetectionTensors, MaskRcnn, PictureSize, Regions};
use crate::ops::{ABSENT, flop_count};
use crate::structures::Image;

impl MaskRcnn {
    /// How often [`MaskRcnn::stage_by_stage`] waits.
    pub(super) fn waits(&self) -> usize {
        if self.config().masks { 12 } else { 11 }
    }

    /// Runs the network on one picture, waiting for the device after each stage and within the backbone.
    ///
    /// `done` is told after each wait which stage it was in, and how many multiplications and additions the
    /// layers before it were since the last one, for the regions that are there; an error of it ends the run.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`], and those of `done`.
    pub(super) async fn stage_by_stage(
        &self,
        image: &Image,
        done: impl FnMut(&'static str, u64) -> Result<()>,
    ) -> Result<(PictureSize, DetectionTensors)> {
        let images = core::slice::from_ref(image);
        self.check_input(images)?;
        let mut watch = Watch { done, before: flop_count::operations() };
        let batch = self.transform(images, &self.device());
        watch.wait("transform", &batch.input).await?;

        let body = self.backbone().body();
        let mut features = body.stem(batch.input.clone());
        watch.wait("backbone", &features).await?;
        let mut stages = Vec::with_capacity(4);
        for index in 0..4 {
            features = body.stage(index, features);
            watch.wait("backbone", &features).await?;
            stages.push(features.clone());
        }
        let pyramid = self.pyramid(core::array::from_fn(|index| stages[index].clone()));
        watch.wait("fpn", &pyramid[0]).await?;

        let outputs = self.rpn(&pyramid);
        watch.wait("rpn head", &outputs[4].deltas).await?;
        let regions = Regions::new(self.config(), &batch, &pyramid, 0);
        let proposals = self.proposals(&batch, &outputs, 0);
        let present = watch.wait_for_regions("proposals", &proposals.scores).await?;
        let output = self.boxes(&regions, &proposals);
        watch.wait_of("box head", &output.deltas, present).await?;
        let detections = self.detections(&regions, &proposals, output);
        let present = watch.wait_for_regions("detections", &detections.scores).await?;
        let masks = self.masks(&regions, &detections);
        if let Some(masks) = &masks {
            watch.wait_of("mask head", masks, present).await?;
        }
        let BoxDetections { boxes, scores, labels, .. } = detections;
        Ok((regions.size, DetectionTensors { boxes, scores, labels, masks }))
    }
}

/// So many of the regions that a stage works on are there.
#[derive(Clone, Copy)]
struct Present {
    regions: u64,
    of: u64,
}

/// All of what a stage works on is there.
const ALL: Present = Present { regions: 1, of: 1 };

/// Waits for the device, and then tells.
struct Watch<D> {
    done: D,
    /// The count of operations at the last wait.
    before: u64,
}

impl<D: FnMut(&'static str, u64) -> Result<()>> Watch<D> {
    /// Waits until one value of `output`, and with it all that it depends on, has come back.
    async fn wait<const R: usize>(&mut self, stage: &'static str, output: &Tensor<R>) -> Result<()> {
        self.wait_of(stage, output, ALL).await
    }

    /// Waits for the output of a stage that works on regions.
    async fn wait_of<const R: usize>(
        &mut self,
        stage: &'static str,
        output: &Tensor<R>,
        present: Present,
    ) -> Result<()> {
        read_floats(output.clone().flatten::<1>(0, R - 1).narrow(0, 0, 1)).await?;
        self.tell(stage, present)
    }

    /// Waits for the regions that a stage finds, and says how many of them are there.
    async fn wait_for_regions(&mut self, stage: &'static str, scores: &Tensor<1>) -> Result<Present> {
        let scores = read_floats(scores.clone()).await?;
        self.tell(stage, ALL)?;
        let regions = scores.iter().filter(|&&score| score > ABSENT).count() as u64;
        Ok(Present { regions, of: scores.len().max(1) as u64 })
    }

    fn tell(&mut self, stage: &'static str, present: Present) -> Result<()> {
        let now = flop_count::operations();
        let operations = (now - self.before) / present.of * present.regions;
        self.before = now;
        (self.done)(stage, operations)
    }
}
