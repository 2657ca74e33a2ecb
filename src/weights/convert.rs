//! From a checkpoint to a model's folder, for the command line and for the npm package.

use super::torchvision::Checkpoint;
use super::{
    CheckpointFile, Conventions, Manifest, Precision, Selected, Weights, WeightsFile, WeightsOptions, default_labels,
    half_precision, int8, read_selected, single_precision,
};
use crate::config::{Layout, Settings};
use crate::{Error, Result};

/// A model's folder, before it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// Its manifest, which names one file.
    pub manifest: Manifest,
    /// That file: the checkpoint in the manifest's precision.
    pub weights: Vec<u8>,
}

/// A checkpoint, made small.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The file, which holds the state dict alone.
    pub weights: Vec<u8>,
    /// The layout of its network.
    pub layout: Layout,
    /// The defaults of the library that it is from.
    pub settings: Settings,
    /// What has to be said of the file whenever it is read.
    pub conventions: Conventions,
}

/// Makes a model's folder of a checkpoint, with its network's own settings. Without `labels`, which are the
/// names of the classes with the background first, the classes are called as the checkpoint says
/// ([`Manifest::embedded`]), or else as [`default_labels`] has it.
///
/// # Errors
/// Those of [`pack`]; [`Error::InvalidInput`] for another number of labels than there are classes.
pub fn convert(
    checkpoint: Vec<u8>,
    precision: Precision,
    name: &str,
    labels: Option<Vec<String>>,
    options: &WeightsOptions,
) -> Result<Converted> {
    let embedded = Manifest::embedded(&checkpoint)?;
    let options = options.clone().described_by(embedded.as_ref());
    let Packed { weights, layout, settings, conventions } = pack(checkpoint, precision, &options)?;
    let classes = layout.num_classes;
    let mut manifest = embedded.unwrap_or_else(|| Manifest::new(name, &layout, settings, default_labels(classes)));
    manifest.name = name.into();
    if let Some(labels) = labels {
        if labels.len() != classes {
            let named = labels.len();
            return Err(Error::InvalidInput(format!(
                "{named} labels; the network has {classes} classes, the background included"
            )));
        }
        manifest.labels = labels;
    }
    manifest.check_layout(&layout)?;
    manifest.precision = Some(precision);
    manifest.conventions = conventions;
    manifest.weights = vec![WeightsFile::of(&format!("{}.safetensors", file_stem(name)), &weights)];
    Ok(Converted { manifest, weights })
}

/// A checkpoint as a `.safetensors` file in a precision. Of `options` it counts which state dict is meant and what its
/// tensors do not tell.
///
/// # Errors
/// Those of [`read`](super::read) and [`half_precision`].
pub fn pack(checkpoint: Vec<u8>, precision: Precision, options: &WeightsOptions) -> Result<Packed> {
    options.conventions.check()?;
    let selected = CheckpointFile::read(checkpoint)?.select(options.state_dict.as_deref(), None)?;
    let Weights { layout, settings, .. } = read_selected(selected.clone(), options)?;
    let Selected { state, .. } = selected;
    let weights = match precision {
        Precision::F32 => single_precision(&state),
        Precision::F16 => half_precision(&state),
        Precision::Int8 => int8(&state),
    }?;
    let usual = Checkpoint::new(state, None)?.conventions(&layout);
    Ok(Packed { weights, layout, settings, conventions: options.conventions.unlike(usual) })
}

/// What the files of a model with this name are called, without an ending: letters, digits, `.`, `_` and `-`.
pub fn file_stem(name: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '.' || letter == '_' { letter } else { '-' };
    let stem: String = name.trim_matches('.').chars().map(plain).collect();
    if stem.is_empty() { "weights".into() } else { stem }
}
