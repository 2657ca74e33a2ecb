//! Mask R-CNN (He et al. 2017): proposals first; then, in parallel, class, box and mask of each.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};

use super::arithmetic::Arithmetic;
use super::backbone::{Backbone, FeaturePyramid};
use super::roi_heads::{BoxDetections, BoxOutput, RoiHeads, detect, level_scales};
use super::rpn::{AnchorPlaces, Candidates, Proposals, Rpn, RpnOutput, candidates, propose};
use super::transform::{Batch, PictureSize};
use crate::config::MaskRcnnConfig;
use crate::ops::join::join;
use crate::structures::Image;

/// A Mask R-CNN or, without the mask branch, a Faster R-CNN.
#[derive(Module, Debug)]
pub struct MaskRcnn {
    backbone: Backbone,
    rpn: Rpn,
    roi_heads: RoiHeads,
    #[module(skip)]
    config: MaskRcnnConfig,
}

/// The detections of one picture, still on the device.
#[derive(Debug, Clone)]
pub struct DetectionTensors {
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized picture.
    pub boxes: Tensor<2>,
    /// `[n]`, 0..1; [`ABSENT`](crate::ops::ABSENT) where there is no detection.
    pub scores: Tensor<1>,
    /// Classes, 1 and more, `[n]`.
    pub labels: Tensor<1, Int>,
    /// Logits of the own class's mask, `[n, size, size]`; `None` for a Faster R-CNN.
    pub masks: Option<Tensor<3>>,
}

impl MaskRcnnConfig {
    /// The network, with weights that are yet to be loaded or trained.
    pub fn init(&self, device: &Device) -> MaskRcnn {
        MaskRcnn {
            backbone: Backbone::new(self, device),
            rpn: self.rpn.init(self.fpn.channels, device),
            roi_heads: self.roi_heads.init(self, device),
            config: self.clone(),
        }
    }
}

impl MaskRcnn {
    /// The layout.
    pub fn config(&self) -> &MaskRcnnConfig {
        &self.config
    }

    /// The layout, to change what has no weights: sizes, thresholds, limits, pooling.
    pub fn config_mut(&mut self) -> &mut MaskRcnnConfig {
        &mut self.config
    }

    /// The residual network and its pyramid.
    pub fn backbone(&self) -> &Backbone {
        &self.backbone
    }

    /// The box and mask branches.
    pub fn roi_heads(&self) -> &RoiHeads {
        &self.roi_heads
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.rpn.head.device()
    }

    /// What weights and features are.
    pub fn arithmetic(&self) -> Arithmetic {
        self.rpn.head.arithmetic()
    }

    /// Both stages, for one or more pictures. `images` is not empty.
    pub fn forward(&self, images: &[Image], device: &Device) -> Vec<(PictureSize, DetectionTensors)> {
        let batch = self.transform(images, device);
        let pyramid = self.pyramid(self.stages(batch.input.clone()));
        let outputs = self.rpn(&pyramid);
        (0..images.len())
            .map(|picture| {
                let regions = Regions::new(&self.config, &batch, &pyramid, picture);
                let proposals = self.proposals(&batch, &outputs, picture);
                let detections = self.detections(&regions, &proposals, self.boxes(&regions, &proposals));
                let masks = self.masks(&regions, &detections);
                let BoxDetections { boxes, scores, labels, .. } = detections;
                (regions.size, DetectionTensors { boxes, scores, labels, masks })
            })
            .collect()
    }

    /// Pictures to the network's input.
    pub fn transform(&self, images: &[Image], device: &Device) -> Batch {
        self.config.transform.batch(images, device)
    }

    /// C2 to C5 from the network's input.
    pub fn stages(&self, input: Tensor<4>) -> [Tensor<4>; 4] {
        self.backbone.stages(input)
    }

    /// P2 to P6 from C2 to C5.
    pub fn pyramid(&self, stages: [Tensor<4>; 4]) -> FeaturePyramid {
        self.backbone.pyramid(stages)
    }

    /// Objectness and deltas of each level.
    pub fn rpn(&self, pyramid: &FeaturePyramid) -> [RpnOutput; 5] {
        self.rpn.head.forward(pyramid)
    }

    /// The candidates of one picture: what proposals are chosen from.
    pub fn candidates(&self, batch: &Batch, outputs: &[RpnOutput; 5], picture: usize) -> Candidates {
        let [_, _, height, width] = batch.input.dims();
        candidates(&self.config.rpn, outputs, picture, batch.sizes[picture].resized, (height, width))
    }

    /// The proposals of one picture.
    pub fn proposals(&self, batch: &Batch, outputs: &[RpnOutput; 5], picture: usize) -> Proposals {
        propose(&self.config.rpn, self.candidates(batch, outputs, picture))
    }

    /// Class and box of each proposal.
    pub fn boxes(&self, regions: &Regions, proposals: &Proposals) -> BoxOutput {
        let config = &self.config.roi_heads;
        let size = config.box_head.pool_size;
        self.roi_heads.boxes(config.pool(&regions.pyramid, proposals.boxes.clone(), regions.scales, size))
    }

    /// The detections of one picture.
    pub fn detections(&self, regions: &Regions, proposals: &Proposals, output: BoxOutput) -> BoxDetections {
        detect(&self.config.roi_heads, proposals, output, regions.size.resized)
    }

    /// Logits of the own class's mask of each detection, `[n, size, size]`; `None` for a Faster R-CNN.
    ///
    /// Many detections are done in parts, so that no tensor outgrows what a device can bind.
    pub fn masks(&self, regions: &Regions, detections: &BoxDetections) -> Option<Tensor<3>> {
        let parts = self.mask_parts(regions, detections, |features, scores, labels| {
            self.roi_heads.own_masks(features, scores, labels)
        });
        Some(join(parts?, 0))
    }

    /// Logits of every class's mask of each detection, in parts of `[some, classes, size, size]`;
    /// `None` for a Faster R-CNN.
    pub fn all_masks(&self, regions: &Regions, detections: &BoxDetections) -> Option<Vec<Tensor<4>>> {
        self.mask_parts(regions, detections, |features, _, _| self.roi_heads.masks(features))
    }

    /// What `branch` makes of the features, scores and labels of some detections at a time.
    fn mask_parts<const D: usize>(
        &self,
        regions: &Regions,
        detections: &BoxDetections,
        branch: impl Fn(Tensor<4>, Tensor<1>, Tensor<1, Int>) -> Option<Tensor<D>>,
    ) -> Option<Vec<Tensor<D>>> {
        if !self.config.masks {
            return None;
        }
        let config = &self.config.roi_heads;
        let size = config.mask_head.pool_size;
        let [n] = detections.scores.dims();
        let cells = config.mask_head.mask_size().pow(2) * config.mask_head.deconv_channels.max(self.config.num_classes);
        let part = (MOST_VALUES / cells).max(1);
        let starts = (0..n).step_by(part);
        let parts = starts.map(|start| {
            let count = part.min(n - start);
            let BoxDetections { boxes, scores, labels, .. } = detections.clone();
            let features = config.pool(&regions.pyramid, boxes.narrow(0, start, count), regions.scales, size);
            branch(features, scores.narrow(0, start, count), labels.narrow(0, start, count))
        });
        parts.collect()
    }
}

/// Values of the largest tensor of the mask branch: 128 MiB, the least that a WebGPU device has to
/// bind at once (`maxStorageBufferBindingSize`).
const MOST_VALUES: usize = 1 << 25;

/// Where the regions of one picture of a batch are pooled from.
#[derive(Debug, Clone)]
pub struct Regions {
    /// The picture's pyramid, each level `[1, channels, height, width]`.
    pub pyramid: FeaturePyramid,
    /// Pixels of P2 to P5 for one of the resized picture.
    pub scales: [f32; 4],
    /// The picture's size.
    pub size: PictureSize,
}

impl Regions {
    /// Those of one picture of a batch.
    pub fn new(config: &MaskRcnnConfig, batch: &Batch, pyramid: &FeaturePyramid, picture: usize) -> Self {
        Self {
            pyramid: pyramid.each_ref().map(|level| level.clone().narrow(0, picture, 1)),
            scales: match config.rpn.places {
                AnchorPlaces::Rounded => level_scales(pyramid, &batch.sizes),
                AnchorPlaces::Exact => [1.0 / 4.0, 1.0 / 8.0, 1.0 / 16.0, 1.0 / 32.0],
            },
            size: batch.sizes[picture],
        }
    }
}
