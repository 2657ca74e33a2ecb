//! Mask R-CNN (He et al. 2017): proposals first; then, in parallel, class, box and mask of each.

use core::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};

use super::backbone::{Backbone, FeaturePyramid};
use super::dtype::Dtype;
use super::roi_heads::{BoxDetections, BoxOutput, RoiHeads, detect, level_scales};
use super::rpn::{Candidates, Proposals, Rpn, RpnLevels, RpnOutput, candidates, propose};
use super::stages::{Observer, StageOutput};
use super::transform::{Batch, PictureSize};
use crate::config::{AnchorPlacement, Layout, Settings};
use crate::error::{Error, Result};
use crate::ops::anchor_boxes::BoxLimits;
use crate::ops::join;
use crate::structures::Size;

/// A Mask R-CNN or, without the mask branch, a Faster R-CNN.
#[derive(Module, Debug)]
pub struct MaskRcnn {
    backbone: Backbone,
    rpn: Rpn,
    roi_heads: RoiHeads,
    #[module(skip)]
    layout: Layout,
}

/// The detections of one image, still on the device.
#[derive(Debug, Clone)]
pub struct DetectionTensors {
    /// The image's size.
    pub size: PictureSize,
    /// `[n, 4]`, x1, y1, x2, y2 in pixels of the resized image.
    pub boxes: Tensor<2>,
    /// `[n]`, 0..1; [`ABSENT`](crate::ops::ABSENT) where there is no detection.
    pub scores: Tensor<1>,
    /// Classes, 1 and more, `[n]`.
    pub labels: Tensor<1, Int>,
    /// Logits of the own class's mask, `[n, size, size]`; `None` for a Faster R-CNN.
    pub masks: Option<Tensor<3>>,
}

impl Layout {
    /// The network, with weights that are yet to be loaded or trained.
    pub fn init(&self, device: &Device) -> MaskRcnn {
        MaskRcnn {
            backbone: Backbone::new(self, device),
            rpn: self.rpn.init(self.fpn.channels, device),
            roi_heads: self.roi_heads.init(self, device),
            layout: self.clone(),
        }
    }
}

impl MaskRcnn {
    /// What the network is built of.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The body and its pyramid.
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
    pub fn dtype(&self) -> Dtype {
        self.rpn.head.dtype()
    }

    /// Both stages of the network, for every entry of a batch. `observer` is called for each stage.
    ///
    /// # Errors
    /// Those of `observer`.
    pub async fn run(
        &self,
        batch: &Batch,
        settings: &Settings,
        observer: &mut impl Observer,
    ) -> Result<Vec<DetectionTensors>> {
        observer.after(StageOutput::Input(batch)).await?;
        let pyramid = self.observed_pyramid(batch, observer).await?;
        observer.after(StageOutput::Pyramid(&pyramid)).await?;
        let outputs = self.rpn(&pyramid);
        observer.after(StageOutput::Rpn(&outputs)).await?;

        let mut images = Vec::with_capacity(batch.sizes.len());
        for entry in 0..batch.sizes.len() {
            let regions = Regions::new(&self.layout, batch, &pyramid, entry);
            let candidates = self.candidates(settings, batch, &outputs, entry..entry + 1);
            observer.after(StageOutput::Candidates(&candidates)).await?;
            let proposals = propose(&settings.proposals, candidates);
            observer.after(StageOutput::Proposals { regions: &regions, proposals: &proposals }).await?;
            let output = self.boxes(settings, &regions, &proposals);
            observer.after(StageOutput::Boxes { proposals: &proposals, output: &output }).await?;
            let detections = self.detections(settings, &regions, &proposals, output);
            observer.after(StageOutput::Detections { regions: &regions, detections: &detections }).await?;
            let masks = self.masks(settings, &regions, &detections);
            if let Some(logits) = &masks {
                observer.after(StageOutput::Masks { detections: &detections, logits }).await?;
            }
            let BoxDetections { boxes, scores, labels, .. } = detections;
            images.push(DetectionTensors { size: regions.size, boxes, scores, labels, masks });
        }
        Ok(images)
    }

    async fn observed_pyramid(&self, batch: &Batch, observer: &mut impl Observer) -> Result<FeaturePyramid> {
        let body = self.backbone.body();
        let mut features = body.stem(batch.input.clone());
        observer.after(StageOutput::Stem(&features)).await?;
        let mut stages = Vec::with_capacity(4);
        for index in 0..4 {
            features = body.stage(index, features);
            observer.after(StageOutput::Features { index, features: &features }).await?;
            stages.push(features.clone());
        }
        drop(features);
        let stages = stages.try_into().map_err(|_| Error::Internal("the body has four stages".into()))?;
        Ok(self.pyramid(stages))
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

    /// The best anchors of each level of some batch entries, which proposals are chosen from.
    pub fn candidates(
        &self,
        settings: &Settings,
        batch: &Batch,
        outputs: &[RpnOutput; 5],
        entries: Range<usize>,
    ) -> Candidates {
        let [_, _, height, width] = batch.input.dims();
        let levels = RpnLevels { outputs, entries, sizes: &batch.sizes, padded: (height, width) };
        candidates(&self.layout.rpn, settings, levels)
    }

    /// Class and box of each proposal.
    pub fn boxes(&self, settings: &Settings, regions: &Regions, proposals: &Proposals) -> BoxOutput {
        let heads = &self.layout.roi_heads;
        let size = heads.box_head.pool_size;
        self.roi_heads.boxes(heads.pool(regions, proposals.boxes.clone(), settings.detections.pooling, size))
    }

    /// The detections of one batch entry.
    pub fn detections(
        &self,
        settings: &Settings,
        regions: &Regions,
        proposals: &Proposals,
        output: BoxOutput,
    ) -> BoxDetections {
        let min_size = self.layout.roi_heads.min_size;
        let (height, width) = regions.size.resized;
        let limits = BoxLimits { image: Size { height, width }, min_size };
        detect(&settings.detections, proposals, output, limits)
    }

    /// Logits of the own class's mask of each detection, `[n, size, size]`; `None` for a Faster R-CNN.
    ///
    /// Many detections are done in parts, so that no tensor outgrows what a device can bind.
    pub fn masks(&self, settings: &Settings, regions: &Regions, detections: &BoxDetections) -> Option<Tensor<3>> {
        let parts = self.mask_parts(settings, regions, detections, |features, scores, labels| {
            self.roi_heads.own_masks(features, scores, labels)
        });
        Some(join(parts?, 0))
    }

    /// Logits of every class's mask of each detection, in parts of `[some, classes, size, size]`;
    /// `None` for a Faster R-CNN.
    pub fn all_masks(
        &self,
        settings: &Settings,
        regions: &Regions,
        detections: &BoxDetections,
    ) -> Option<Vec<Tensor<4>>> {
        self.mask_parts(settings, regions, detections, |features, _, _| self.roi_heads.masks(features))
    }

    /// What `branch` makes of the features, scores and labels of some detections at a time.
    fn mask_parts<const D: usize>(
        &self,
        settings: &Settings,
        regions: &Regions,
        detections: &BoxDetections,
        branch: impl Fn(Tensor<4>, Tensor<1>, Tensor<1, Int>) -> Option<Tensor<D>>,
    ) -> Option<Vec<Tensor<D>>> {
        if !self.layout.masks {
            return None;
        }
        let heads = &self.layout.roi_heads;
        let size = heads.mask_head.pool_size;
        let [n] = detections.scores.dims();
        let cells = heads.mask_head.mask_size().pow(2) * heads.mask_head.deconv_channels.max(self.layout.num_classes);
        let part = (MAX_VALUES / cells).max(1);
        let starts = (0..n).step_by(part);
        let parts = starts.map(|start| {
            let count = part.min(n - start);
            let BoxDetections { boxes, scores, labels, .. } = detections.clone();
            let features = heads.pool(regions, boxes.narrow(0, start, count), settings.detections.pooling, size);
            branch(features, scores.narrow(0, start, count), labels.narrow(0, start, count))
        });
        parts.collect()
    }
}

/// Values of the largest tensor of the mask branch: 128 MiB, which every WebGPU device can bind at once
/// (`maxStorageBufferBindingSize`).
const MAX_VALUES: usize = 1 << 25;

/// Where the regions of one image of a batch are pooled from.
#[derive(Debug, Clone)]
pub struct Regions {
    /// The image's pyramid, each level `[1, channels, height, width]`.
    pub pyramid: FeaturePyramid,
    /// Pixels of P2 to P5 for one of the resized image.
    pub scales: [f32; 4],
    /// The image's size.
    pub size: PictureSize,
}

impl Regions {
    /// Those of one image of a batch.
    pub fn new(layout: &Layout, batch: &Batch, pyramid: &FeaturePyramid, entry: usize) -> Self {
        Self {
            pyramid: pyramid.each_ref().map(|level| level.clone().narrow(0, entry, 1)),
            scales: match layout.rpn.anchor_placement {
                AnchorPlacement::Rounded => level_scales(pyramid, &batch.sizes),
                AnchorPlacement::Exact => [1.0 / 4.0, 1.0 / 8.0, 1.0 / 16.0, 1.0 / 32.0],
            },
            size: batch.sizes[entry],
        }
    }
}
