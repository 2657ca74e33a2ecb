//! Picture files to pictures in memory.

use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use maskrcnn_web::structures::Image;
use maskrcnn_web::{Error, Result};

use crate::files;

/// Reads a PNG, JPEG or WebP, upright: turned as its EXIF orientation says.
///
/// # Errors
/// `io` where the file cannot be read; `invalid-input` where it is no picture, is damaged or too large.
pub(crate) fn read(path: &Path) -> Result<Image> {
    let invalid = |error: image::ImageError| Error::InvalidInput(format!("{}: {error}", path.display()));
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|error| files::io(path, error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(Image::MAX_SIDE as u32);
    limits.max_image_height = Some(Image::MAX_SIDE as u32);
    limits.max_alloc = Some((Image::MAX_SIDE * Image::MAX_SIDE * 4) as u64);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(invalid)?;
    let orientation = decoder.orientation().map_err(invalid)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(invalid)?;
    picture.apply_orientation(orientation);
    let pixels = picture.into_rgba8();
    Image::from_rgba(pixels.width() as usize, pixels.height() as usize, pixels.into_raw())
}
