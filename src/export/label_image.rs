//! Label images: each pixel has the number of the object that it belongs to, 0 for none.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::{Findings, label_png, label_tiff};
use crate::error::{Error, Result};
use crate::structures::MaskCrops;

/// The format of a label image's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelImageFormat {
    /// TIFF of 16 or 32 bits, with the pixel size as in ImageJ's.
    #[default]
    Tiff,
    /// PNG of 16 bits.
    Png,
}

/// Bits of a label image's pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum LabelBits {
    /// Up to 65,535 objects.
    Sixteen,
    /// Any number of objects.
    ThirtyTwo,
}

impl TryFrom<u8> for LabelBits {
    type Error = Error;

    fn try_from(bits: u8) -> Result<Self> {
        match bits {
            16 => Ok(Self::Sixteen),
            32 => Ok(Self::ThirtyTwo),
            _ => Err(Error::InvalidInput(format!("a label image has 16 or 32 bits, not {bits}"))),
        }
    }
}

impl From<LabelBits> for u8 {
    fn from(bits: LabelBits) -> Self {
        match bits {
            LabelBits::Sixteen => 16,
            LabelBits::ThirtyTwo => 32,
        }
    }
}

/// How a label image is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LabelImageOptions {
    /// The file's format.
    pub format: LabelImageFormat,
    /// Bits of a pixel; 16 by default where the objects' numbers fit.
    pub bits: Option<LabelBits>,
}

/// Writes the label image of an image's objects, a few rows at a time. Where masks overlap, a pixel is that of the
/// object with the higher score, which has the smaller number.
///
/// # Errors
/// [`Error::InvalidInput`] for a network without masks, more than 65,535 objects in 16 bits, a PNG of 32 bits, and a
/// pixel size that the file cannot hold; [`Error::Io`] where `out` does not take it.
pub fn write_label_image(image: &Findings<'_>, options: &LabelImageOptions, out: &mut dyn Write) -> Result<()> {
    let empty = MaskCrops::default();
    // Where nothing was found, it is not known whether the network has masks.
    let masks = if image.objects.is_empty() { &empty } else { image.masks("a label image")? };
    let fits = masks.len() <= usize::from(u16::MAX);
    let bits = options.bits.unwrap_or(match (options.format, fits) {
        (LabelImageFormat::Tiff, false) => LabelBits::ThirtyTwo,
        _ => LabelBits::Sixteen,
    });
    match (options.format, bits) {
        (_, LabelBits::Sixteen) if !fits => Err(Error::InvalidInput(format!(
            "a label image of 16 bits holds 65535 objects, not {}; write a TIFF of 32 bits",
            masks.len()
        ))),
        (LabelImageFormat::Png, LabelBits::ThirtyTwo) => {
            Err(Error::InvalidInput("a PNG holds 16 bits; write a TIFF for 32".into()))
        }
        (LabelImageFormat::Png, LabelBits::Sixteen) => label_png::write(image, masks, out),
        (LabelImageFormat::Tiff, bits) => label_tiff::write(image, masks, bits, out),
    }
}
