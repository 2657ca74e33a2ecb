//! A picture in memory.

use crate::error::{Error, Result};

/// An RGBA picture, eight bits a channel, rows from top to bottom.
///
/// Transparency is ignored: the network sees the colour channels as they are, as
/// `PIL.Image.convert("RGB")` (what torchvision's users feed it) does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Image {
    /// The longest side that is taken, in pixels.
    pub const MAX_SIDE: usize = 16_384;

    /// A picture from RGBA bytes, `[height, width, 4]`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an empty picture, one with a side over [`Image::MAX_SIDE`],
    /// or bytes that are not `width × height × 4`.
    pub fn from_rgba(width: usize, height: usize, rgba: Vec<u8>) -> Result<Self> {
        Self::check(width, height, rgba.len(), 4)?;
        Ok(Self { width, height, rgba })
    }

    /// A picture from RGB bytes, `[height, width, 3]`.
    ///
    /// # Errors
    /// As [`Image::from_rgba`], with three bytes a pixel.
    pub fn from_rgb(width: usize, height: usize, rgb: &[u8]) -> Result<Self> {
        Self::check(width, height, rgb.len(), 3)?;
        let rgba = rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Ok(Self { width, height, rgba })
    }

    fn check(width: usize, height: usize, bytes: usize, channels: usize) -> Result<()> {
        if width == 0 || height == 0 {
            return Err(Error::InvalidInput(format!("the picture is empty ({width}×{height} pixels)")));
        }
        if width > Self::MAX_SIDE || height > Self::MAX_SIDE {
            return Err(Error::InvalidInput(format!(
                "the picture has {width}×{height} pixels; a side may have at most {}",
                Self::MAX_SIDE
            )));
        }
        if bytes != width * height * channels {
            return Err(Error::InvalidInput(format!(
                "a picture of {width}×{height} pixels needs {} bytes, not {bytes}",
                width * height * channels
            )));
        }
        Ok(())
    }

    /// The picture with each value of its colour channels changed by itself.
    pub fn map_colours(&self, change: impl Fn(u8) -> u8) -> Self {
        let pixels = self.rgba.as_chunks::<4>().0.iter();
        let rgba = pixels.flat_map(|&[red, green, blue, alpha]| [change(red), change(green), change(blue), alpha]);
        Self { rgba: rgba.collect(), ..*self }
    }

    /// The picture in grey, with the values of its colour channel `channel`, 0..3.
    pub(crate) fn grey(&self, channel: usize) -> Self {
        let pixels = self.rgba.as_chunks::<4>().0.iter();
        let rgba = pixels.flat_map(|pixel| [pixel[channel], pixel[channel], pixel[channel], pixel[3]]);
        Self { rgba: rgba.collect(), ..*self }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }
    /// The bytes, `[height, width, 4]`.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }
}
