//! torchvision's names, old and new.

use super::detectron2::{self, Detectron2};
use super::state_dict::StateTensor;
use super::{ChannelOrder, Conventions, StateDict, file_eps};
use crate::config::{InputSettings, Layout};
use crate::{Error, Result};

/// The convolution that sees the image, by the kind of body.
const FIRST: [&str; 2] = ["backbone.body.conv1.weight", "backbone.body._conv_stem.weight"];

/// A network for classification that can be a body.
pub(crate) struct Classifier {
    /// What it is, with its article.
    pub(crate) kind: &'static str,
    /// What the names of the layers begin with that a detector has no use for.
    #[cfg_attr(not(feature = "train"), allow(dead_code, reason = "only trainings start from a classifier"))]
    pub(crate) head: &'static [&'static str],
    /// Tensors that it is told by.
    tensors: [&'static str; 2],
}

/// torchvision's, and those of the Python package `efficientnet_lite_pytorch`.
static CLASSIFIERS: [Classifier; 2] = [
    Classifier { kind: "a ResNet", head: &["fc."], tensors: ["conv1.weight", "layer1.0.conv1.weight"] },
    Classifier {
        kind: "an EfficientNet-Lite",
        head: &["_conv_head.", "_bn1.", "_fc."],
        tensors: ["_conv_stem.weight", "_blocks.0._depthwise_conv.weight"],
    },
];

impl Classifier {
    /// The one that `state` is of, if it is.
    pub(crate) fn of(state: &StateDict) -> Option<&'static Self> {
        CLASSIFIERS.iter().find(|classifier| classifier.tensors.iter().all(|name| state.get(name).is_some()))
    }
}

/// A state dict with today's names and only what the network is built of.
pub(crate) struct Checkpoint {
    pub(crate) state: StateDict,
    /// Whether the file counts the batches seen in training, as torchvision's frozen normalisation
    /// does not.
    pub(crate) tracks_batches: bool,
    /// Whether, and how, the file is detectron2's.
    pub(crate) detectron2: Option<Detectron2>,
}

impl Checkpoint {
    /// Brings names up to date, drops the batch counters and, where `masks` is `Some(false)`,
    /// the mask branch.
    pub(crate) fn new(state: StateDict, masks: Option<bool>) -> Result<Self> {
        let (state, detectron2) = detectron2::translate(state)?;
        let total = state.len();
        let mut dropped = 0;
        let mut tracks_batches = false;
        let state: StateDict = state
            .into_iter()
            .filter(|(name, _)| {
                let counter = name.ends_with(".num_batches_tracked");
                tracks_batches |= counter;
                let drop = counter || (masks == Some(false) && name.starts_with(MASK_BRANCH));
                dropped += usize::from(drop);
                !drop
            })
            .map(|(name, tensor)| (todays_name(name), tensor))
            .collect();
        if state.len() + dropped < total {
            return Err(Error::WeightsIncompatible("some tensors are there twice, under old and new names".into()));
        }
        Ok(Self { state, tracks_batches, detectron2 })
    }

    /// What the network of the file, which has this layout, does by default: everything is said.
    pub(crate) fn conventions(&self, layout: &Layout) -> Conventions {
        match self.detectron2 {
            Some(_) => Detectron2::CONVENTIONS,
            None => Conventions {
                channel_order: Some(ChannelOrder::Rgb),
                stride_in_1x1: Some(false),
                batch_norm_eps: Some(file_eps(&layout.backbone, self.tracks_batches, layout.normed.fpn)),
            },
        }
    }

    /// Makes the network one that takes red, green and blue, of one that takes colours in this order: its first convolution,
    /// and the `input` settings' colours.
    pub(crate) fn turn_to_rgb(&mut self, order: ChannelOrder, input: &mut InputSettings) {
        if let Some(detectron2) = &self.detectron2 {
            detectron2.normalise(order, input);
        } else {
            input.mean = order.arrange(input.mean);
            input.std = order.arrange(input.std);
        }
        if order == ChannelOrder::Bgr {
            for first in FIRST {
                self.state = core::mem::take(&mut self.state).with(first, reversed_inputs);
            }
        }
    }
}

/// A convolution of three inputs with the first and the last exchanged.
fn reversed_inputs(weight: StateTensor) -> StateTensor {
    let shape = weight.shape().to_vec();
    let plane = shape.iter().skip(2).product::<usize>().max(1);
    weight.arranged(shape, move |values| {
        let kernels = values.chunks_exact(3 * plane);
        kernels.flat_map(|kernel| kernel.chunks_exact(plane).rev().flatten()).copied().collect()
    })
}

/// How the names of the mask branch begin.
pub(crate) const MASK_BRANCH: &str = "roi_heads.mask_";

/// What torchvision since 0.14 calls the tensor `name`
/// (`_load_from_state_dict` in `ops/feature_pyramid_network.py`, `models/detection/rpn.py` and
/// `models/detection/mask_rcnn.py`).
fn todays_name(name: String) -> String {
    let Some((module, parameter)) = name.rsplit_once('.') else { return name };
    let module = match module.rsplit_once('.') {
        Some(("backbone.fpn.inner_blocks" | "backbone.fpn.layer_blocks", _)) => format!("{module}.0"),
        Some(("rpn.head", "conv")) => "rpn.head.conv.0.0".into(),
        Some(("roi_heads.mask_head", layer)) => {
            match layer.strip_prefix("mask_fcn").and_then(|number| number.parse::<usize>().ok()?.checked_sub(1)) {
                Some(index) => format!("roi_heads.mask_head.{index}.0"),
                None => return name,
            }
        }
        _ => return name,
    };
    format!("{module}.{parameter}")
}
