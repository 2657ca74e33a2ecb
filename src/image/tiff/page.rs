//! One image of a TIFF file: its size, its samples, and where its strips or tiles are.

use super::compression::Compression;
use super::decoded::SampleType;
use super::directory::{Directories, Directory};
use super::tag;
use crate::error::{Error, Result};
use crate::image::Image;

/// How samples become colours.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Colours {
    /// Each sample is a channel.
    Separate,
    /// The first three samples are red, green and blue.
    Rgb,
    /// The same, stored as JPEG's luminance and two chrominances.
    YCbCr,
    /// Samples are indices of these colours, in 16 bits: all red, all green, all blue values.
    Palette(Vec<u16>),
}

/// The two ways to cut an image into pieces; all are compressed on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Width of a piece in pixels: that of the image for strips.
    pub(super) width: usize,
    /// Height of a piece in pixels. Of strips the last may be lower; tiles are padded.
    pub(super) height: usize,
    /// Whether pieces are padded to their full height.
    pub(super) is_tiled: bool,
}

/// One image of a file.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel as they are stored.
    pub(super) samples: usize,
    /// The first samples of a pixel that count; what follows is transparency.
    pub(super) visible: usize,
    pub(super) sample_type: SampleType,
    pub(super) colours: Colours,
    pub(super) is_planar: bool,
    pub(super) compression: Compression,
    pub(super) predictor: u16,
    pub(super) jpeg_tables: Option<Vec<u8>>,
    pub(super) grid: Grid,
    /// Where the pieces are: rows of them from the top, those of one sample after those of another if planar.
    pub(super) offsets: Vec<u64>,
    /// Their lengths in bytes; empty where the file does not say, which is possible uncompressed.
    pub(super) byte_counts: Vec<u64>,
}

impl Page {
    /// Reads a directory. `is_imagej` says who wrote the file: ImageJ's palettes are for showing only.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with the feature that is not supported, or with what is damaged.
    pub(super) fn read(directories: &Directories, directory: &Directory, is_imagej: bool) -> Result<Self> {
        let first = |tag: u16| directories.first(directory, tag);
        let (width, height) = (side(first(tag::IMAGE_WIDTH)?)?, side(first(tag::IMAGE_LENGTH)?)?);
        if width as u64 * height as u64 > u64::from(u32::MAX) {
            return Err(Error::InvalidInput(format!("the image has {width}×{height} pixels; 2³²−1 are supported")));
        }
        let samples = first(tag::SAMPLES_PER_PIXEL)?.unwrap_or(1) as usize;
        if !(1..=Image::MAX_CHANNELS).contains(&samples) {
            return Err(Error::InvalidInput(format!(
                "the TIFF has {samples} samples in a pixel; 1 to {} are supported",
                Image::MAX_CHANNELS
            )));
        }
        let compression = Compression::of(first(tag::COMPRESSION)?.unwrap_or(1))?;
        let sample_type = SampleType::read(directories, directory)?;
        let fill_order = first(tag::FILL_ORDER)?.unwrap_or(1);
        if fill_order != 1 {
            return Err(unsupported(&format!("its bits in reverse order (FillOrder {fill_order})")));
        }
        let is_planar = match first(tag::PLANAR_CONFIGURATION)?.unwrap_or(1) {
            1 => false,
            2 => samples > 1,
            other => return Err(unsupported(&format!("the unknown planar configuration {other}"))),
        };
        let predictor = if compression.has_predictor() { first(tag::PREDICTOR)?.unwrap_or(1) } else { 1 };
        sample_type.check_predictor(predictor)?;
        let colours = colours(directories, directory, (samples, compression), is_imagej)?;
        let jpeg_tables = match compression {
            Compression::Jpeg if sample_type != SampleType::BYTE => {
                return Err(unsupported(&format!("JPEG compression of {sample_type}")));
            }
            Compression::Jpeg => directories.raw(directory, tag::JPEG_TABLES)?,
            _ => None,
        };
        let (grid, offsets, byte_counts) = pieces(directories, directory, (width, height))?;
        let page = Self {
            width,
            height,
            samples,
            visible: visible(directories, directory, samples, &colours)?,
            sample_type,
            colours,
            is_planar,
            compression,
            predictor: predictor as u16,
            jpeg_tables,
            grid,
            offsets,
            byte_counts,
        };
        page.check_pieces(directories.bytes.length())?;
        Ok(page)
    }

    /// Number of the channels that it shows.
    pub(super) fn channels(&self) -> usize {
        if matches!(self.colours, Colours::Palette(_)) { 3 } else { self.visible }
    }

    /// Whether its first three channels are red, green and blue.
    pub(super) fn is_rgb(&self) -> bool {
        self.colours != Colours::Separate
    }

    /// Pieces from left to right.
    pub(super) fn across(&self) -> usize {
        self.width.div_ceil(self.grid.width)
    }

    /// Pieces from top to bottom.
    pub(super) fn down(&self) -> usize {
        self.height.div_ceil(self.grid.height)
    }

    /// Samples of a pixel within a piece.
    pub(super) fn samples_a_piece(&self) -> usize {
        if self.is_planar { 1 } else { self.samples }
    }

    /// Bytes of a row of a piece, uncompressed.
    pub(super) fn row_bytes(&self) -> u64 {
        let bits = self.grid.width as u64 * self.samples_a_piece() as u64 * u64::from(self.sample_type.bits);
        bits.div_ceil(8)
    }

    /// Bytes of the whole image, uncompressed.
    pub(super) fn bytes(&self) -> u64 {
        self.row_bytes().saturating_mul(self.height as u64).saturating_mul(if self.is_planar {
            self.samples as u64
        } else {
            1
        })
    }

    /// Whether the image is uncompressed bytes without a gap, so that another one may follow it without a directory.
    pub(super) fn is_contiguous(&self) -> bool {
        let follows = |pair: (&[u64], &u64)| matches!(pair, (&[a, b], &length) if a.checked_add(length) == Some(b));
        self.compression == Compression::None
            && !self.grid.is_tiled
            && self.offsets.windows(2).zip(&self.byte_counts).all(follows)
            && (self.offsets.len() == 1 || self.byte_counts.len() == self.offsets.len())
    }

    /// The image that follows this one after `number` times its bytes.
    pub(super) fn following(&self, number: u64) -> Self {
        let shift = self.bytes().saturating_mul(number);
        Self { offsets: self.offsets.iter().map(|offset| offset.saturating_add(shift)).collect(), ..self.clone() }
    }

    /// Checks that there are as many pieces as the size needs, that they are in the file, and that the image can come out
    /// of them: memory is taken for what passes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where that is not so.
    fn check_pieces(&self, file: u64) -> Result<()> {
        let planes = if self.is_planar { self.samples } else { 1 };
        let expected = self.across() as u64 * self.down() as u64 * planes as u64;
        let kind = if self.grid.is_tiled { "tiles" } else { "strips" };
        if (self.offsets.len() as u64) < expected {
            return Err(Error::InvalidInput(format!(
                "the TIFF is damaged: {}×{} pixels take {expected} {kind}, but it names {}",
                self.width,
                self.height,
                self.offsets.len()
            )));
        }
        if self.byte_counts.len() < self.offsets.len() && self.compression != Compression::None {
            return Err(Error::InvalidInput(format!(
                "the TIFF is damaged: it names {} {kind}, but the lengths of {}",
                self.offsets.len(),
                self.byte_counts.len()
            )));
        }
        for index in 0..expected as usize {
            let (offset, length) = (self.offsets[index], self.byte_counts.get(index).copied());
            if offset == 0 && length == Some(0) {
                continue;
            }
            // Tiles are padded, but uncompressed padding is not read.
            let rows = match self.grid.is_tiled && self.compression != Compression::None {
                true => self.grid.height,
                false => self.rows_in_image(index / self.across() % self.down()),
            };
            let size = self.row_bytes().saturating_mul(rows as u64);
            let stored = if self.compression == Compression::None { size } else { length.unwrap_or(0) };
            if offset.checked_add(stored).is_none_or(|end| end > file) {
                return Err(Error::InvalidInput(format!(
                    "the TIFF is truncated or damaged: one of its {kind} is {stored} bytes at {offset}, but the file has \
                     {file}; copy or download it again"
                )));
            }
            if size > self.compression.max_ratio().saturating_mul(stored + 16) {
                return Err(Error::InvalidInput(format!(
                    "the TIFF is damaged: {size} bytes cannot come out of {stored} compressed ones"
                )));
            }
        }
        Ok(())
    }
}

fn side(pixels: Option<u64>) -> Result<usize> {
    match pixels.map(u32::try_from) {
        Some(Ok(pixels @ 1..)) => Ok(pixels as usize),
        Some(Ok(0)) => Err(Error::InvalidInput("the TIFF is empty: a side has 0 pixels".into())),
        Some(Err(_)) => Err(Error::InvalidInput("the TIFF is damaged: a side has more than 2³²−1 pixels".into())),
        None => Err(Error::InvalidInput("the TIFF is damaged: a directory lacks the size of its image".into())),
    }
}

pub(super) fn unsupported(what: &str) -> Error {
    Error::InvalidInput(format!("the TIFF has {what}, which is not supported; save it another way"))
}

fn colours(
    directories: &Directories,
    directory: &Directory,
    (samples, compression): (usize, Compression),
    is_imagej: bool,
) -> Result<Colours> {
    let name = match directories.first(directory, tag::PHOTOMETRIC_INTERPRETATION)? {
        // White or black is 0; a mask; linear values of a raw file; nothing said.
        Some(0 | 1 | 4 | 34892) | None => return Ok(Colours::Separate),
        Some(2) if samples >= 3 => return Ok(Colours::Rgb),
        Some(2) => return Ok(Colours::Separate),
        Some(3) if is_imagej => return Ok(Colours::Separate),
        Some(3) if samples == 1 => {
            let map = directories.unsigned(directory, tag::COLOR_MAP)?.unwrap_or_default();
            return Ok(Colours::Palette(map.into_iter().map(|value| value as u16).collect()));
        }
        Some(6) if samples == 3 && compression == Compression::Jpeg => return Ok(Colours::YCbCr),
        Some(3) => "a palette and further samples",
        Some(5) => "CMYK colours",
        Some(6) => "YCbCr colours without JPEG compression",
        Some(8..=10) => "CIELab colours",
        Some(32803) => "a colour filter array",
        Some(32844 | 32845) => "LogLuv colours",
        Some(other) => return Err(unsupported(&format!("the unknown photometric interpretation {other}"))),
    };
    Err(unsupported(name))
}

/// Number of the samples before transparency, which is the last one if there is one.
fn visible(directories: &Directories, directory: &Directory, samples: usize, colours: &Colours) -> Result<usize> {
    let extra = directories.unsigned(directory, tag::EXTRA_SAMPLES)?;
    let is_alpha = match extra.as_deref() {
        // Many programs do not say that the fourth sample of a colour is transparency.
        None => *colours == Colours::Rgb && samples == 4,
        // Associated and unassociated alpha.
        Some(extra) => matches!(extra.last(), Some(1 | 2)) && samples > 1,
    };
    Ok(samples - usize::from(is_alpha))
}

/// How the image is cut, and where its pieces are.
fn pieces(
    directories: &Directories,
    directory: &Directory,
    (width, height): (usize, usize),
) -> Result<(Grid, Vec<u64>, Vec<u64>)> {
    let first = |tag: u16| directories.first(directory, tag);
    let is_tiled = directory.has(tag::TILE_OFFSETS) || directory.has(tag::TILE_WIDTH);
    let (grid, offsets, byte_counts) = if is_tiled {
        let sides = (side(first(tag::TILE_WIDTH)?)?, side(first(tag::TILE_LENGTH)?)?);
        (Grid { width: sides.0, height: sides.1, is_tiled }, tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
    } else {
        let rows = first(tag::ROWS_PER_STRIP)?.map_or(height, |rows| rows.clamp(1, height as u64) as usize);
        (Grid { width, height: rows, is_tiled }, tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
    };
    let numbers = |tag: u16| Ok(directories.unsigned(directory, tag)?.unwrap_or_default());
    Ok((grid, numbers(offsets)?, numbers(byte_counts)?))
}
