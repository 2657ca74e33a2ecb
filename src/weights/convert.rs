//! From a checkpoint to a model's folder, for the command line and for the npm package.

use super::{
    Manifest, Precision, StateDict, WeightsFile, WeightsOptions, default_labels, half_precision, int8, read,
    single_precision,
};
use crate::{Error, MaskRcnnConfig, Result};

/// A model's folder, before it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// Its manifest, which names one file.
    pub manifest: Manifest,
    /// That file: the checkpoint in the manifest's precision.
    pub weights: Vec<u8>,
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
) -> Result<Converted> {
    let embedded = Manifest::embedded(&checkpoint)?;
    let (weights, mut config) = pack(checkpoint, precision)?;
    let classes = config.num_classes;
    let mut manifest = embedded.unwrap_or_else(|| Manifest::new(name, &config, default_labels(classes)));
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
    manifest.apply_to(&mut config)?;
    manifest.precision = Some(precision);
    manifest.weights = vec![WeightsFile::of(&format!("{}.safetensors", file_stem(name)), &weights)];
    Ok(Converted { manifest, weights })
}

/// A checkpoint as a `.safetensors` file in a precision, and the layout of its network.
///
/// # Errors
/// Those of [`StateDict::from_bytes`], [`half_precision`] and [`read`].
pub fn pack(checkpoint: Vec<u8>, precision: Precision) -> Result<(Vec<u8>, MaskRcnnConfig)> {
    let state = StateDict::from_bytes(checkpoint)?;
    let packed = match precision {
        Precision::F32 => single_precision(&state),
        Precision::F16 => half_precision(&state),
        Precision::Int8 => int8(&state),
    }?;
    // The file it came from is as large again, and a browser has 4 GiB at most.
    drop(state);
    let (config, _) = read(packed.clone(), &WeightsOptions::default())?;
    Ok((packed, config))
}

/// What the files of a model with this name are called, without an ending: letters, digits, `.`, `_` and `-`.
pub fn file_stem(name: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '.' || letter == '_' { letter } else { '-' };
    let stem: String = name.trim_matches('.').chars().map(plain).collect();
    if stem.is_empty() { "weights".into() } else { stem }
}
