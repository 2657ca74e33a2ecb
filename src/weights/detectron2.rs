//! detectron2's Mask R-CNN with a ResNet and a feature pyramid: its names, and what differs from torchvision's.
//!
//! Names that begin as detectron2's do say that a file is detectron2's, whatever its format; then what
//! the weights mean is brought to torchvision's order, and the network computes as detectron2's does:
//!
//! | what | detectron2 | source in `detectron2/` |
//! |---|---|---|
//! | classes | the background last, without box and mask; here it comes first, with zeros | `modeling/roi_heads/fast_rcnn.py` |
//! | colours | blue, green, red on 0..255, unless [`Conventions`] say otherwise; here the first convolution's inputs change places | `config/defaults.py` (`INPUT.FORMAT`) |
//! | normalisation | `pixel_mean` and `pixel_std`, of the file or the defaults | `config/defaults.py` (`PIXEL_MEAN`) |
//! | batch normalisation | frozen, 1e-5 is added to variances | `layers/batch_norm.py` |
//! | stride of a bottleneck | in the first 1×1 convolution, unless [`Conventions`] say otherwise | `config/defaults.py` (`RESNETS.STRIDE_IN_1X1`) |
//! | anchors | not rounded, strides 4 to 64 | `modeling/anchor_generator.py` |
//! | RoIAlign | shifted by half a pixel, as many samples as pixels | `modeling/poolers.py`, `layers/roi_align.py` |
//! | small boxes | only empty proposals are dropped, no detections | `modeling/proposal_generator/proposal_utils.py` |
//!
//! The rest is the same, thresholds and limits of its COCO baselines included. Two things stay
//! torchvision's, for they make no more than a fraction of a pixel: images are resized without
//! smoothing and sides rounded down (detectron2: Pillow's bilinear, rounded to the nearest), and a
//! region whose side is within 1e-6 of a level's limit may be pooled from the level above.

use std::collections::BTreeMap;

use super::state_dict::StateTensor;
use super::{ChannelOrder, Conventions, StateDict};
use crate::Result;
use crate::config::{AnchorPlacement, InputSettings, Layout, RoiHeadsConfig, RoiPooling, RpnConfig, Settings};

/// `MODEL.PIXEL_MEAN` and `MODEL.PIXEL_STD` in `detectron2/config/defaults.py`, as red, green, blue.
const PIXEL_MEAN: [f32; 3] = [123.675, 116.28, 103.53];
const PIXEL_STD: [f32; 3] = [1.0; 3];

/// What a detectron2 file says besides the weights: mean and standard deviation of the channels in its own order, on
/// 0..255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Detectron2 {
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
}

impl Detectron2 {
    /// What detectron2's networks do by default.
    pub(super) const CONVENTIONS: Conventions =
        Conventions { channel_order: Some(ChannelOrder::Bgr), stride_in_1x1: Some(true), batch_norm_eps: Some(1e-5) };

    /// Makes the network compute as detectron2's does, but for what [`Conventions`] say.
    pub(crate) fn configure(layout: &mut Layout, settings: &mut Settings) {
        let RpnConfig { conv_depth, .. } = layout.rpn;
        layout.rpn = RpnConfig { conv_depth, anchor_placement: AnchorPlacement::Exact, min_size: f32::MIN_POSITIVE };
        layout.roi_heads = RoiHeadsConfig { sampling_ratio: 0, min_size: 0.0, ..layout.roi_heads.clone() };
        settings.detections.pooling = RoiPooling::Aligned;
    }

    /// Sets mean and standard deviation of red, green and blue, for a network that takes colours in this order.
    pub(super) fn normalise(&self, order: ChannelOrder, input: &mut InputSettings) {
        let on_1 = |found: Option<[f32; 3]>, default| {
            found.map_or(default, |values| order.arrange(values)).map(|value: f32| value / 255.0)
        };
        input.mean = on_1(self.mean, PIXEL_MEAN);
        input.std = on_1(self.std, PIXEL_STD);
    }
}

/// Whether the names of a state dict are detectron2's.
pub(crate) fn named_so(state: &StateDict) -> bool {
    let is_ours = |name: &str| name.starts_with("backbone.bottom_up.") || name.starts_with("proposal_generator.");
    state.iter().any(|(name, _)| is_ours(name))
}

/// Brings a state dict with detectron2's names to torchvision's. Any other comes back as it is, with `None`.
///
/// # Errors
/// Those of [`StateTensor::to_f32`] for a mean or standard deviation of pixels that cannot be read.
pub(crate) fn translate(state: StateDict) -> Result<(StateDict, Option<Detectron2>)> {
    if !named_so(&state) {
        return Ok((state, None));
    }
    let pixels = |name: &str| -> Result<Option<[f32; 3]>> {
        let values = state.get(name).map(StateTensor::to_f32).transpose()?;
        Ok(values.and_then(|values| values.try_into().ok()))
    };
    let found = Detectron2 { mean: pixels("pixel_mean")?, std: pixels("pixel_std")? };
    let kept = state.into_iter().filter(|(name, _)| !is_constant(name));
    let translated: BTreeMap<_, _> = kept
        .map(|(name, tensor)| {
            let tensor = arranged(&name, tensor);
            (torchvisions_name(&name).unwrap_or(name), tensor)
        })
        .collect();
    Ok((translated.into_iter().collect(), Some(found)))
}

/// Whether a tensor is not a weight but a constant that the network's configuration implies.
pub(super) fn is_constant(name: &str) -> bool {
    matches!(name, "pixel_mean" | "pixel_std") || name.contains("anchor_generator.cell_anchors")
}

/// What torchvision calls the tensor; `None` where it has no such.
fn torchvisions_name(name: &str) -> Option<String> {
    let (module, parameter) = name.rsplit_once('.')?;
    if let Some(layer) = module.strip_prefix("backbone.bottom_up.") {
        return Some(format!("backbone.body.{}.{parameter}", residual_layer(layer)?));
    }
    if let Some(layer) = module.strip_prefix("backbone.fpn_") {
        let level = |number: &str| number.parse::<usize>().ok()?.checked_sub(2);
        return Some(match (layer.strip_prefix("lateral"), layer.strip_prefix("output")) {
            (Some(number), _) => format!("backbone.fpn.inner_blocks.{}.0.{parameter}", level(number)?),
            (_, Some(number)) => format!("backbone.fpn.layer_blocks.{}.0.{parameter}", level(number)?),
            _ => return None,
        });
    }
    let module = match module {
        "proposal_generator.rpn_head.conv" => "rpn.head.conv.0.0".into(),
        "proposal_generator.rpn_head.objectness_logits" => "rpn.head.cls_logits".into(),
        "proposal_generator.rpn_head.anchor_deltas" => "rpn.head.bbox_pred".into(),
        "roi_heads.box_head.fc1" => "roi_heads.box_head.fc6".into(),
        "roi_heads.box_head.fc2" => "roi_heads.box_head.fc7".into(),
        "roi_heads.mask_head.deconv" => "roi_heads.mask_predictor.conv5_mask".into(),
        "roi_heads.mask_head.predictor" => "roi_heads.mask_predictor.mask_fcn_logits".into(),
        _ => {
            let number = module.strip_prefix("roi_heads.mask_head.mask_fcn")?.parse::<usize>().ok()?;
            format!("roi_heads.mask_head.{}.0", number.checked_sub(1)?)
        }
    };
    Some(format!("{module}.{parameter}"))
}

/// A layer of the residual network: `stem.conv1`, `res2.0.conv1`, `res2.0.shortcut`, each with its norm.
fn residual_layer(layer: &str) -> Option<String> {
    let (conv, is_norm) = layer.strip_suffix(".norm").map_or((layer, false), |conv| (conv, true));
    let renamed = |conv: &str| match (conv.strip_prefix("conv"), is_norm) {
        (Some(number), true) => Some(format!("bn{number}")),
        (Some(number), false) => Some(format!("conv{number}")),
        (None, _) if conv == "shortcut" => Some(format!("downsample.{}", usize::from(is_norm))),
        (None, _) => None,
    };
    if let Some(conv) = conv.strip_prefix("stem.") {
        return renamed(conv);
    }
    let (block, conv) = conv.rsplit_once('.')?;
    let (stage, block) = block.strip_prefix("res")?.split_once('.')?;
    let stage = stage.parse::<usize>().ok()?.checked_sub(1)?;
    Some(format!("layer{stage}.{block}.{}", renamed(conv)?))
}

/// The tensor with classes in torchvision's order.
fn arranged(name: &str, tensor: StateTensor) -> StateTensor {
    let shape = tensor.shape().to_vec();
    let rows = shape.first().copied().unwrap_or(0);
    match name {
        "roi_heads.box_predictor.cls_score.weight" | "roi_heads.box_predictor.cls_score.bias" => {
            tensor.arranged(shape, move |mut values| {
                let row = values.len() / rows.max(1);
                values.rotate_right(row);
                values
            })
        }
        "roi_heads.box_predictor.bbox_pred.weight" | "roi_heads.box_predictor.bbox_pred.bias" => {
            with_background(tensor, shape, 4)
        }
        "roi_heads.mask_head.predictor.weight" | "roi_heads.mask_head.predictor.bias" => {
            with_background(tensor, shape, 1)
        }
        _ => tensor,
    }
}

/// The tensor with `rows` rows of zeros before its own: the background has neither box nor mask.
fn with_background(tensor: StateTensor, mut shape: Vec<usize>, rows: usize) -> StateTensor {
    let Some(own) = shape.first_mut() else { return tensor };
    let before = *own;
    *own += rows;
    tensor.arranged(shape, move |values| {
        let mut all = vec![0.0; values.len() / before.max(1) * rows];
        all.extend(values);
        all
    })
}
