//! Image files to images in memory.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::Image;
use super::file_content::{FileContent, HEAD};
use crate::error::{Error, Result};

/// What is said of a file that ends early.
const TRUNCATED: &str = "the picture is truncated: the file ends early; copy or download it again";

/// An image file of which only the header is read yet.
pub struct ImageFile {
    path: PathBuf,
    format: ImageFormat,
    decoder: Box<dyn ImageDecoder>,
    orientation: Orientation,
}

impl ImageFile {
    /// Reads the header of a PNG, JPEG or WebP, whatever the file is called.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::InvalidInput`] where it is not an image or of another
    /// format (it says what it looks like), or too large; both name the file.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| Error::io(path, error);
        let mut file = File::open(path).map_err(unreadable)?;
        let head = head(&mut file).map_err(unreadable)?;
        if let Some(refusal) = FileContent::of(&head).refusal() {
            return Err(invalid(path, refusal));
        }
        file.rewind().map_err(unreadable)?;
        let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(unreadable)?;
        let format = reader.format().ok_or_else(|| Error::Internal("a picture of no known format".into()))?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(Image::MAX_SIDE as u32);
        limits.max_image_height = Some(Image::MAX_SIDE as u32);
        limits.max_alloc = Some((Image::MAX_SIDE * Image::MAX_SIDE * 4) as u64);
        reader.limits(limits);
        let damaged = |error: ImageError| invalid(path, reason(error));
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let orientation = match format {
            ImageFormat::WebP => Orientation::NoTransforms,
            _ => decoder.orientation().map_err(damaged)?,
        };
        Ok(Self { path: path.to_path_buf(), format, decoder: Box::new(decoder), orientation })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Width and height in pixels as they are stored.
    pub fn stored_size(&self) -> (usize, usize) {
        let (width, height) = self.decoder.dimensions();
        (width as usize, height as usize)
    }

    /// Width and height in pixels of the upright image.
    pub fn upright_size(&self) -> (usize, usize) {
        let (width, height) = self.stored_size();
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height, width),
            _ => (width, height),
        }
    }

    /// The image, upright: PNG and JPEG are turned as their EXIF orientation says, WebP is not, as in Chromium.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the file is truncated or damaged.
    pub fn upright(self) -> Result<Image> {
        let orientation = self.orientation;
        self.decode(orientation)
    }

    /// The image as it is stored.
    ///
    /// # Errors
    /// As [`ImageFile::upright`].
    pub fn stored(self) -> Result<Image> {
        self.decode(Orientation::NoTransforms)
    }

    fn decode(self, orientation: Orientation) -> Result<Image> {
        let path = &self.path;
        // These decoders fill in what is missing; PNG's does not.
        let is_complete = match self.format {
            ImageFormat::Jpeg | ImageFormat::WebP => {
                let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
                if self.format == ImageFormat::Jpeg { has_end_of_image(&bytes) } else { has_whole_riff(&bytes) }
            }
            _ => true,
        };
        if !is_complete {
            return Err(invalid(path, TRUNCATED.into()));
        }
        let picture = DynamicImage::from_decoder(self.decoder);
        let mut picture = picture.map_err(|error| invalid(path, reason(error)))?;
        picture.apply_orientation(orientation);
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let rgba = match picture {
            // Rounded, values would differ by one from those that browsers and Pillow see.
            DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA16(_)
            | DynamicImage::ImageRgb16(_)
            | DynamicImage::ImageRgba16(_) => {
                picture.into_rgba16().into_raw().into_iter().map(|value| (value >> 8) as u8).collect()
            }
            picture => picture.into_rgba8().into_raw(),
        };
        Image::from_rgba(width, height, rgba)
    }
}

impl Image {
    /// Reads a PNG, JPEG or WebP, whatever the file is called, upright: PNG and JPEG are turned as their EXIF
    /// orientation says, WebP is not, as in Chromium. Colours are as stored: neither gamma nor a colour profile is
    /// applied, as in Pillow and in the npm package. Of 16 bits a channel the upper eight count.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::InvalidInput`] where it is not an image or of another
    /// format (it says what it looks like), truncated, damaged or too large; both name the file.
    pub fn read(path: &Path) -> Result<Self> {
        ImageFile::open(path)?.upright()
    }
}

impl FileContent {
    /// Tells by the first bytes of the file at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let head = File::open(path).and_then(|mut file| head(&mut file));
        head.map(|head| Self::of(&head)).map_err(|error| Error::io(path, error))
    }
}

fn head(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn invalid(path: &Path, reason: String) -> Error {
    Error::InvalidInput(format!("{}: {reason}", path.display()))
}

fn reason(error: ImageError) -> String {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => TRUNCATED.into(),
        ImageError::Limits(_) => {
            format!("the picture is too large; a side may have at most {} pixels", Image::MAX_SIDE)
        }
        error => format!("the picture is damaged: {error}"),
    }
}

/// Whether a JPEG has the marker that ends it (ITU-T T.81, annex B). Metadata is skipped: a thumbnail in there has an
/// end of its own.
fn has_end_of_image(jpeg: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xff, marker, high, low, ..] = *rest {
        if marker == START_OF_SCAN {
            return rest.windows(2).any(|pair| pair == END_OF_IMAGE);
        }
        // Bytes 0xff before a marker are fill bytes.
        let length = if marker == 0xff { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
        rest = rest.get(length..).unwrap_or_default();
    }
    false
}

/// Whether a WebP is as long as its RIFF header says.
fn has_whole_riff(webp: &[u8]) -> bool {
    let size = webp.get(4..).and_then(|rest| rest.first_chunk());
    size.is_some_and(|&size| webp.len() >= 8 + u32::from_le_bytes(size) as usize)
}
