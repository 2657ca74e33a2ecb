//! The network's layers: where each is among the modules, where in a state dict, and its shape.

use std::collections::BTreeMap;

use super::StateDict;
use crate::config::{BlockKind, BodyConfig, EfficientNetLiteConfig, InvertedResidual, Layout, ResNetConfig};
use crate::{Error, Result};

/// A convolution, transposed convolution or linear layer, with the normalisation after it.
pub(crate) struct Layer {
    /// Its path among the modules.
    pub(crate) path: String,
    /// What its tensors' names in the state dict begin with.
    pub(crate) name: String,
    /// What the names of its batch normalisation begin with. With it there's no bias.
    pub(crate) norm: Option<String>,
    /// Shape of the weight, in PyTorch's order of axes.
    pub(crate) weight: Vec<usize>,
    /// Number of output channels.
    pub(crate) outputs: usize,
}

/// The tensors of a batch normalisation.
pub(crate) const NORM: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// All layers of the network.
pub(crate) fn layers(layout: &Layout) -> Vec<Layer> {
    let mut layers = vec![];
    backbone(layout, &mut layers);
    heads(layout, &mut layers);
    layers
}

/// The name of a box head's linear layer in torchvision, behind `convs` convolutions
/// (`TwoMLPHead` and `FastRCNNConvFCHead`, where a flattening and activations count as layers).
pub(crate) fn fc_name(convs: usize, index: usize) -> String {
    if convs == 0 { format!("fc{}", 6 + index) } else { (convs + 1 + 2 * index).to_string() }
}

impl Layer {
    fn new(path: String, name: String, weight: Vec<usize>) -> Self {
        let outputs = weight[0];
        Self { path, name, norm: None, weight, outputs }
    }

    fn conv(path: String, name: String, [outputs, inputs, side]: [usize; 3]) -> Self {
        Self::new(path, name, vec![outputs, inputs, side, side])
    }

    /// One layer of torchvision's `Conv2dNormActivation`: the convolution is `0`, its norm `1`.
    fn block(path: String, name: &str, norm: bool, shape: [usize; 3]) -> Self {
        Self { norm: norm.then(|| format!("{name}.1")), ..Self::conv(path, format!("{name}.0"), shape) }
    }

    /// The names and shapes of the layer's tensors in a state dict.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = (String, Vec<usize>)> + '_ {
        let (owner, parameters) = match &self.norm {
            Some(norm) => (norm, &NORM[..]),
            None => (&self.name, &["bias"][..]),
        };
        let weight = (format!("{}.weight", self.name), self.weight.clone());
        let others = parameters.iter().map(move |parameter| (format!("{owner}.{parameter}"), vec![self.outputs]));
        core::iter::once(weight).chain(others)
    }
}

/// What the names of the body's tensors and modules begin with.
const BODY: &str = "backbone.body";

fn backbone(layout: &Layout, layers: &mut Vec<Layer>) {
    match &layout.backbone {
        BodyConfig::ResNet(config) => resnet(config, layers),
        BodyConfig::EfficientNetLite(config) => efficientnet_lite(config, layers),
    }
    let channels = layout.fpn.channels;
    for (index, &inputs) in layout.backbone.out_channels().iter().enumerate() {
        for (kind, shape) in [("inner", [channels, inputs, 1]), ("layer", [channels, channels, 3])] {
            let name = format!("backbone.fpn.{kind}_blocks.{index}");
            layers.push(Layer::block(name.clone(), &name, layout.normed.fpn, shape));
        }
    }
}

fn resnet(resnet: &ResNetConfig, layers: &mut Vec<Layer>) {
    let mut push = |path: String, conv: &str, norm: &str, shape| {
        let norm = Some(format!("{BODY}.{norm}"));
        layers.push(Layer { norm, ..Layer::conv(format!("{BODY}.{path}"), format!("{BODY}.{conv}"), shape) });
    };
    push("conv1".into(), "conv1", "bn1", [resnet.stem, 3, 7]);
    let mut inputs = resnet.stem;
    for (stage, (&depth, &planes)) in resnet.depths.iter().zip(&resnet.planes).enumerate() {
        let outputs = planes.saturating_mul(resnet.block.expansion());
        for index in 0..depth {
            let block = format!("layer{}.{index}", stage + 1);
            let convs = match resnet.block {
                BlockKind::Basic => vec![[planes, inputs, 3], [planes, planes, 3]],
                BlockKind::Bottleneck => vec![[planes, inputs, 1], [planes, planes, 3], [outputs, planes, 1]],
            };
            for (conv, shape) in (1..).zip(convs) {
                let (conv, norm) = (format!("{block}.conv{conv}"), format!("{block}.bn{conv}"));
                push(conv.clone(), &conv, &norm, shape);
            }
            // As in torchvision's ResNet._make_layer: where the shortcut's shape would differ.
            if index == 0 && (stage > 0 || inputs != outputs) {
                let path = format!("{block}.downsample");
                push(path.clone(), &format!("{path}.0"), &format!("{path}.1"), [outputs, inputs, 1]);
            }
            inputs = outputs;
        }
    }
}

/// The layers of an EfficientNet-Lite, with the names of the Python package `efficientnet_lite_pytorch` (`model.py`).
fn efficientnet_lite(config: &EfficientNetLiteConfig, layers: &mut Vec<Layer>) {
    let mut push = |path: String, conv: String, norm: String, shape| {
        let norm = Some(format!("{BODY}.{norm}"));
        layers.push(Layer { norm, ..Layer::conv(format!("{BODY}.{path}"), format!("{BODY}.{conv}"), shape) });
    };
    push("stem".into(), "_conv_stem".into(), "_bn0".into(), [config.stem, 3, 3]);
    for (index, block) in config.blocks().enumerate() {
        let InvertedResidual { inputs, expanded, outputs, kernel, .. } = block;
        let convs = [
            ("expand", 0, [expanded, inputs, 1]),
            ("depthwise", 1, [expanded, 1, kernel]),
            ("project", 2, [outputs, expanded, 1]),
        ];
        for (conv, norm, shape) in convs.into_iter().skip(usize::from(expanded == inputs)) {
            let (path, block) = (format!("blocks.{index}.{conv}"), format!("_blocks.{index}"));
            push(path, format!("{block}._{conv}_conv"), format!("{block}._bn{norm}"), shape);
        }
    }
}

fn heads(layout: &Layout, layers: &mut Vec<Layer>) {
    let channels = layout.fpn.channels;
    for index in 0..layout.rpn.conv_depth {
        let name = format!("rpn.head.conv.{index}");
        layers.push(Layer::block(name.clone(), &name, false, [channels, channels, 3]));
    }
    for (name, outputs) in [("rpn.head.cls_logits", 3), ("rpn.head.bbox_pred", 3 * 4)] {
        layers.push(Layer::conv(name.into(), name.into(), [outputs, channels, 1]));
    }

    let box_head = &layout.roi_heads.box_head;
    let mut inputs = channels;
    for (index, &outputs) in box_head.conv_channels.iter().enumerate() {
        let (path, name) = (format!("roi_heads.box_head.convs.{index}"), format!("roi_heads.box_head.{index}"));
        layers.push(Layer::block(path, &name, layout.normed.box_head, [outputs, inputs, 3]));
        inputs = outputs;
    }
    inputs = inputs.saturating_mul(box_head.pool_size * box_head.pool_size);
    for (index, &outputs) in box_head.fc_channels.iter().enumerate() {
        let name = fc_name(box_head.conv_channels.len(), index);
        let (path, name) = (format!("roi_heads.box_head.fcs.{index}"), format!("roi_heads.box_head.{name}"));
        layers.push(Layer::new(path, name, vec![outputs, inputs]));
        inputs = outputs;
    }
    for (predictor, numbers) in [("cls_score", 1), ("bbox_pred", 4)] {
        let name = format!("roi_heads.box_predictor.{predictor}");
        layers.push(Layer::new(name.clone(), name, vec![layout.num_classes.saturating_mul(numbers), inputs]));
    }
    if layout.masks {
        mask_branch(layout, layers);
    }
}

fn mask_branch(layout: &Layout, layers: &mut Vec<Layer>) {
    let mask_head = &layout.roi_heads.mask_head;
    let mut inputs = layout.fpn.channels;
    for (index, &outputs) in mask_head.conv_channels.iter().enumerate() {
        let (path, name) = (format!("roi_heads.mask_head.convs.{index}"), format!("roi_heads.mask_head.{index}"));
        layers.push(Layer::block(path, &name, layout.normed.mask_head, [outputs, inputs, 3]));
        inputs = outputs;
    }
    let (deconv, logits) = ("roi_heads.mask_predictor.conv5_mask", "roi_heads.mask_predictor.mask_fcn_logits");
    let outputs = mask_head.deconv_channels;
    // A transposed convolution has its inputs first.
    layers.push(Layer { outputs, ..Layer::new(deconv.into(), deconv.into(), vec![inputs, outputs, 2, 2]) });
    layers.push(Layer::conv(logits.into(), logits.into(), [layout.num_classes, outputs, 1]));
}

/// How a state dict differs from what a network needs.
pub(crate) struct Problems {
    missing: Vec<String>,
    unexpected: Vec<String>,
    misshapen: Vec<String>,
}

impl Problems {
    /// What `state` lacks of the tensors of `layers`, and has besides them.
    pub(crate) fn of(state: &StateDict, layers: &[Layer]) -> Self {
        let expected: BTreeMap<_, _> = layers.iter().flat_map(Layer::tensors).collect();
        let mut missing = vec![];
        let mut misshapen = vec![];
        for (name, shape) in &expected {
            match state.get(name) {
                None => missing.push(name.clone()),
                Some(tensor) if tensor.shape() != shape => {
                    misshapen.push(format!("{name} ({:?} instead of {shape:?})", tensor.shape()));
                }
                Some(_) => {}
            }
        }
        let unexpected = state.iter().filter(|(name, _)| !expected.contains_key(*name));
        Self { missing, unexpected: unexpected.map(|(name, _)| name.to_owned()).collect(), misshapen }
    }

    /// Number of tensors that are missing, unexpected or of the wrong shape.
    pub(crate) fn count(&self) -> usize {
        self.missing.len() + self.unexpected.len() + self.misshapen.len()
    }

    /// Refuses the state dict unless there are none.
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`], naming what is missing, unexpected or of the wrong shape.
    pub(crate) fn none(self) -> Result<()> {
        let parts = [("missing", self.missing), ("unexpected", self.unexpected), ("wrong shape", self.misshapen)];
        let parts: Vec<_> =
            parts.iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| list(what, names)).collect();
        if parts.is_empty() { Ok(()) } else { Err(Error::WeightsIncompatible(parts.join("; "))) }
    }
}

/// `what: a, b, c and 5 more`.
fn list(what: &str, names: &[String]) -> String {
    const LISTED: usize = 8;
    let listed = names.iter().take(LISTED).map(|name| name.escape_debug().take(120).collect::<String>());
    let listed = listed.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => format!("{what}: {listed}"),
        more => format!("{what}: {listed} and {more} more"),
    }
}
