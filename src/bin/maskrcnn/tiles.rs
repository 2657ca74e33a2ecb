//! Images of any size: how they are cut into tiles and scaled, and what was taken.

use clap::Args;
use maskrcnn_web::config::Settings;
use maskrcnn_web::inference::{Request, Segmentation};
use maskrcnn_web::tiling::{Diameter, TileChoice, TilingOptions};
use maskrcnn_web::{Error, Result};
use serde::Serialize;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct TilingArguments {
    /// Cut images into tiles: auto (those larger than the model's input, if the model sees objects at a scale of their
    /// own), off (the whole image is shrunk), or the maximum side of a tile in pixels of the image.
    #[arg(long, value_name = "auto|off|PIXELS", default_value = "auto")]
    tile: TileChoice,
    /// How much of two neighbouring tiles is the same, in pixels of the image: more than the diameter of the objects
    /// [default: 192 pixels of the network's input, or a third of a smaller tile].
    #[arg(long, value_name = "PIXELS")]
    overlap: Option<usize>,
    /// Typical diameter of the objects, in pixels (18) or micrometres (9um), or auto: images are scaled so that objects
    /// have the size that the model was trained with [default: the model's scale; auto for images that are cut].
    #[arg(long, value_name = "auto|PIXELS|MICROMETRESum")]
    diameter: Option<Diameter>,
    /// Length of a pixel's side in micrometres [default: what the image's file says].
    #[arg(long, value_name = "MICROMETRES", value_parser = pixel_size)]
    pixel_size: Option<f64>,
}

impl TilingArguments {
    /// What is asked of the network for an image.
    pub(crate) fn request<'a>(&self, settings: &'a Settings, max_objects: Option<usize>) -> Request<'a> {
        let tiling = TilingOptions { tile: self.tile, overlap: self.overlap, scale: None };
        Request { settings, tiling, diameter: self.diameter, pixel_size: self.pixel_size, max_objects }
    }
}

/// How the network saw an image.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    /// Pixels of the network's input for one of the image.
    scale: f64,
    /// In pixels, where the scale was chosen by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    diameter: Option<f64>,
    tiles: usize,
    /// How much of two neighbouring tiles is the same, in pixels; 0 for a single one.
    overlap: usize,
    /// Whether a limit cut objects off.
    pub(crate) truncated: bool,
}

impl From<&Segmentation> for Seen {
    fn from(segmentation: &Segmentation) -> Self {
        let &Segmentation { ref objects, scale, diameter, tiles, overlap, .. } = segmentation;
        Self { scale, diameter, tiles, overlap, truncated: objects.truncated }
    }
}

impl Seen {
    /// In words, where it is not what is done with every image.
    pub(crate) fn words(&self) -> Option<String> {
        let Self { scale, diameter, tiles, .. } = self;
        let diameter = diameter.map(|diameter| format!(", for a diameter of {diameter:.1} pixels"));
        match (tiles, diameter) {
            (1, None) => None,
            (1, Some(diameter)) => Some(format!("at scale {scale:.2}{diameter}")),
            (_, diameter) => Some(format!("in {tiles} tiles at scale {scale:.2}{}", diameter.unwrap_or_default())),
        }
    }
}

/// The length of a pixel's side from the command line.
fn pixel_size(text: &str) -> Result<f64> {
    match text.parse() {
        Ok(size) if f64::is_finite(size) && size > 0.0 => Ok(size),
        _ => Err(Error::InvalidInput(format!(
            "{text} is not a pixel size; expected a number of micrometres, such as 0.5"
        ))),
    }
}
