//! Picture files to pictures in memory.

use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::Image;
use crate::error::{Error, Result};

impl Image {
    /// Reads a PNG, JPEG or WebP, upright: turned as its EXIF orientation says.
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
        let mut decoder = reader.into_decoder().map_err(invalid)?;
        let orientation = decoder.orientation().map_err(invalid)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(invalid)?;
        picture.apply_orientation(orientation);
        let pixels = picture.into_rgba8();
        Self::from_rgba(pixels.width() as usize, pixels.height() as usize, pixels.into_raw())
    }
}
