//! The intermediate stages of one picture, for tests and for looking inside.

use burn::tensor::activation::sigmoid;
use burn::tensor::{Int, Tensor};

use super::read_back::{read_floats, read_integers};
use crate::error::Result;
use crate::model::{MaskRcnn, Regions};
use crate::ops::ABSENT;
use crate::structures::Image;

/// One intermediate result.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What it is, such as `fpn.0` or `det.boxes`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, the last axis fastest.
    pub data: StageData,
}

/// The values of a [`Stage`].
#[derive(Debug, Clone, PartialEq)]
pub enum StageData {
    /// Floats.
    F32(Vec<f32>),
    /// Integers.
    I32(Vec<i32>),
}

#[derive(Default)]
struct Stages(Vec<Stage>);

impl Stages {
    async fn floats<const D: usize>(&mut self, name: impl Into<String>, tensor: Tensor<D>) -> Result<()> {
        let shape = tensor.dims().to_vec();
        let data = StageData::F32(read_floats(tensor).await?);
        self.0.push(Stage { name: name.into(), shape, data });
        Ok(())
    }

    async fn integers<const D: usize>(&mut self, name: impl Into<String>, tensor: Tensor<D, Int>) -> Result<()> {
        let shape = tensor.dims().to_vec();
        let data = StageData::I32(read_integers(tensor).await?);
        self.0.push(Stage { name: name.into(), shape, data });
        Ok(())
    }

    /// Keeps only so many rows of the stages from the given one on.
    fn truncate(&mut self, first: usize, rows: usize) {
        for stage in &mut self.0[first..] {
            let row: usize = stage.shape[1..].iter().product();
            stage.shape[0] = rows;
            match &mut stage.data {
                StageData::F32(values) => values.truncate(rows * row),
                StageData::I32(values) => values.truncate(rows * row),
            }
        }
    }
}

impl MaskRcnn {
    /// Runs the network and reads every stage back.
    ///
    /// The stages, in order: `input.padded`; `c.2` to `c.5`; `fpn.0` to `fpn.3` and `fpn.pool` (P2 to
    /// P6); `rpn.objectness.N` and `rpn.deltas.N` of each level; `rpn.proposals`,
    /// `rpn.proposal_scores` (0..1); `box.logits`, `box.deltas` of each proposal;
    /// `det.boxes_resized`, `det.boxes` (pixels of the resized and of the original picture),
    /// `det.scores`, `det.labels`; `mask.logits` (own class), unless there is no mask branch.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn inspect(&self, image: &Image) -> Result<Vec<Stage>> {
        self.check_input(core::slice::from_ref(image))?;
        let device = self.device();
        let mut stages = Stages::default();
        let batch = self.transform(core::slice::from_ref(image), &device);
        stages.floats("input.padded", batch.input.clone()).await?;
        let features = self.stages(batch.input.clone());
        for (index, stage) in features.iter().enumerate() {
            stages.floats(format!("c.{}", index + 2), stage.clone()).await?;
        }
        let pyramid = self.pyramid(features);
        for (name, level) in ["0", "1", "2", "3", "pool"].iter().zip(&pyramid) {
            stages.floats(format!("fpn.{name}"), level.clone()).await?;
        }
        let outputs = self.rpn(&pyramid);
        for (level, output) in outputs.iter().enumerate() {
            stages.floats(format!("rpn.objectness.{level}"), output.objectness.clone()).await?;
            stages.floats(format!("rpn.deltas.{level}"), output.deltas.clone()).await?;
        }

        let regions = Regions::new(&batch, &pyramid, 0);
        let proposals = self.proposals(&batch, &outputs, 0);
        let output = self.boxes(&regions, &proposals);
        let first = stages.0.len();
        stages.floats("rpn.proposals", proposals.boxes.clone()).await?;
        stages.floats("rpn.proposal_scores", sigmoid(proposals.scores.clone())).await?;
        stages.floats("box.logits", output.logits.clone()).await?;
        stages.floats("box.deltas", output.deltas.clone()).await?;
        stages.truncate(first, present(proposals.scores.clone()).await?);

        let detections = self.detections(&regions, &proposals, output);
        let first = stages.0.len();
        let scale = Tensor::<1>::from_floats(regions.size.box_scale(), &device).unsqueeze::<2>();
        stages.floats("det.boxes_resized", detections.boxes.clone()).await?;
        stages.floats("det.boxes", detections.boxes.clone() * scale).await?;
        stages.floats("det.scores", detections.scores.clone()).await?;
        stages.integers("det.labels", detections.labels.clone()).await?;
        if let Some(masks) = self.masks(&regions, &detections) {
            stages.floats("mask.logits", masks).await?;
        }
        stages.truncate(first, present(detections.scores).await?);
        Ok(stages.0)
    }
}

/// How many entries are there.
async fn present(scores: Tensor<1>) -> Result<usize> {
    Ok(read_floats(scores).await?.iter().filter(|&&score| score > ABSENT).count())
}
