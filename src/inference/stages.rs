//! The network on one picture, stage by stage.

use burn::tensor::Tensor;

use crate::error::Result;
use crate::model::roi_heads::BoxDetections;
use crate::model::{DetectionTensors, MaskRcnn, PictureSize, Regions};
use crate::structures::Image;

/// What a stage, or a part of it, comes to. The device has been given the work, but need not have done it.
pub(super) struct StageOutput {
    /// The stage. That of several outputs in a row may be the same.
    pub(super) stage: &'static str,
    /// One of the stage's tensors, `[values]`, which is there when all of the stage is done.
    pub(super) values: Tensor<1>,
    /// The scores of the regions that the stage works on, `[regions]`, where it works on regions;
    /// [`ABSENT`](crate::ops::ABSENT) for those that are not there.
    pub(super) regions: Option<Tensor<1>>,
}

impl StageOutput {
    fn of<const D: usize>(stage: &'static str, output: &Tensor<D>) -> Self {
        Self { stage, values: output.clone().flatten(0, D - 1), regions: None }
    }

    fn for_regions<const D: usize>(stage: &'static str, output: &Tensor<D>, scores: &Tensor<1>) -> Self {
        Self { regions: Some(scores.clone()), ..Self::of(stage, output) }
    }
}

impl MaskRcnn {
    /// How many outputs [`MaskRcnn::stage_by_stage`] has.
    pub(super) fn stage_outputs(&self) -> usize {
        if self.config().masks { 12 } else { 11 }
    }

    /// Gives the device the network's work on one picture. After each stage, and within the backbone, `after`
    /// has the output, and what it does is waited for; an error of it ends the run.
    ///
    /// # Errors
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a network input that would be too large, and
    /// those of `after`.
    pub(super) async fn stage_by_stage(
        &self,
        image: &Image,
        mut after: impl AsyncFnMut(StageOutput) -> Result<()>,
    ) -> Result<(PictureSize, DetectionTensors)> {
        let images = core::slice::from_ref(image);
        self.check_input(images)?;
        let batch = self.transform(images, &self.device());
        after(StageOutput::of("transform", &batch.input)).await?;

        let body = self.backbone().body();
        let mut features = body.stem(batch.input.clone());
        after(StageOutput::of("backbone", &features)).await?;
        let mut stages = Vec::with_capacity(4);
        for index in 0..4 {
            features = body.stage(index, features);
            after(StageOutput::of("backbone", &features)).await?;
            stages.push(features.clone());
        }
        let pyramid = self.pyramid(core::array::from_fn(|index| stages[index].clone()));
        after(StageOutput::of("fpn", &pyramid[0])).await?;

        let outputs = self.rpn(&pyramid);
        after(StageOutput::of("rpn head", &outputs[4].deltas)).await?;
        let regions = Regions::new(self.config(), &batch, &pyramid, 0);
        let proposals = self.proposals(&batch, &outputs, 0);
        after(StageOutput::of("proposals", &proposals.scores)).await?;
        let output = self.boxes(&regions, &proposals);
        after(StageOutput::for_regions("box head", &output.deltas, &proposals.scores)).await?;
        let detections = self.detections(&regions, &proposals, output);
        after(StageOutput::of("detections", &detections.scores)).await?;
        let masks = self.masks(&regions, &detections);
        if let Some(masks) = &masks {
            after(StageOutput::for_regions("mask head", masks, &detections.scores)).await?;
        }
        let BoxDetections { boxes, scores, labels, .. } = detections;
        Ok((regions.size, DetectionTensors { boxes, scores, labels, masks }))
    }
}
