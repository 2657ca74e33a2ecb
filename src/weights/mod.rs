//! From a torchvision or detectron2 checkpoint to the network's parameters.
//!
//! # What is read
//! State dicts of torchvision's Faster R-CNN and Mask R-CNN with a ResNet and a feature pyramid
//! (`maskrcnn_resnet50_fpn`, `maskrcnn_resnet50_fpn_v2`, `fasterrcnn_…`, and relatives with
//! another depth or other widths), with the tensor names of any torchvision release, and those of detectron2's Mask
//! R-CNN and Faster R-CNN with a ResNet and a feature pyramid (its model zoo's R50-FPN and R101-FPN baselines, and what
//! is trained with their configurations); as `.safetensors`, as `torch.save` writes them, in a zip archive or,
//! before torch 1.6, without one, or as the `.pkl` of detectron2's model zoo.
//!
//! A file may hold more than the state dict. It is looked for wherever it may be nested ([`CheckpointFile`]), also in a
//! whole pickled network, and what wrappers put in front of all its names is taken off. Nothing in a file is executed.
//!
//! Numbers are f32, f16, bf16 or f64, or in `.safetensors` int8 with a scale for each output channel. The format, the
//! network's layout and the number of classes are read off the bytes. Every tensor of the state dict must be
//! accounted for: [`Error::WeightsIncompatible`] names those that are missing, unexpected or of the wrong shape.
//!
//! # What no file tells
//! can be said in [`Conventions`]; otherwise it is as follows.
//!
//! | | torchvision's names | detectron2's names |
//! |---|---|---|
//! | order of colours | red, green, blue | blue, green, red |
//! | stride of a bottleneck | in its 3×3 convolution | in its first 1×1 convolution |
//! | added to variances | 1e-5 or 0, see below | 1e-5 |
//!
//! # Batch normalisation
//! is folded into the convolution before it, in double precision: with
//! `s = weight / sqrt(running_var + eps)` the convolution's weight is multiplied by `s`, an
//! output channel at a time, and its bias becomes `bias - running_mean * s`. The file doesn't
//! say which `eps` the network was trained with. torchvision's published v1 weights were with 0
//! (`overwrite_eps` in `torchvision/models/detection/mask_rcnn.py`), those with real batch
//! normalisation with 1e-5: 1e-5 is taken for a file that has `num_batches_tracked` (which
//! frozen normalisation has not) or a normalised feature pyramid (v2's layout), else 0. For a
//! frozen normalisation that was trained with another value, say so in
//! [`Conventions::batch_norm_eps`].

mod checkpoint_file;
mod conventions;
#[cfg(feature = "convert")]
mod convert;
#[cfg(feature = "convert")]
mod default_model;
pub(crate) mod detectron2;
#[cfg(feature = "convert")]
mod embedded;
pub(crate) mod fold;
pub(crate) mod formats;
mod infer;
#[cfg(feature = "convert")]
mod labels;
pub(crate) mod layers;
#[cfg(feature = "convert")]
mod manifest;
#[cfg(feature = "convert")]
mod model_folder;
mod named_tensors;
#[cfg(feature = "convert")]
mod precision;
mod quantised;
mod state_dict;
pub(crate) mod torchvision;
#[cfg(feature = "convert")]
mod weights_file;

pub use checkpoint_file::{CheckpointFile, FileEntry, Selected};
pub use conventions::{ChannelOrder, Conventions};
#[cfg(feature = "convert")]
pub use convert::{Converted, Packed, convert, file_stem, pack};
#[cfg(feature = "convert")]
pub use default_model::default_model;
pub use formats::Format;
pub use infer::preset;
#[cfg(feature = "convert")]
pub use labels::default_labels;
#[cfg(feature = "convert")]
pub use manifest::{
    AnchorSettings, ContrastSettings, DetectionSettings, InputSettings, Manifest, Precision, ProposalSettings,
};
#[cfg(feature = "convert")]
pub use model_folder::ModelFolder;
pub use named_tensors::NamedTensors;
#[cfg(feature = "convert")]
pub use precision::{half_precision, int8, single_precision};
pub use state_dict::{StateDict, StateTensor};
#[cfg(feature = "convert")]
pub use weights_file::WeightsFile;

use burn::tensor::Device;

use crate::model::{Arithmetic, MaskRcnn};
use crate::{Error, MaskRcnnConfig, Result};

/// What is known about a checkpoint beforehand, and how it is loaded. Nothing needs to be said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WeightsOptions {
    /// Number of classes that the checkpoint must have, the background included.
    pub num_classes: Option<usize>,
    /// `Some(false)`: leave the mask branch out, if there is one. `Some(true)`: it must be there.
    pub masks: Option<bool>,
    /// Which state dict of the file is read, where it holds several networks: the path to it, as
    /// [`CheckpointFile::select`] takes it.
    pub state_dict: Option<String>,
    /// What the tensors do not tell.
    pub conventions: Conventions,
    /// What the network computes with, where its device can ([`Arithmetic::on`]); single precision else.
    pub arithmetic: Arithmetic,
}

#[cfg(feature = "convert")]
impl WeightsOptions {
    /// These, with the conventions of the weights' `manifest`, where there is one, for those that these leave open.
    pub fn described_by(mut self, manifest: Option<&Manifest>) -> Self {
        if let Some(manifest) = manifest {
            self.conventions = self.conventions.or(manifest.conventions);
        }
        self
    }
}

/// Reads a checkpoint: the layout of its network, and the parameters under the names that they
/// have in [`MaskRcnn`], with batch normalisation folded.
///
/// # Errors
/// [`Error::WeightsIntegrity`] if the bytes are damaged; [`Error::WeightsIncompatible`] if they
/// hold another network than this crate knows, or than `options` ask for, or several;
/// [`Error::InvalidInput`] for a negative `batch_norm_eps`, or where there is nothing under `state_dict`.
pub fn read(bytes: Vec<u8>, options: &WeightsOptions) -> Result<(MaskRcnnConfig, NamedTensors)> {
    options.conventions.check()?;
    read_selected(CheckpointFile::read(bytes)?.select(options.state_dict.as_deref(), options.masks)?, options)
}

/// As [`read`], of a state dict that was found in a file.
///
/// # Errors
/// Those of [`read`] that tell about the network.
pub fn read_selected(selected: Selected, options: &WeightsOptions) -> Result<(MaskRcnnConfig, NamedTensors)> {
    let Selected { path, state, .. } = selected;
    let hint = hint(&state);
    interpret(state, options).map_err(|error| match error {
        Error::WeightsIncompatible(why) if path.is_empty() => Error::WeightsIncompatible(why + hint),
        Error::WeightsIncompatible(why) => {
            Error::WeightsIncompatible(format!("`{}` in the file: {why}{hint}", path.escape_debug()))
        }
        other => other,
    })
}

/// What may be the matter with a state dict that is not a detector's.
fn hint(state: &StateDict) -> &'static str {
    if state.get("conv1.weight").is_some() && state.get("layer1.0.conv1.weight").is_some() {
        "; it is a ResNet for classification, which only a training can start from (`maskrcnn train --weights`)"
    } else if state.get("conv1_w").is_some() {
        "; it has Caffe2's names: take one of detectron2's own, such as a model_final_….pkl of its model zoo"
    } else {
        ""
    }
}

fn interpret(state: StateDict, options: &WeightsOptions) -> Result<(MaskRcnnConfig, NamedTensors)> {
    let mut checkpoint = torchvision::Checkpoint::new(state, options.masks)?;
    let mut config = infer::infer(&checkpoint.state)?;
    if let Some(detectron2) = &checkpoint.detectron2 {
        detectron2.configure(&mut config);
    }
    let layers = layers::layers(&config);
    layers::Problems::of(&checkpoint.state, &layers).none()?;
    check(&config, options)?;
    let said = options.conventions.or(checkpoint.conventions(config.normed.fpn));
    checkpoint.turn_to_rgb(said.channel_order.unwrap_or(ChannelOrder::Rgb), &mut config);
    config.backbone.stride_in_1x1 = said.stride_in_1x1.unwrap_or(false);
    let tensors = NamedTensors::new(&checkpoint.state, &layers, said.batch_norm_eps.unwrap_or_default())?;
    Ok((config, tensors))
}

/// What was added to variances in training, as far as a checkpoint tells: whether it counts batches,
/// and whether its feature pyramid is normalised.
pub(crate) fn file_eps(tracks_batches: bool, normed_pyramid: bool) -> f64 {
    if tracks_batches || normed_pyramid { 1e-5 } else { 0.0 }
}

/// Reads a checkpoint, and builds its network on `device`.
///
/// # Errors
/// Those of [`read`]; [`Error::WeightsIncompatible`] for a weight beyond the range of half precision, if
/// that is what the network is to compute with; [`Error::Internal`] if the network has a parameter without
/// a tensor.
pub fn load(bytes: Vec<u8>, options: &WeightsOptions, device: &Device) -> Result<MaskRcnn> {
    let (config, tensors) = read(bytes, options)?;
    let mut model = config.init(device);
    match options.arithmetic.on(device) {
        Arithmetic::F32 => tensors.apply_to(&mut model)?,
        Arithmetic::F16 => tensors.into_half_precision()?.apply_to(&mut model)?,
    }
    Ok(model)
}

fn check(config: &MaskRcnnConfig, options: &WeightsOptions) -> Result<()> {
    if let Some(asked) = options.num_classes.filter(|&asked| asked != config.num_classes) {
        return Err(Error::WeightsIncompatible(format!(
            "{asked} classes were asked for, the checkpoint has {} (the background included)",
            config.num_classes
        )));
    }
    if options.masks == Some(true) && !config.masks {
        return Err(Error::WeightsIncompatible(
            "masks were asked for, the checkpoint is a Faster R-CNN and has none".into(),
        ));
    }
    Ok(())
}
