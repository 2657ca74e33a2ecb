//! Which network runs where: the options that most commands share.

use std::path::PathBuf;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::model::{Dtype, DtypeChoice};
use maskrcnn_web::weights::{self, Manifest, Model, ModelFolder, WeightsOptions};

use crate::backend::{Backend, Choice};
use crate::checkpoint::CheckpointArguments;
use crate::files;
use crate::labels::Labels;
use crate::settings::SettingsArguments;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct NetworkArguments {
    /// Model: a folder with a manifest.json, or the manifest [default: the model of cell nuclei that this program
    /// carries within it].
    #[arg(long, value_name = "FOLDER|FILE")]
    model: Option<PathBuf>,
    /// Checkpoint of torchvision's or detectron2's Mask R-CNN or Faster R-CNN (.safetensors, .pth or .pkl, by
    /// any name); with --model in place of that model's own weights.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    #[command(flatten)]
    checkpoint: CheckpointArguments,
    /// Where the network runs.
    #[arg(long, value_enum, default_value = "auto")]
    backend: Choice,
    /// What the network computes with. f16, with which weights and features are half as large, is only on GPUs
    /// that have it; elsewhere it is f32.
    #[arg(long, value_enum, default_value = "f32")]
    dtype: DtypeChoice,
    #[command(flatten)]
    settings: SettingsArguments,
    /// Leave the mask branch out: a Faster R-CNN.
    #[arg(long)]
    no_masks: bool,
}

/// A network that is ready.
pub(crate) struct Network {
    pub(crate) model: Model,
    pub(crate) labels: Labels,
    pub(crate) backend: Backend,
}

impl NetworkArguments {
    /// Whether masks are left out.
    pub(crate) fn no_masks(&self) -> bool {
        self.no_masks
    }

    /// Where the network is to run.
    pub(crate) fn backend(&self) -> Choice {
        self.backend
    }

    /// Opens the device and loads the network onto it.
    pub(crate) fn load(&self) -> Result<Network> {
        let (manifest, bytes) = self.read()?;
        let backend = self.backend.open()?;
        let dtype = self.dtype.on(&backend.device);
        if self.dtype == DtypeChoice::F16 && dtype != Dtype::F16 {
            eprintln!("warning: this device does not support f16; using f32");
        }
        let masks = self.no_masks.then_some(false);
        let options = WeightsOptions { masks, dtype, ..self.checkpoint.options() };
        // With both, the manifest is of other weights.
        let describes_weights = self.model.is_none() || self.weights.is_none();
        let options = options.described_by(manifest.as_ref().filter(|_| describes_weights));
        let model = weights::load(bytes, &options, &backend.device)?;
        let Model { network, settings } = model.described_by(manifest.as_ref())?;
        let labels = match manifest {
            Some(manifest) => Labels::from(manifest.labels),
            None => Labels::default_for(network.layout().num_classes),
        };
        let settings = self.settings.apply(&settings)?;
        Ok(Network { model: Model { network, settings }, labels, backend })
    }

    /// The manifest, unless there is only a checkpoint that has none, and the checkpoint's bytes.
    fn read(&self) -> Result<(Option<Manifest>, Vec<u8>)> {
        if let (None, Some(weights)) = (&self.model, &self.weights) {
            let bytes = files::read(weights)?;
            return Ok((ModelFolder::manifest_of(weights, &bytes)?, bytes));
        }
        let Some(model) = &self.model else {
            let (manifest, weights) = weights::default_model()?;
            return Ok((Some(manifest), weights));
        };
        let folder = ModelFolder::open(model)?;
        let bytes = match &self.weights {
            Some(weights) => files::read(weights)?,
            None => folder.weights()?,
        };
        Ok((Some(folder.manifest), bytes))
    }
}
