//! From a torchvision or detectron2 checkpoint to the network's parameters.
//!
//! # What is read
//! State dicts of torchvision's Faster R-CNN and Mask R-CNN with a ResNet and a feature pyramid
//! (`maskrcnn_resnet50_fpn`, `maskrcnn_resnet50_fpn_v2`, `fasterrcnn_…`, and relatives with
//! another depth or other widths), with the tensor names of any torchvision release, and those of detectron2's Mask
//! R-CNN and Faster R-CNN with a ResNet and a feature pyramid (its model zoo's R50-FPN and R101-FPN baselines, and what
//! is trained with their configurations); as `.safetensors`, as `torch.save` writes them, in a zip archive or,
//! before torch 1.6, without one, or as the `.pkl` of detectron2's model zoo. And those of the same networks with an
//! EfficientNet-Lite as their body, whose tensors have the names of the Python package `efficientnet_lite_pytorch`.
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
//! | added to variances | 1e-5 or 0, see below; 1e-3 with an EfficientNet-Lite | 1e-5 |
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
mod embedded;
pub(crate) mod fold;
pub(crate) mod formats;
mod infer;
mod labels;
pub(crate) mod layers;
mod manifest;
#[cfg(feature = "convert")]
mod model_folder;
mod named_tensors;
#[cfg(feature = "convert")]
mod precision;
#[cfg(feature = "cli")]
mod schema;
mod state_dict;
pub(crate) mod torchvision;
mod weights_file;

pub use checkpoint_file::{CheckpointFile, FileEntry, Selected};
pub use conventions::{ChannelOrder, Conventions};
#[cfg(feature = "convert")]
pub use convert::{Converted, Packed, convert, file_stem, pack};
#[cfg(feature = "convert")]
pub use default_model::default_model;
pub use formats::Format;
pub use labels::default_labels;
pub use manifest::{Manifest, Precision};
#[cfg(feature = "convert")]
pub use model_folder::ModelFolder;
pub use named_tensors::NamedTensors;
#[cfg(feature = "convert")]
pub use precision::{half_precision, int8, single_precision};
pub use state_dict::{StateDict, StateTensor};
pub use weights_file::WeightsFile;

use burn::tensor::Device;

use self::torchvision::Classifier;
use crate::config::{BodyConfig, EfficientNetLiteConfig, Layout, Settings};
use crate::model::{Dtype, MaskRcnn};
use crate::{Error, Result};

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
    /// What the network computes with, where its device can ([`Dtype::on`]); single precision else.
    pub dtype: Dtype,
}

impl WeightsOptions {
    /// These, with the conventions of the weights' `manifest`, where there is one, for those that these leave open.
    pub fn described_by(mut self, manifest: Option<&Manifest>) -> Self {
        if let Some(manifest) = manifest {
            self.conventions = self.conventions.or(manifest.conventions);
        }
        self
    }
}

/// A network that is ready to use, with the settings that belong to it.
#[derive(Debug, Clone)]
pub struct Model {
    /// The network.
    pub network: MaskRcnn,
    /// Its settings: the manifest's or, without one, its library's defaults.
    pub settings: Settings,
}

impl Model {
    /// The model with the settings of its weights' `manifest`, where there is one.
    ///
    /// # Errors
    /// Those of [`Manifest::check_layout`].
    pub fn described_by(mut self, manifest: Option<&Manifest>) -> Result<Self> {
        if let Some(manifest) = manifest {
            manifest.check_layout(self.network.layout())?;
            self.settings.clone_from(&manifest.settings);
        }
        Ok(self)
    }
}

/// What a checkpoint holds.
#[derive(Debug)]
pub struct Weights {
    /// The layout of its network.
    pub layout: Layout,
    /// The defaults of the library that it is from, with the colour statistics that it may have.
    pub settings: Settings,
    /// The parameters, under their names in [`MaskRcnn`], with batch normalisation folded.
    pub tensors: NamedTensors,
}

/// Reads a checkpoint.
///
/// # Errors
/// [`Error::WeightsIntegrity`] if the bytes are damaged; [`Error::WeightsIncompatible`] if they
/// hold another network than this crate knows, or than `options` ask for, or several;
/// [`Error::InvalidInput`] for a negative `batch_norm_eps`, or where there is nothing under `state_dict`.
pub fn read(bytes: Vec<u8>, options: &WeightsOptions) -> Result<Weights> {
    options.conventions.check()?;
    read_selected(CheckpointFile::read(bytes)?.select(options.state_dict.as_deref(), options.masks)?, options)
}

/// As [`read`], of a state dict that was found in a file.
///
/// # Errors
/// Those of [`read`] that tell about the network.
pub fn read_selected(selected: Selected, options: &WeightsOptions) -> Result<Weights> {
    let Selected { path, state, .. } = selected;
    let hint = hint(&state);
    interpret(state, options).map_err(|error| match error {
        Error::WeightsIncompatible(why) if path.is_empty() => Error::WeightsIncompatible(why + &hint),
        Error::WeightsIncompatible(why) => {
            Error::WeightsIncompatible(format!("`{}` in the file: {why}{hint}", path.escape_debug()))
        }
        other => other,
    })
}

/// What may be the matter with a state dict that is not a detector's.
fn hint(state: &StateDict) -> String {
    if let Some(Classifier { kind, .. }) = Classifier::of(state) {
        format!("; it is {kind} for classification, which only a training can start from (`maskrcnn train --weights`)")
    } else if state.get("conv1_w").is_some() {
        "; it has Caffe2's names: take one of detectron2's own, such as a model_final_….pkl of its model zoo".into()
    } else {
        String::new()
    }
}

fn interpret(state: StateDict, options: &WeightsOptions) -> Result<Weights> {
    let mut checkpoint = torchvision::Checkpoint::new(state, options.masks)?;
    let (mut layout, mut settings) = (infer::infer(&checkpoint.state)?, Settings::default());
    if checkpoint.detectron2.is_some() {
        detectron2::Detectron2::configure(&mut layout, &mut settings);
    }
    let layers = layers::layers(&layout);
    layers::Problems::of(&checkpoint.state, &layers).none()?;
    check(&layout, options)?;
    let said = options.conventions.or(checkpoint.conventions(&layout));
    checkpoint.turn_to_rgb(said.channel_order.unwrap_or(ChannelOrder::Rgb), &mut settings.input);
    if let Some(resnet) = layout.backbone.as_resnet_mut() {
        resnet.stride_in_1x1 = said.stride_in_1x1.unwrap_or(false);
    }
    let tensors = NamedTensors::new(&checkpoint.state, &layers, said.batch_norm_eps.unwrap_or_default())?;
    Ok(Weights { layout, settings, tensors })
}

/// What was added to variances in training, as far as a checkpoint tells: of which kind its body is, whether it counts
/// batches, and whether its feature pyramid is normalised.
pub(crate) fn file_eps(body: &BodyConfig, tracks_batches: bool, normed_pyramid: bool) -> f64 {
    match body {
        BodyConfig::EfficientNetLite(_) => EfficientNetLiteConfig::NORM_EPS,
        BodyConfig::ResNet(_) if tracks_batches || normed_pyramid => 1e-5,
        BodyConfig::ResNet(_) => 0.0,
    }
}

/// Reads a checkpoint, and builds its network on `device`.
///
/// # Errors
/// Those of [`read`]; [`Error::WeightsIncompatible`] for a weight beyond the range of half precision, if
/// that is what the network is to compute with; [`Error::Internal`] if the network has a parameter without
/// a tensor.
pub fn load(bytes: Vec<u8>, options: &WeightsOptions, device: &Device) -> Result<Model> {
    let Weights { layout, settings, tensors } = read(bytes, options)?;
    let mut network = layout.init(device);
    match options.dtype.on(device) {
        Dtype::F32 => tensors.apply_to(&mut network)?,
        Dtype::F16 => tensors.into_half_precision()?.apply_to(&mut network)?,
    }
    Ok(Model { network, settings })
}

fn check(layout: &Layout, options: &WeightsOptions) -> Result<()> {
    if let Some(asked) = options.num_classes.filter(|&asked| asked != layout.num_classes) {
        return Err(Error::WeightsIncompatible(format!(
            "{asked} classes were asked for, the checkpoint has {} (the background included)",
            layout.num_classes
        )));
    }
    if options.masks == Some(true) && !layout.masks {
        return Err(Error::WeightsIncompatible(
            "masks were asked for, the checkpoint is a Faster R-CNN and has none".into(),
        ));
    }
    Ok(())
}
