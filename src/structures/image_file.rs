//! Picture files to pictures in memory.

use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::Image;
use crate::error::{Error, Result};

impl Image {
    /// Reads a PNG, JPEG or WebP, upright: PNG and JPEG are turned as their EXIF orientation says, WebP is not, as in
    /// Chromium. Colours are as stored: neither gamma nor a colour profile is applied, as in Pillow and in the npm
    /// package. Of 16 bits a channel the upper eight count.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::InvalidInput`] where it is no picture,
    /// is damaged or too large; both name the file.
    pub fn read(path: &Path) -> Result<Self> {
        let invalid = |error: image::ImageError| Error::InvalidInput(format!("{}: {error}", path.display()));
        let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
        let mut reader = reader.map_err(|error| Error::io(path, error))?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(Self::MAX_SIDE as u32);
        limits.max_image_height = Some(Self::MAX_SIDE as u32);
        limits.max_alloc = Some((Self::MAX_SIDE * Self::MAX_SIDE * 4) as u64);
        reader.limits(limits);
        let is_turned = reader.format() != Some(ImageFormat::WebP);
        let mut decoder = reader.into_decoder().map_err(invalid)?;
        let orientation = if is_turned { decoder.orientation().map_err(invalid)? } else { Orientation::NoTransforms };
        let mut picture = DynamicImage::from_decoder(decoder).map_err(invalid)?;
        picture.apply_orientation(orientation);
        let pixels = picture.into_rgba8();
        Self::from_rgba(pixels.width() as usize, pixels.height() as usize, pixels.into_raw())
    }
}
