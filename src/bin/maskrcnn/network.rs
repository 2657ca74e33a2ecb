//! Which network runs where: the options that most commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use maskrcnn_web::model::MaskRcnn;
use maskrcnn_web::model::roi_heads::RoiPooling;
use maskrcnn_web::weights::{self, WeightsOptions};
use maskrcnn_web::{Error, Result};

use crate::backend::{Backend, Choice};
use crate::files;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct NetworkArguments {
    /// Checkpoint of torchvision's Mask R-CNN or Faster R-CNN (.safetensors or .pth).
    #[arg(long, value_name = "FILE", default_value = "models/reference-tiny.safetensors")]
    pub(crate) weights: PathBuf,
    /// Where the network runs.
    #[arg(long, value_enum, default_value = "auto")]
    backend: Choice,
    /// Pixels that a picture's shorter side is scaled to [default: 800].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..))]
    min_size: Option<u16>,
    /// Pixels that a picture's longer side may have at most [default: 1333].
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..))]
    max_size: Option<u16>,
    /// Candidates of each pyramid level that go into non-maximum suppression [default: 1000].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pre_nms_top_n: Option<u16>,
    /// Proposals that come out at most [default: 1000].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    post_nms_top_n: Option<u16>,
    /// Leave the mask branch out: a Faster R-CNN.
    #[arg(long)]
    no_masks: bool,
    /// How the features of a region are pooled.
    #[arg(long, value_enum, default_value = "align")]
    pooling: Pooling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pooling {
    /// RoIAlign, as Mask R-CNN does.
    Align,
    /// RoIPool, as Fast R-CNN did.
    Pool,
}

impl NetworkArguments {
    /// Whether masks are left out.
    pub(crate) fn no_masks(&self) -> bool {
        self.no_masks
    }

    /// Opens the device and loads the network onto it.
    pub(crate) fn load(&self) -> Result<(MaskRcnn, Backend)> {
        let bytes = files::read(&self.weights)?;
        let backend = self.backend.open()?;
        let options = WeightsOptions { masks: self.no_masks.then_some(false), ..WeightsOptions::default() };
        let mut model = weights::load(bytes, &options, &backend.device)?;
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
        config.roi_heads.pooling = match self.pooling {
            Pooling::Align => RoiPooling::Align,
            Pooling::Pool => RoiPooling::Pool,
        };
        Ok((model, backend))
    }
}
