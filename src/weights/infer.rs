//! The network's layout, read off the shapes of a state dict's tensors.

use super::StateDict;
use super::layers::fc_name;
use super::torchvision::MASK_BRANCH;
use crate::config::{
    BlockKind, BodyConfig, BoxHeadConfig, EfficientNetLiteConfig, FpnConfig, Layout, MaskHeadConfig, NormedParts,
    ResNetConfig, RoiHeadsConfig, RpnConfig,
};
use crate::{Error, Result};

/// Reads the layout off `state`. Where a tensor is missing torchvision's default is taken:
/// [`Problems`](super::layers::Problems) then name it together with all others that are missing.
///
/// # Errors
/// [`Error::WeightsIncompatible`] if the region proposal network has other than three anchors.
pub(super) fn infer(state: &StateDict) -> Result<Layout> {
    let anchors = size(state, "rpn.head.cls_logits.weight", 0).unwrap_or(3);
    if anchors != 3 {
        return Err(Error::WeightsIncompatible(format!(
            "the region proposal network has {anchors} anchors at each location; 3 are supported"
        )));
    }
    let fpn = FpnConfig { channels: size(state, "backbone.fpn.inner_blocks.0.0.weight", 0).unwrap_or(256) };
    let masks = state.iter().any(|(name, _)| name.starts_with(MASK_BRANCH));
    let roi_heads = RoiHeadsConfig {
        box_head: box_head(state, fpn.channels),
        mask_head: if masks { mask_head(state) } else { MaskHeadConfig::default() },
        ..RoiHeadsConfig::default()
    };
    // In a layer with a norm the convolution is number 0 and the norm number 1.
    let normed = |layers| indices(state, layers).any(|(_, parameter)| parameter.starts_with("1."));
    let normed_box_head = normed("roi_heads.box_head.");
    Ok(Layout {
        num_classes: size(state, "roi_heads.box_predictor.cls_score.weight", 0).unwrap_or(91),
        masks,
        backbone: backbone(state),
        fpn,
        rpn: RpnConfig { conv_depth: count(indices(state, "rpn.head.conv.")).max(1), ..RpnConfig::default() },
        roi_heads,
        normed: NormedParts {
            fpn: normed("backbone.fpn.inner_blocks."),
            box_head: normed_box_head,
            mask_head: if masks { normed("roi_heads.mask_head.") } else { normed_box_head },
        },
        ..Layout::resnet50_fpn()
    })
}

fn backbone(state: &StateDict) -> BodyConfig {
    let is_lite = state.get("backbone.body._conv_stem.weight").is_some();
    if is_lite { efficientnet_lite(state).into() } else { resnet(state).into() }
}

/// The groups of blocks are told apart by what a group's blocks have in common: their output channels, their kernel,
/// and whether they expand.
fn efficientnet_lite(state: &StateDict) -> EfficientNetLiteConfig {
    let body = "backbone.body";
    let mut groups: Vec<(_, usize)> = vec![];
    for index in 0..count(indices(state, &format!("{body}._blocks."))) {
        let of = |conv: &str, axis| size(state, &format!("{body}._blocks.{index}._{conv}_conv.weight"), axis);
        let block = (of("project", 0), of("depthwise", 2), of("expand", 0).is_some());
        match groups.last_mut() {
            Some((group, depth)) if *group == block => *depth += 1,
            _ => groups.push((block, 1)),
        }
    }
    let standard = EfficientNetLiteConfig::lite0();
    let stem = size(state, &format!("{body}._conv_stem.weight"), 0).unwrap_or(standard.stem);
    let Ok(groups) = <[_; 7]>::try_from(groups) else { return EfficientNetLiteConfig { stem, ..standard } };
    EfficientNetLiteConfig {
        stem,
        channels: core::array::from_fn(|index| groups[index].0.0.unwrap_or(standard.channels[index])),
        depths: groups.map(|(_, depth)| depth),
    }
}

fn resnet(state: &StateDict) -> ResNetConfig {
    let stages = [1, 2, 3, 4].map(|stage| format!("backbone.body.layer{stage}"));
    let bottleneck = stages.iter().any(|stage| state.get(&format!("{stage}.0.conv3.weight")).is_some());
    let standard = ResNetConfig::resnet50();
    ResNetConfig {
        block: if bottleneck { BlockKind::Bottleneck } else { BlockKind::Basic },
        depths: [0, 1, 2, 3].map(|stage| count(indices(state, &format!("{}.", stages[stage]))).max(1)),
        stem: size(state, "backbone.body.conv1.weight", 0).unwrap_or(standard.stem),
        planes: [0, 1, 2, 3].map(|stage| {
            size(state, &format!("{}.0.conv1.weight", stages[stage]), 0).unwrap_or(standard.planes[stage])
        }),
        ..standard
    }
}

fn box_head(state: &StateDict, fpn_channels: usize) -> BoxHeadConfig {
    let prefix = "roi_heads.box_head.";
    let outputs = |layer: &str| {
        let sizes = |parameter| size(state, &format!("{prefix}{layer}.{parameter}"), 0);
        sizes("weight").or_else(|| sizes("bias"))
    };
    // A convolution and its norm are numbered within their layer, a linear layer is one itself.
    let is_conv = |parameter: &str| parameter.contains('.');
    let convs = count(indices(state, prefix).filter(|(_, parameter)| is_conv(parameter)));
    let standard = if convs == 0 { BoxHeadConfig::default() } else { BoxHeadConfig::v2() };
    let fcs = if convs == 0 {
        standard.fc_channels.len()
    } else {
        let layers = count(indices(state, prefix).filter(|(_, parameter)| !is_conv(parameter)));
        (layers.saturating_sub(convs) / 2).max(1)
    };
    let conv_channels: Vec<_> = (0..convs).map(|i| outputs(&format!("{i}.0")).unwrap_or(256)).collect();
    let channels = conv_channels.last().copied().unwrap_or(fpn_channels);
    let inputs = size(state, &format!("{prefix}{}.weight", fc_name(convs, 0)), 1);
    BoxHeadConfig {
        pool_size: inputs.map_or(standard.pool_size, |inputs| (inputs / channels).isqrt().max(1)),
        conv_channels,
        fc_channels: (0..fcs).map(|i| outputs(&fc_name(convs, i)).unwrap_or(1024)).collect(),
    }
}

fn mask_head(state: &StateDict) -> MaskHeadConfig {
    let prefix = "roi_heads.mask_head.";
    let standard = MaskHeadConfig::default();
    let convs = count(indices(state, prefix)).max(1);
    MaskHeadConfig {
        conv_channels: (0..convs)
            .map(|i| size(state, &format!("{prefix}{i}.0.weight"), 0).unwrap_or(standard.deconv_channels))
            .collect(),
        deconv_channels: size(state, "roi_heads.mask_predictor.conv5_mask.weight", 1)
            .unwrap_or(standard.deconv_channels),
        ..standard
    }
}

/// Size of one axis of a tensor, if it is there.
fn size(state: &StateDict, name: &str, axis: usize) -> Option<usize> {
    state.get(name)?.shape().get(axis).copied()
}

/// The numbers that follow `prefix` in the tensors' names, each with the rest of the name.
fn indices<'a>(state: &'a StateDict, prefix: &str) -> impl Iterator<Item = (usize, &'a str)> {
    state.iter().filter_map(move |(name, _)| {
        let (index, parameter) = name.strip_prefix(prefix)?.split_once('.')?;
        // A larger number can't be one in a row: a damaged name must not make a deep network.
        index.parse().ok().filter(|&index: &usize| index < state.len()).map(|index| (index, parameter))
    })
}

/// How many layers there are, the last of `indices` being one of them.
fn count<'a>(indices: impl Iterator<Item = (usize, &'a str)>) -> usize {
    indices.map(|(index, _)| index + 1).max().unwrap_or(0)
}
