//! From a torchvision or detectron2 checkpoint to the network's parameters.
//!
//! # What is read
//! State dicts of torchvision's Faster R-CNN and Mask R-CNN with a ResNet and a feature pyramid
//! (`maskrcnn_resnet50_fpn`, `maskrcnn_resnet50_fpn_v2`, `fasterrcnn_…`, and relatives with
//! another depth or other widths), with the tensor names of any torchvision release, as
//! - `.safetensors`, through burn-store;
//! - `.pth` of torch 1.6 or newer (a zip archive), on its own or under `model` or `state_dict`
//!   in a training checkpoint, through the zip crate and a reader for the state dict's pickle
//!   that executes nothing;
//!
//! and those of detectron2's Mask R-CNN and Faster R-CNN with a ResNet and a feature pyramid (its
//! model zoo's R50-FPN and R101-FPN baselines, and what is trained with their configurations), as
//! - `.pkl` of its model zoo, through the same reader;
//! - `.pth` of its trainer, or `.safetensors` with its names.
//!
//! Numbers are f32, f16, bf16 or f64, or in `.safetensors` int8 with a scale for each output channel. The format, the network's layout and the number of classes are
//! read off the bytes. Every tensor must be accounted for: [`Error::WeightsIncompatible`] names
//! those that are missing, unexpected or of the wrong shape.
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
//! [`WeightsOptions::batch_norm_eps`].

#[cfg(feature = "convert")]
mod convert;
#[cfg(feature = "cli")]
mod default_model;
pub(crate) mod detectron2;
#[cfg(feature = "convert")]
mod embedded;
pub(crate) mod fold;
mod infer;
#[cfg(feature = "convert")]
mod labels;
pub(crate) mod layers;
#[cfg(feature = "convert")]
mod manifest;
#[cfg(feature = "cli")]
mod model_folder;
mod named_tensors;
mod pickle;
mod pkl;
#[cfg(feature = "convert")]
mod precision;
mod pth;
mod quantised;
pub(crate) mod safetensors;
mod state_dict;
pub(crate) mod torchvision;
mod view;
#[cfg(feature = "convert")]
mod weights_file;

#[cfg(feature = "convert")]
pub use convert::{Converted, convert, file_stem, pack};
#[cfg(feature = "cli")]
pub use default_model::default_model;
pub use infer::preset;
#[cfg(feature = "convert")]
pub use labels::default_labels;
#[cfg(feature = "convert")]
pub use manifest::{
    AnchorSettings, ContrastSettings, DetectionSettings, InputSettings, Manifest, Precision, ProposalSettings,
};
#[cfg(feature = "cli")]
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
    /// Added to each variance of the batch normalisation, ≥ 0. See the module's documentation
    /// for what is taken otherwise.
    pub batch_norm_eps: Option<f64>,
    /// What the network computes with, where its device can ([`Arithmetic::on`]); single precision else.
    pub arithmetic: Arithmetic,
}

/// Reads a checkpoint: the layout of its network, and the parameters under the names that they
/// have in [`MaskRcnn`], with batch normalisation folded.
///
/// # Errors
/// [`Error::WeightsIntegrity`] if the bytes are damaged; [`Error::WeightsIncompatible`] if they
/// hold another network than this crate knows, or than `options` ask for;
/// [`Error::InvalidInput`] for a negative `batch_norm_eps`.
pub fn read(bytes: Vec<u8>, options: &WeightsOptions) -> Result<(MaskRcnnConfig, NamedTensors)> {
    if let Some(eps) = options.batch_norm_eps.filter(|eps| !eps.is_finite() || *eps < 0.0) {
        return Err(Error::InvalidInput(format!("batch_norm_eps is {eps}; it must be 0 or more")));
    }
    let checkpoint = torchvision::Checkpoint::new(StateDict::from_bytes(bytes)?, options.masks)?;
    let mut config = infer::infer(&checkpoint.state)?;
    if let Some(detectron2) = &checkpoint.detectron2 {
        detectron2.configure(&mut config);
    }
    let layers = layers::layers(&config);
    layers::account(&checkpoint.state, &layers)?;
    check(&config, options)?;
    let eps = options.batch_norm_eps.unwrap_or(match checkpoint.detectron2 {
        Some(_) => 1e-5,
        None => file_eps(checkpoint.tracks_batches, config.normed.fpn),
    });
    Ok((config, NamedTensors::new(&checkpoint.state, &layers, eps)?))
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
