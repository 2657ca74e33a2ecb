//! What network to build: [`MaskRcnnConfig`] and its presets.

use crate::model::{
    backbone::{FpnConfig, ResNetConfig},
    roi_heads::{BoxHeadConfig, MaskHeadConfig, RoiHeadsConfig, RoiPooling},
    rpn::RpnConfig,
};

/// The layout of a Mask R-CNN (or, with `masks` off, a Faster R-CNN).
///
/// The defaults are torchvision's `maskrcnn_resnet50_fpn`
/// (`torchvision/models/detection/mask_rcnn.py`).
#[derive(Debug, Clone, PartialEq)]
pub struct MaskRcnnConfig {
    /// Number of classes, the background (class 0) included.
    pub num_classes: usize,
    /// Whether the mask branch is there. Without it the network is a Faster R-CNN.
    pub masks: bool,
    /// How pictures are resized and normalised.
    pub transform: TransformConfig,
    /// The residual network.
    pub backbone: ResNetConfig,
    /// The feature pyramid on top of it.
    pub fpn: FpnConfig,
    /// The region proposal network.
    pub rpn: RpnConfig,
    /// The box and mask heads.
    pub roi_heads: RoiHeadsConfig,
    /// What becomes of the normalisations.
    pub norm: Norm,
    /// Which parts besides the residual network have normalisations behind their convolutions.
    pub normed: NormedParts,
}

/// What becomes of the batch normalisations (Ioffe and Szegedy 2015) that torchvision's networks
/// have behind convolutions. Without the feature `autodiff` every network is built as [`Self::Folded`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Norm {
    /// They are part of the convolutions before them: what a deployed network has.
    #[default]
    Folded,
    /// They are kept, but neither their statistics nor their weights are trained: for fine-tuning
    /// with few pictures in a batch (torchvision's `FrozenBatchNorm2d`).
    Frozen {
        /// Added to each variance, 0 or more.
        eps: f64,
    },
    /// They are trained: statistics are those of the batch.
    Batch {
        /// Added to each variance, more than 0; 1e-5 in torchvision.
        eps: f64,
        /// Share of a batch in the running statistics, 0..1; 0.1 in torchvision.
        momentum: f64,
    },
}

impl Norm {
    /// The norm for a part that has one (`normed`) or has not: `Folded` then, which is no more than a bias.
    pub(crate) fn only_if(self, normed: bool) -> Self {
        if normed { self } else { Self::Folded }
    }
}

/// Which parts besides the residual network, which always has them, have normalisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NormedParts {
    /// The feature pyramid's convolutions.
    pub fpn: bool,
    /// The box head's convolutions.
    pub box_head: bool,
    /// The mask head's convolutions.
    pub mask_head: bool,
}

/// How a picture becomes the network's input
/// (`torchvision/models/detection/transform.py`, `GeneralizedRCNNTransform`).
#[derive(Debug, Clone, PartialEq)]
pub struct TransformConfig {
    /// Length in pixels that the shorter side is scaled to.
    pub min_size: usize,
    /// Length in pixels that the longer side may have at most.
    pub max_size: usize,
    /// Pictures are not scaled by less than this to reach `min_size`: with 1 none is shrunk for it,
    /// so that small objects keep their pixels. 0, as in torchvision, sets no limit.
    pub min_scale: f64,
    /// How a picture's contrast is stretched before all else; `None`, as in torchvision, leaves it.
    pub contrast: Option<ContrastConfig>,
    /// Mean of each of the red, green and blue channels, on 0..1.
    pub mean: [f32; 3],
    /// Standard deviation of each of the red, green and blue channels, on 0..1.
    pub std: [f32; 3],
    /// Height and width are zero-padded to a multiple of this many pixels.
    pub size_divisible: usize,
}

/// Which light of a picture becomes black and which white. The light of all pixels and colour
/// channels counts, from the darkest to the brightest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContrastConfig {
    /// Share of the light, 0..1, that is black or below.
    pub low: f32,
    /// Share of the light, 0..1, that is white or below.
    pub high: f32,
}

impl Default for TransformConfig {
    fn default() -> Self {
        Self {
            min_size: 800,
            max_size: 1333,
            min_scale: 0.0,
            contrast: None,
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
            size_divisible: 32,
        }
    }
}

impl Default for MaskRcnnConfig {
    fn default() -> Self {
        Self::resnet50_fpn()
    }
}

impl MaskRcnnConfig {
    /// torchvision's `maskrcnn_resnet50_fpn` (v1): 91 classes, two-layer box head.
    pub fn resnet50_fpn() -> Self {
        Self {
            num_classes: 91,
            masks: true,
            transform: TransformConfig::default(),
            backbone: ResNetConfig::resnet50(),
            fpn: FpnConfig::default(),
            rpn: RpnConfig::default(),
            roi_heads: RoiHeadsConfig::default(),
            norm: Norm::Folded,
            normed: NormedParts::default(),
        }
    }

    /// torchvision's `maskrcnn_resnet50_fpn_v2`: two RPN convolutions, box head of four
    /// convolutions and one linear layer, normalised FPN and mask head.
    pub fn resnet50_fpn_v2() -> Self {
        Self {
            rpn: RpnConfig { conv_depth: 2, ..RpnConfig::default() },
            roi_heads: RoiHeadsConfig { box_head: BoxHeadConfig::v2(), ..RoiHeadsConfig::default() },
            normed: NormedParts { fpn: true, box_head: true, mask_head: true },
            ..Self::resnet50_fpn()
        }
    }

    /// The default model's layout (`models/nuclei`): a narrow ResNet of 10 basic blocks, for cell nuclei
    /// in microscopy. Anchors are half of torchvision's, pictures are enlarged but never shrunk to
    /// `min_size`, their contrast is stretched because exposures differ widely, regions are aligned to
    /// fractions of pixels because nuclei are small, and a picture may hold 500 of them.
    pub fn nuclei() -> Self {
        let channels = 64;
        Self {
            num_classes: 2,
            masks: true,
            transform: TransformConfig {
                min_size: 512,
                max_size: 1408,
                min_scale: 1.0,
                contrast: Some(ContrastConfig { low: 0.01, high: 0.998 }),
                ..TransformConfig::default()
            },
            backbone: ResNetConfig {
                stem: 48,
                planes: [64, 96, 128, 192],
                depths: [2, 3, 3, 2],
                ..ResNetConfig::resnet18()
            },
            fpn: FpnConfig { channels },
            rpn: RpnConfig { anchor_sizes: [16.0, 32.0, 64.0, 128.0, 256.0], ..RpnConfig::default() },
            roi_heads: RoiHeadsConfig {
                box_head: BoxHeadConfig { fc_channels: vec![256; 2], ..BoxHeadConfig::default() },
                mask_head: MaskHeadConfig {
                    conv_channels: vec![channels; 4],
                    deconv_channels: channels,
                    ..MaskHeadConfig::default()
                },
                pooling: RoiPooling::Aligned,
                detections_per_image: 500,
                ..RoiHeadsConfig::default()
            },
            norm: Norm::Folded,
            normed: NormedParts::default(),
        }
    }
}
