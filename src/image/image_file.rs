//! Image files to images in memory.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::file_content::{FileContent, HEAD};
use super::tiff::jpeg;
use super::{Image, ImageShape, ImageSource, PlaneChoice, SampleLayout, Samples, TiffFile, TiffPlane};
use crate::error::{Error, Result};

/// What is said of a file that ends early.
const TRUNCATED: &str = "the picture is truncated: the file ends early; copy or download it again";

/// An image file of which only the header is read yet.
pub struct ImageFile {
    path: PathBuf,
    content: Content,
}

/// What is read next.
enum Content {
    /// A PNG, JPEG or WebP.
    Image { format: ImageFormat, decoder: Box<dyn ImageDecoder>, orientation: Orientation },
    /// The first plane of a TIFF.
    Tiff(TiffPlane),
}

impl ImageFile {
    /// Reads the header of a PNG, JPEG, WebP or TIFF, whatever the file is called. Of a TIFF with several planes it is the
    /// first one; [`TiffFile`] reads the others.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::InvalidInput`] where it is not an image or of another
    /// format (it says what it looks like), or too large; both name the file.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| Error::io(path, error);
        let mut file = File::open(path).map_err(unreadable)?;
        let head = head(&mut file).map_err(unreadable)?;
        let content = FileContent::of(&head);
        if let Some(refusal) = content.refusal() {
            return Err(invalid(path, refusal));
        }
        if content == FileContent::Tiff {
            let plane = TiffFile::open(path)?.plane(&PlaneChoice::default())?;
            return Ok(Self { path: path.to_path_buf(), content: Content::Tiff(plane) });
        }
        file.rewind().map_err(unreadable)?;
        let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(unreadable)?;
        let format = reader.format().ok_or_else(|| Error::Internal("a picture of no known format".into()))?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(Image::MAX_SIDE as u32);
        limits.max_image_height = Some(Image::MAX_SIDE as u32);
        limits.max_alloc = Some((Image::MAX_SIDE * Image::MAX_SIDE * 8) as u64);
        reader.limits(limits);
        let damaged = |error: ImageError| invalid(path, reason(error));
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let orientation = match format {
            ImageFormat::WebP => Orientation::NoTransforms,
            _ => decoder.orientation().map_err(damaged)?,
        };
        let content = Content::Image { format, decoder: Box::new(decoder), orientation };
        Ok(Self { path: path.to_path_buf(), content })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Width and height in pixels as they are stored.
    pub fn stored_size(&self) -> (usize, usize) {
        match &self.content {
            Content::Image { decoder, .. } => {
                let (width, height) = decoder.dimensions();
                (width as usize, height as usize)
            }
            Content::Tiff(plane) => (plane.width(), plane.height()),
        }
    }

    /// Width and height in pixels of the upright image.
    pub fn upright_size(&self) -> (usize, usize) {
        let (width, height) = self.stored_size();
        match self.content {
            Content::Image {
                orientation:
                    Orientation::Rotate90
                    | Orientation::Rotate270
                    | Orientation::Rotate90FlipH
                    | Orientation::Rotate270FlipH,
                ..
            } => (height, width),
            _ => (width, height),
        }
    }

    /// The image, upright: PNG and JPEG are turned as their EXIF orientation says. WebP is not, as in Chromium, nor is
    /// TIFF, as in `tifffile`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the file is truncated or damaged.
    pub fn upright(self) -> Result<Image> {
        self.decode(true)
    }

    /// The image as it is stored.
    ///
    /// # Errors
    /// As [`ImageFile::upright`].
    pub fn stored(self) -> Result<Image> {
        self.decode(false)
    }

    fn decode(self, is_upright: bool) -> Result<Image> {
        let path = &self.path;
        let (format, decoder, orientation) = match self.content {
            Content::Image { format, decoder, orientation } => (format, decoder, orientation),
            Content::Tiff(plane) => return plane.whole(),
        };
        // These decoders fill in what is missing; PNG's does not.
        let is_complete = match format {
            ImageFormat::Jpeg | ImageFormat::WebP => {
                let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
                if format == ImageFormat::Jpeg { jpeg::has_end(&bytes) } else { has_whole_riff(&bytes) }
            }
            _ => true,
        };
        if !is_complete {
            return Err(invalid(path, TRUNCATED.into()));
        }
        let picture = DynamicImage::from_decoder(decoder);
        let mut picture = picture.map_err(|error| invalid(path, reason(error)))?;
        if is_upright {
            picture.apply_orientation(orientation);
        }
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let of_16_bits = |channels: usize, samples: Vec<u16>| {
            let shape = ImageShape { width, height, channels, layout: SampleLayout::Interleaved };
            Image::new(shape, Samples::U16(samples))
        };
        match picture {
            // Transparency is of no use to the network, and 16-bit images are not shown as they are.
            picture @ (DynamicImage::ImageLuma16(_) | DynamicImage::ImageLumaA16(_)) => {
                of_16_bits(1, picture.into_luma16().into_raw())
            }
            picture @ (DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgba16(_)) => {
                of_16_bits(3, picture.into_rgb16().into_raw())
            }
            picture => Image::from_rgba(width, height, picture.into_rgba8().into_raw()),
        }
    }
}

impl Image {
    /// Reads a PNG, JPEG, WebP or TIFF, whatever the file is called, upright: PNG and JPEG are turned as their EXIF
    /// orientation says, WebP is not, as in Chromium. Colours are as stored: neither gamma nor a colour profile is
    /// applied, as in Pillow and in the npm package.
    ///
    /// PNG, JPEG and WebP of 8 bits become RGBA. PNG files of 16 bits keep them: they have one channel if they are grey, else
    /// three, without transparency. Of a TIFF it is the first plane, with the raw samples of all channels.
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

/// Whether a WebP is as long as its RIFF header says.
fn has_whole_riff(webp: &[u8]) -> bool {
    let size = webp.get(4..).and_then(|rest| rest.first_chunk());
    size.is_some_and(|&size| webp.len() >= 8 + u32::from_le_bytes(size) as usize)
}
