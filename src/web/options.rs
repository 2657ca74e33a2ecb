//! What JavaScript asks for, as one JSON text: the same names and shapes as in a manifest.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::Settings;
use crate::config::limits::MAX_CLASSES;
use crate::error::{Error, Result};
use crate::image::{Image, ImageShape, SampleLayout, Samples, Tone};
use crate::model::DtypeChoice;
use crate::ops::kernel_family::KernelFamily;
#[cfg(feature = "webgpu")]
use crate::structures::Size;
use crate::weights::{ChannelOrder, Conventions, Manifest, WeightsOptions};

/// What is asked of a network when it is loaded.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct LoadOptions {
    /// The model's manifest, unless there is only a checkpoint.
    manifest: Option<Value>,
    /// How the checkpoint is read.
    checkpoint: CheckpointOptions,
    /// Settings in place of the model's; some of them.
    settings: Option<Value>,
    /// What the network computes with: `auto`, `f32` or `f16`.
    pub(super) dtype: DtypeChoice,
    /// Which kernels a GPU runs: `portable`, `tiled` or, as it is without any, `auto`.
    gpu_kernels: Option<String>,
}

/// What a checkpoint does not tell.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct CheckpointOptions {
    state_dict: Option<String>,
    num_classes: Option<usize>,
    masks: Option<bool>,
    // Those of `Conventions`, which `deny_unknown_fields` keeps from being flattened.
    channel_order: Option<ChannelOrder>,
    stride_in_1x1: Option<bool>,
    batch_norm_eps: Option<f64>,
}

/// What an image's samples are.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ImageOptions {
    width: usize,
    height: usize,
    /// Number of channels; `None` for red, green, blue and transparency of 8 bits.
    channels: Option<usize>,
    layout: SampleLayout,
    /// Micrometres.
    pixel_size: Option<f64>,
}

/// What is asked of a network for one image.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct CallOptions {
    /// Settings in place of the model's; some of them.
    pub(super) settings: Option<Value>,
    /// Whether every stage is read back.
    pub(super) inspect: bool,
    /// The tone, where it was measured on the image that this one is a part of.
    pub(super) tone: Option<Tone>,
    /// Whether the masks are given as the network has them, too; `true` unless given.
    pub(super) soft_masks: Option<bool>,
}

/// Reads options; an empty text means none.
///
/// # Errors
/// [`Error::InvalidInput`] for what is not an object of the known options.
pub(super) fn read<T: DeserializeOwned + Default>(json: &str) -> Result<T> {
    if json.is_empty() {
        return Ok(T::default());
    }
    let invalid = |error| Error::InvalidInput(format!("the options: {error}"));
    serde_json::from_value(serde_json::from_str(json).map_err(invalid)?).map_err(invalid)
}

impl LoadOptions {
    /// The model's manifest, checked.
    ///
    /// # Errors
    /// Those of [`Manifest::from_value`].
    pub(super) fn manifest(&self) -> Result<Option<Manifest>> {
        self.manifest.clone().map(Manifest::from_value).transpose()
    }

    /// How the weights are read, but for what the network computes with, which depends on the device.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for options out of range.
    pub(super) fn weights(&self, manifest: Option<&Manifest>) -> Result<WeightsOptions> {
        Ok(self.checkpoint.weights()?.described_by(manifest))
    }

    /// The kernels that the caller chose.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for what is not a family.
    pub(super) fn gpu_kernels(&self) -> Result<Option<KernelFamily>> {
        self.gpu_kernels.as_deref().map_or(Ok(None), KernelFamily::chosen)
    }

    /// `settings` with the caller's in their places.
    ///
    /// # Errors
    /// Those of [`Settings::with`].
    pub(super) fn settings(&self, settings: Settings) -> Result<Settings> {
        changed(settings, self.settings.as_ref())
    }
}

impl CallOptions {
    /// `settings` with the caller's in their places.
    ///
    /// # Errors
    /// Those of [`Settings::with`].
    pub(super) fn settings(&self, settings: &Settings) -> Result<Settings> {
        changed(settings.clone(), self.settings.as_ref())
    }
}

impl ImageOptions {
    /// The size of an image of which only that is given.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where there are no pixels.
    #[cfg(feature = "webgpu")]
    pub(super) fn size(&self) -> Result<Size> {
        let &Self { width, height, .. } = self;
        if width * height > 0 {
            return Ok(Size { height, width });
        }
        Err(Error::InvalidInput(format!("the image has no pixels ({width}×{height}); each side must be 1 or more")))
    }

    /// The image with these samples.
    ///
    /// # Errors
    /// Those of [`Image::new`] and [`Image::with_pixel_size`].
    pub(super) fn image(&self, samples: Samples) -> Result<Image> {
        let &Self { width, height, layout, .. } = self;
        let image = match (self.channels, samples) {
            (None, Samples::U8(rgba)) => Image::from_rgba(width, height, rgba),
            (channels, samples) => {
                Image::new(ImageShape { width, height, channels: channels.unwrap_or_default(), layout }, samples)
            }
        }?;
        match self.pixel_size {
            Some(micrometres) => image.with_pixel_size(micrometres),
            None => Ok(image),
        }
    }
}

fn changed(settings: Settings, changes: Option<&Value>) -> Result<Settings> {
    match changes {
        Some(changes) => settings.with(changes),
        None => Ok(settings),
    }
}

impl CheckpointOptions {
    /// How the weights are read, but for what the network computes with, which depends on the device.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for options out of range.
    pub(super) fn weights(&self) -> Result<WeightsOptions> {
        let &Self { num_classes, masks, channel_order, stride_in_1x1, batch_norm_eps, .. } = self;
        let conventions = Conventions { channel_order, stride_in_1x1, batch_norm_eps };
        if let Some(classes) = num_classes.filter(|classes| !(1..=MAX_CLASSES).contains(classes)) {
            return Err(Error::InvalidInput(format!(
                "`numClasses` is {classes}; it must be a whole number from 1 to {MAX_CLASSES}"
            )));
        }
        conventions.check()?;
        let state_dict = self.state_dict.clone();
        Ok(WeightsOptions { num_classes, masks, state_dict, conventions, ..WeightsOptions::default() })
    }
}
