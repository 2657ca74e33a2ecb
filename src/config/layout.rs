//! What a network is built of.

use serde::{Deserialize, Serialize};

use super::{
    AnchorPlacement, BlockKind, BodyConfig, BoxHeadConfig, EfficientNetLiteConfig, FpnConfig, Norm, NormedParts,
    ResNetConfig, RoiHeadsConfig, RpnConfig,
};

/// The layout of a Mask R-CNN (or, with `masks` off, a Faster R-CNN): everything that its weights imply.
///
/// The defaults are torchvision's `maskrcnn_resnet50_fpn` (`torchvision/models/detection/mask_rcnn.py`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Layout {
    /// Number of classes, including the background (class 0).
    pub num_classes: usize,
    /// Whether there is a mask branch. Without it the network is a Faster R-CNN.
    pub masks: bool,
    /// The body: the network that the feature pyramid is built on.
    pub backbone: BodyConfig,
    /// The feature pyramid on top of it.
    pub fpn: FpnConfig,
    /// The region proposal network.
    pub rpn: RpnConfig,
    /// The box and mask heads.
    pub roi_heads: RoiHeadsConfig,
    /// How batch normalisation is represented.
    pub norm: Norm,
    /// Which parts besides the residual network are normalised.
    pub normed: NormedParts,
}

impl Default for Layout {
    fn default() -> Self {
        Self::resnet50_fpn()
    }
}

impl Layout {
    /// torchvision's `maskrcnn_resnet50_fpn` (v1): 91 classes, two-layer box head.
    pub fn resnet50_fpn() -> Self {
        Self {
            num_classes: 91,
            masks: true,
            backbone: ResNetConfig::resnet50().into(),
            fpn: FpnConfig::default(),
            rpn: RpnConfig::default(),
            roi_heads: RoiHeadsConfig::default(),
            norm: Norm::Folded,
            normed: NormedParts::default(),
        }
    }

    /// torchvision's `maskrcnn_resnet50_fpn_v2`: two RPN convolutions, a box head of four convolutions and one
    /// linear layer, normalised pyramid and heads.
    pub fn resnet50_fpn_v2() -> Self {
        Self {
            rpn: RpnConfig { conv_depth: 2, ..RpnConfig::default() },
            roi_heads: RoiHeadsConfig { box_head: BoxHeadConfig::v2(), ..RoiHeadsConfig::default() },
            normed: NormedParts { fpn: true, box_head: true, mask_head: true },
            ..Self::resnet50_fpn()
        }
    }

    /// What torchvision calls such a network, or would, for people to read: `resnet50_fpn`, `resnet50_fpn_v2`,
    /// `resnet18_fpn`, `efficientnet_lite0_fpn`, …; with `_detectron2` where it follows detectron2's conventions, and ` (narrow)` where its widths differ.
    pub fn architecture(&self) -> String {
        let (body, standard_body) = match &self.backbone {
            BodyConfig::ResNet(config) => (resnet_name(config), ResNetConfig::resnet50().into()),
            BodyConfig::EfficientNetLite(config) => (lite_name(config), EfficientNetLiteConfig::lite0().into()),
        };
        let is_v2 = !self.roi_heads.box_head.conv_channels.is_empty();
        let standard = if is_v2 { Self::resnet50_fpn_v2() } else { Self::resnet50_fpn() };
        let standard = Self { masks: self.masks, backbone: standard_body, ..standard };
        let v2 = if is_v2 { "_v2" } else { "" };
        let detectron2 = if self.rpn.anchor_placement == AnchorPlacement::Exact { "_detectron2" } else { "" };
        let narrow = if self.widths() == standard.widths() { "" } else { " (narrow)" };
        format!("{body}_fpn{v2}{detectron2}{narrow}")
    }

    /// The channels of every layer, as far as they do not follow from others.
    fn widths(&self) -> impl PartialEq + use<> {
        let RoiHeadsConfig { box_head, mask_head, .. } = self.roi_heads.clone();
        let mask_head = self.masks.then_some((mask_head.conv_channels, mask_head.deconv_channels));
        let body = match &self.backbone {
            BodyConfig::ResNet(config) => (config.stem, config.planes.to_vec()),
            BodyConfig::EfficientNetLite(config) => (config.stem, config.channels.to_vec()),
        };
        (body, self.fpn.channels, box_head, mask_head)
    }
}

fn resnet_name(config: &ResNetConfig) -> String {
    let [a, b, c, d] = config.depths;
    match (config.block, config.depths) {
        (BlockKind::Basic, [2, 2, 2, 2]) => "resnet18".into(),
        (BlockKind::Basic, [3, 4, 6, 3]) => "resnet34".into(),
        (BlockKind::Bottleneck, [3, 4, 6, 3]) => "resnet50".into(),
        (BlockKind::Bottleneck, [3, 4, 23, 3]) => "resnet101".into(),
        (BlockKind::Bottleneck, [3, 8, 36, 3]) => "resnet152".into(),
        _ => format!("resnet-{a}-{b}-{c}-{d}"),
    }
}

fn lite_name(config: &EfficientNetLiteConfig) -> String {
    if config.depths == EfficientNetLiteConfig::lite0().depths {
        return "efficientnet_lite0".into();
    }
    let depths: Vec<String> = config.depths.iter().map(ToString::to_string).collect();
    format!("efficientnet_lite-{}", depths.join("-"))
}
