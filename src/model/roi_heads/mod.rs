//! What happens for each region of interest: class, box and, in parallel, mask
//! (He et al. 2017, section 3; `torchvision/models/detection/roi_heads.py`).

mod box_head;
mod detections;
mod mask_head;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};

use crate::config::{Layout, RoiHeadsConfig, RoiPooling};
use crate::model::Regions;
use crate::model::backbone::FeaturePyramid;
use crate::model::transform::PictureSize;
use crate::ops::roi_pooling::{Pooling, PoolingMethod, RegionPyramid, Sampling, level_scale, roi_pooling};

pub use box_head::{BoxHead, BoxOutput, BoxPredictor};
pub use detections::{BoxDetections, detect};
pub use mask_head::{MaskHead, MaskPredictor};

impl RoiHeadsConfig {
    /// The heads of a network with this `layout`, with weights yet to be loaded or trained.
    pub fn init(&self, layout: &Layout, device: &Device) -> RoiHeads {
        let &Layout { num_classes, masks, norm, normed, .. } = layout;
        let channels = layout.fpn.channels;
        RoiHeads {
            box_head: self.box_head.init(channels, norm.only_if(normed.box_head), device),
            box_predictor: BoxPredictor::new(self.box_head.out_channels(channels), num_classes, device),
            mask_head: masks.then(|| MaskHead::new(channels, &self.mask_head, norm.only_if(normed.mask_head), device)),
            mask_predictor: masks.then(|| MaskPredictor::new(channels, &self.mask_head, num_classes, device)),
        }
    }

    /// Features of each region, pooled from its level of the pyramid.
    ///
    /// # Shapes
    /// - boxes: `[n, 4]`, x1, y1, x2, y2 in pixels of the resized image
    /// - output: `[n, channels, size, size]`
    pub fn pool(&self, regions: &Regions, boxes: Tensor<2>, pooling: RoiPooling, size: usize) -> Tensor<4> {
        let [p2, p3, p4, p5, _] = regions.pyramid.clone();
        let sampling = |aligned| PoolingMethod::Align(Sampling { ratio: self.sampling_ratio, aligned });
        let method = match pooling {
            RoiPooling::Align => sampling(false),
            RoiPooling::Aligned => sampling(true),
            RoiPooling::Pool => PoolingMethod::Max,
        };
        let pyramid = RegionPyramid { levels: [p2, p3, p4, p5], scales: regions.scales };
        roi_pooling(pyramid, boxes, Pooling { size, method })
    }
}

/// Pixels of P2 to P5 for one of the resized image, from the tallest image of the batch, as
/// torchvision has them.
pub fn level_scales(pyramid: &FeaturePyramid, sizes: &[PictureSize]) -> [f32; 4] {
    let tallest = sizes.iter().map(|size| size.resized.0).max().unwrap_or(1);
    core::array::from_fn(|level| level_scale(pyramid[level].dims()[2], tallest))
}

/// The box branch and, unless the network is a Faster R-CNN, the mask branch.
#[derive(Module, Debug)]
pub struct RoiHeads {
    box_head: BoxHead,
    box_predictor: BoxPredictor,
    mask_head: Option<MaskHead>,
    mask_predictor: Option<MaskPredictor>,
}

impl RoiHeads {
    /// Class and box of each region, from features `[n, channels, pool_size, pool_size]`.
    pub fn boxes(&self, features: Tensor<4>) -> BoxOutput {
        self.box_predictor.forward(self.box_head.forward(features))
    }

    /// Mask logits of each region for every class, `[n, classes, size, size]`, from features
    /// `[n, channels, pool_size, pool_size]`; `None` for a Faster R-CNN.
    pub fn masks(&self, features: Tensor<4>) -> Option<Tensor<4>> {
        let features = self.mask_head.as_ref()?.forward(features);
        Some(self.mask_predictor.as_ref()?.forward(features))
    }

    /// Mask logits of each region for its own class alone, `[n, size, size]`, from features
    /// `[n, channels, pool_size, pool_size]`, scores `[n]` and classes `[n]`; `None` for a Faster
    /// R-CNN. They may be anything where the score is [`ABSENT`](crate::ops::ABSENT).
    pub fn own_masks(&self, features: Tensor<4>, scores: Tensor<1>, labels: Tensor<1, Int>) -> Option<Tensor<3>> {
        let features = self.mask_head.as_ref()?.forward_present(features, scores.clone());
        Some(self.mask_predictor.as_ref()?.own_class(features, scores, labels))
    }
}
