//! Strips and tiles: their bytes, decompressed by the `tiff` crate.
//!
//! That crate decodes whole files of the colour models that it knows. A strip or tile is handed to it as a file of its own
//! that says what matters for decompression and no more, so that any number of samples and any colours will do.

use core::ops::Range;
use std::io::Cursor;

use tiff::TiffError;
use tiff::decoder::{Decoder, Limits};

use super::bytes::ByteOrder;
use super::compression::Compression;
use super::decoded::{Kind, colours_of_palette, rgb_of_ycbcr};
use super::directory::Directories;
use super::page::{Colours, Page, unsupported};
use super::{jpeg, tag};
use crate::error::{Error, Result};
use crate::image::Samples;

/// Largest size of a compressed strip or tile when decoded, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// A strip or tile of more bytes than this is decoded in part first, so that one of a few bytes that claims to be large
/// takes little memory.
const BELIEVED: u64 = 8 << 20;

/// Which share of it.
const PROBED_SHARE: u64 = 16;

/// How decompressed bytes are laid out, in the words of TIFF.
#[derive(Clone, Copy)]
struct Layout {
    width: usize,
    rows: usize,
    samples: usize,
    bits: usize,
    format: usize,
    predictor: usize,
}

/// Which strip or tile of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Counted from the left.
    pub(super) column: usize,
    /// Counted from the top.
    pub(super) row: usize,
    /// Which sample of a pixel it holds, if planar; else 0.
    pub(super) plane: usize,
}

/// A part of a strip or tile in pixels.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
}

/// A decoded part of a strip or tile.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// `[rows, columns, samples]`.
    pub(super) samples: Samples,
    pub(super) part: Part,
}

impl Page {
    /// Rows of a strip or tile that are in the image.
    pub(super) fn rows_in_image(&self, row: usize) -> usize {
        self.grid.height.min(self.height - row * self.grid.height)
    }

    /// Decodes a strip or tile: about the part that is asked for where it is uncompressed, else all of it. `None` where
    /// it was never written, as in GDAL's sparse files: its samples are 0.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where it is damaged or truncated; [`Error::Io`] where it cannot be read.
    pub(super) fn decode(&self, directories: &Directories, position: Position, part: &Part) -> Result<Option<Chunk>> {
        let index = (position.plane * self.down() + position.row) * self.across() + position.column;
        let offset = self.offsets[index];
        let length = self.byte_counts.get(index).copied();
        if offset == 0 && length == Some(0) {
            return Ok(None);
        }
        let (bytes, order, part) = if self.compression == Compression::None {
            let (bytes, part) = self.uncompressed(directories, offset, part)?;
            (bytes, directories.order, part)
        } else {
            let compressed = directories.bytes.read(offset, length.unwrap_or(0))?;
            let rows = if self.grid.is_tiled { self.grid.height } else { self.rows_in_image(position.row) };
            let bytes = self.decompressed(compressed, rows, directories.order)?;
            (bytes, ByteOrder::NATIVE, Part { columns: 0..self.grid.width, rows: 0..rows })
        };
        let size = (part.columns.len() * self.samples_a_piece(), part.rows.len());
        let samples = self.coloured(self.sample_type.samples(&bytes, order, size)?)?;
        Ok(Some(Chunk { samples, part }))
    }

    /// The bytes of a part: whole rows, unless much less of them is asked for.
    fn uncompressed(&self, directories: &Directories, offset: u64, part: &Part) -> Result<(Vec<u8>, Part)> {
        let row = |row: usize| offset.saturating_add(self.row_bytes().saturating_mul(row as u64));
        if !self.sample_type.is_whole_bytes() || 2 * part.columns.len() > self.grid.width {
            let length = self.row_bytes().saturating_mul(part.rows.len() as u64);
            let bytes = directories.bytes.read(row(part.rows.start), length)?;
            return Ok((bytes, Part { columns: 0..self.grid.width, rows: part.rows.clone() }));
        }
        let pixel = self.samples_a_piece() as u64 * u64::from(self.sample_type.bits / 8);
        let mut bytes = Vec::new();
        for y in part.rows.clone() {
            let start = row(y).saturating_add(part.columns.start as u64 * pixel);
            bytes.extend(directories.bytes.read(start, part.columns.len() as u64 * pixel)?);
        }
        Ok((bytes, part.clone()))
    }

    fn coloured(&self, samples: Samples) -> Result<Samples> {
        match (&self.colours, samples) {
            (Colours::Palette(palette), samples) => colours_of_palette(&samples, palette, self.sample_type.bits),
            (Colours::YCbCr, Samples::U8(mut samples)) if !self.is_planar => {
                rgb_of_ycbcr(&mut samples);
                Ok(Samples::U8(samples))
            }
            (Colours::YCbCr, _) => Err(unsupported("planar YCbCr colours")),
            (_, samples) => Ok(samples),
        }
    }

    /// The bytes of `rows` rows, in this machine's byte order.
    fn decompressed(&self, compressed: Vec<u8>, rows: usize, order: ByteOrder) -> Result<Vec<u8>> {
        let size = self.row_bytes().saturating_mul(rows as u64);
        if size > MAX_BYTES {
            return Err(Error::InvalidInput(format!(
                "a compressed strip or tile of the TIFF has {size} bytes; at most {MAX_BYTES} are decoded at once. Save \
                 the image in tiles"
            )));
        }
        let mut rows = rows;
        if self.compression == Compression::Jpeg {
            rows = self.check_jpeg(&compressed, rows)?;
        }
        // What the file says of the size is believed once a part of that came out.
        if size > BELIEVED && self.compression != Compression::Jpeg {
            let part =
                Layout { width: (size / PROBED_SHARE) as usize, rows: 1, samples: 1, bits: 8, format: 1, predictor: 1 };
            self.decoded(&compressed, part, order)?;
        }
        self.decoded(&compressed, self.layout_of(rows), order)
    }

    /// How the rows of a strip or tile are stored: samples are channels or, where they are packed, bytes.
    fn layout_of(&self, rows: usize) -> Layout {
        let (width, samples, bits) = match self.sample_type.is_whole_bytes() {
            true => (self.grid.width, self.samples_a_piece(), self.sample_type.bits.into()),
            false => (self.row_bytes() as usize, 1, 8),
        };
        let format = match self.sample_type.kind {
            Kind::Unsigned => 1,
            Kind::Signed => 2,
            Kind::Float => 3,
        };
        Layout { width, rows, samples, bits, format, predictor: self.predictor.into() }
    }

    fn decoded(&self, compressed: &[u8], layout: Layout, order: ByteOrder) -> Result<Vec<u8>> {
        let decode = || {
            let file = self.as_file(compressed, layout, order);
            let mut decoder = Decoder::new(Cursor::new(file))?.with_limits(Limits::unlimited());
            let mut bytes = vec![0; layout.width * layout.samples * layout.bits / 8 * layout.rows];
            decoder.read_image_bytes(&mut bytes)?;
            Ok(bytes)
        };
        decode().map_err(|error| damaged(&error))
    }

    /// What a JPEG says of its size must be what the TIFF says. Returns the rows that it has.
    fn check_jpeg(&self, jpeg: &[u8], rows: usize) -> Result<usize> {
        let frame = jpeg::frame(jpeg);
        let frame =
            frame.ok_or_else(|| Error::InvalidInput("the TIFF is damaged: a JPEG in it has no frame".into()))?;
        if frame.precision != 8 {
            return Err(unsupported(&format!("JPEG compression of {} bits", frame.precision)));
        }
        let is_size = frame.width == self.grid.width && (rows..=self.grid.height).contains(&frame.height);
        if !is_size || frame.components != self.samples_a_piece() {
            return Err(Error::InvalidInput(format!(
                "the TIFF is damaged: a JPEG in it has {}×{} pixels of {} samples, but a strip or tile {}×{rows} of {}",
                frame.width,
                frame.height,
                frame.components,
                self.grid.width,
                self.samples_a_piece()
            )));
        }
        // The decoder fills in what is missing.
        if !jpeg::has_end(jpeg) {
            return Err(Error::InvalidInput("the TIFF is truncated: a JPEG in it ends early".into()));
        }
        Ok(frame.height)
    }

    /// A strip or tile as a file: an image of one strip.
    fn as_file(&self, compressed: &[u8], layout: Layout, order: ByteOrder) -> Vec<u8> {
        const SHORT: u16 = 3;
        const LONG: u16 = 4;
        const UNDEFINED: u16 = 7;
        let tables = self.jpeg_tables.as_deref().filter(|tables| tables.len() > 4);
        let fields = 11 + usize::from(tables.is_some());
        let start = 8 + 2 + 12 * fields + 4;
        let data = start + tables.map_or(0, <[u8]>::len);
        let table_fields = tables.map(|tables| (tag::JPEG_TABLES, UNDEFINED, tables.len(), start));
        let fields = [
            (tag::IMAGE_WIDTH, LONG, 1, layout.width),
            (tag::IMAGE_LENGTH, LONG, 1, layout.rows),
            (tag::BITS_PER_SAMPLE, SHORT, 1, layout.bits),
            (tag::COMPRESSION, SHORT, 1, self.compression.code().into()),
            // Black is 0: any number of samples is taken.
            (tag::PHOTOMETRIC_INTERPRETATION, SHORT, 1, 1),
            (tag::STRIP_OFFSETS, LONG, 1, data),
            (tag::SAMPLES_PER_PIXEL, SHORT, 1, layout.samples),
            (tag::ROWS_PER_STRIP, LONG, 1, layout.rows),
            (tag::STRIP_BYTE_COUNTS, LONG, 1, compressed.len()),
            (tag::PREDICTOR, SHORT, 1, layout.predictor),
            (tag::SAMPLE_FORMAT, SHORT, 1, layout.format),
        ];
        let mut file = Vec::with_capacity(data + compressed.len());
        let short = |value: u16| if order == ByteOrder::Little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: usize| match order {
            ByteOrder::Little => (value as u32).to_le_bytes(),
            ByteOrder::Big => (value as u32).to_be_bytes(),
        };
        file.extend(if order == ByteOrder::Little { b"II" } else { b"MM" });
        file.extend(short(42));
        file.extend(long(8));
        let fields: Vec<_> = fields.into_iter().chain(table_fields).collect();
        file.extend(short(fields.len() as u16));
        for (tag, kind, count, value) in fields {
            file.extend([short(tag), short(kind)].as_flattened());
            file.extend(long(count));
            match kind {
                SHORT => file.extend([short(value as u16), [0; 2]].as_flattened()),
                _ => file.extend(long(value)),
            }
        }
        file.extend(long(0));
        file.extend(tables.unwrap_or_default());
        file.extend(compressed);
        file
    }
}

fn damaged(error: &TiffError) -> Error {
    Error::InvalidInput(match error {
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the TIFF is truncated: a strip or tile ends early; copy or download it again".into()
        }
        TiffError::UnsupportedError(error) => format!("the TIFF has a strip or tile that is not supported: {error}"),
        error => format!("the TIFF is damaged: {error}"),
    })
}
