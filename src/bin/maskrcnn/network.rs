//! Which network runs where: the options that most commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use maskrcnn_web::model::roi_heads::RoiPooling;
use maskrcnn_web::model::{Arithmetic, MaskRcnn};
use maskrcnn_web::weights::{self, Manifest, ModelFolder, WeightsOptions};
use maskrcnn_web::{Error, Result};

use crate::backend::{Backend, Choice};
use crate::checkpoint::CheckpointArguments;
use crate::files;
use crate::labels::Labels;

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
    arithmetic: Numbers,
    /// Pixels that a picture's shorter side is scaled to [default: the model's, else 800].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..))]
    min_size: Option<u16>,
    /// Pixels that a picture's longer side may have at most [default: the model's, else 1333].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..))]
    max_size: Option<u16>,
    /// Candidates of each pyramid level that go into non-maximum suppression [default: the model's, else 1000].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pre_nms_top_n: Option<u16>,
    /// Proposals that come out at most [default: the model's, else 1000].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    post_nms_top_n: Option<u16>,
    /// Leave the mask branch out: a Faster R-CNN.
    #[arg(long)]
    no_masks: bool,
    /// How the features of a region are pooled [default: the model's, else align].
    #[arg(long, value_enum)]
    pooling: Option<Pooling>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pooling {
    /// RoIAlign, as torchvision's Mask R-CNN does.
    Align,
    /// RoIAlign with pixels' values at their centres, as detectron2's Mask R-CNN does.
    Aligned,
    /// RoIPool, as Fast R-CNN did.
    Pool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Numbers {
    /// Single precision, as torchvision.
    F32,
    /// Half precision for weights and features.
    F16,
}

/// A network that is ready.
pub(crate) struct Network {
    pub(crate) model: MaskRcnn,
    pub(crate) labels: Labels,
    pub(crate) backend: Backend,
}

impl NetworkArguments {
    /// Whether masks are left out.
    pub(crate) fn no_masks(&self) -> bool {
        self.no_masks
    }

    /// Opens the device and loads the network onto it.
    pub(crate) fn load(&self) -> Result<Network> {
        let (manifest, bytes) = self.read()?;
        let backend = self.backend.open()?;
        let arithmetic = match self.arithmetic {
            Numbers::F32 => Arithmetic::F32,
            Numbers::F16 => Arithmetic::F16,
        };
        if arithmetic.on(&backend.device) != arithmetic {
            eprintln!("There is no f16 on this device: the network computes in f32.");
        }
        let masks = self.no_masks.then_some(false);
        let options = WeightsOptions { masks, arithmetic, ..self.checkpoint.options() };
        // With both, the manifest is of other weights.
        let describes_weights = self.model.is_none() || self.weights.is_none();
        let options = options.described_by(manifest.as_ref().filter(|_| describes_weights));
        let mut model = weights::load(bytes, &options, &backend.device)?;
        let labels = match manifest {
            Some(manifest) => {
                manifest.apply_to(model.config_mut())?;
                Labels::from(manifest.labels)
            }
            None => Labels::default_for(model.config().num_classes),
        };
        let config = model.config_mut();
        if let Some(pixels) = self.min_size {
            config.transform.min_size = pixels.into();
        }
        if let Some(pixels) = self.max_size {
            config.transform.max_size = pixels.into();
        }
        if let Some(candidates) = self.pre_nms_top_n {
            config.rpn.pre_nms_top_n = candidates.into();
        }
        if let Some(proposals) = self.post_nms_top_n {
            config.rpn.post_nms_top_n = proposals.into();
        }
        if config.transform.max_size < config.transform.min_size {
            let (min, max) = (config.transform.min_size, config.transform.max_size);
            return Err(Error::InvalidInput(format!("--max-size {max} is less than --min-size {min}")));
        }
        if let Some(pooling) = self.pooling {
            config.roi_heads.pooling = match pooling {
                Pooling::Align => RoiPooling::Align,
                Pooling::Aligned => RoiPooling::Aligned,
                Pooling::Pool => RoiPooling::Pool,
            };
        }
        Ok(Network { model, labels, backend })
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
