//! Label images as TIFF (TIFF 6.0), with the pixel size where ImageJ has it.

use std::io::Write;

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::label_image::LabelBits;
use super::label_rows::LabelRows;
use super::{Findings, unwritten};
use crate::error::{Error, Result};
use crate::structures::MaskCrops;

/// Bytes of a strip before it is compressed.
const STRIP: usize = 1 << 18;
/// Label images are mostly runs, which the fastest level finds.
const LEVEL: u8 = 1;
/// Compression by zlib.
const DEFLATE: u32 = 8;

/// Writes a greyscale image of unsigned integers. Its compressed strips are kept until all sizes are known: they take
/// about as much memory as the masks.
pub(super) fn write(image: &Findings<'_>, masks: &MaskCrops, bits: LabelBits, out: &mut dyn Write) -> Result<()> {
    let (width, height) = (image.objects.width, image.objects.height);
    let bits = u8::from(bits);
    let strip_rows = (STRIP / (width * usize::from(bits) / 8).max(1)).clamp(1, height.max(1));
    let rows = &mut LabelRows::new(masks, width);
    let starts = (0..height).step_by(strip_rows);
    let strips: Vec<Vec<u8>> = starts.map(|y| strip(rows, strip_rows.min(height - y), bits)).collect();

    let (resolution, unit) = match image.pixel_size {
        Some(size) => (resolution(size)?, "unit=micron\n"),
        None => ([1, 1], ""),
    };
    let description = format!("ImageJ=1.54f\nimages=1\n{unit}min=0.0\nmax={}.0\n\0", masks.len().max(1));
    let fields = |offsets: Vec<u32>| {
        vec![
            (256, Values::Long(vec![width as u32])),
            (257, Values::Long(vec![height as u32])),
            (258, Values::Short(bits.into())),
            (259, Values::Short(DEFLATE)),
            // Zero is black.
            (262, Values::Short(1)),
            (270, Values::Text(description.clone())),
            (273, Values::Long(offsets)),
            // One sample a pixel.
            (277, Values::Short(1)),
            (278, Values::Long(vec![strip_rows as u32])),
            (279, Values::Long(strips.iter().map(|strip| strip.len() as u32).collect())),
            (282, Values::Rational(resolution)),
            (283, Values::Rational(resolution)),
            // In no absolute unit: ImageJ's is in the description.
            (296, Values::Short(1)),
            // Unsigned integers.
            (339, Values::Short(1)),
        ]
    };
    let mut offset = head(&fields(vec![0; strips.len()])).len();
    let mut offsets = Vec::with_capacity(strips.len());
    for strip in &strips {
        let start = u32::try_from(offset);
        offsets.push(start.map_err(|_| Error::InvalidInput("the label image is over 4 GB".into()))?);
        offset += strip.len();
    }
    out.write_all(&head(&fields(offsets))).map_err(unwritten)?;
    strips.iter().try_for_each(|strip| out.write_all(strip).map_err(unwritten))
}

/// Some rows, compressed.
fn strip(rows: &mut LabelRows<'_>, count: usize, bits: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        let labels = rows.next_row().iter();
        match bits {
            16 => bytes.extend(labels.flat_map(|&label| (label as u16).to_le_bytes())),
            _ => bytes.extend(labels.flat_map(|label| label.to_le_bytes())),
        }
    }
    compress_to_vec_zlib(&bytes, LEVEL)
}

/// Pixels a micrometre as a fraction, by the size of a pixel in micrometres.
fn resolution(size: f64) -> Result<[u32; 2]> {
    let mut scales = (0..=9).rev().map(|digits| 10_u32.pow(digits));
    let fits = |scale: &u32| (1.0..=f64::from(u32::MAX)).contains(&(size * f64::from(*scale)).round());
    let scale = scales.find(fits).ok_or_else(|| {
        Error::InvalidInput(format!("a TIFF cannot hold a pixel size of {size} µm; expected 1e-9 to 4e9"))
    })?;
    Ok([scale, (size * f64::from(scale)).round() as u32])
}

/// The values of a field.
enum Values {
    /// Ends in a zero byte.
    Text(String),
    Short(u32),
    Long(Vec<u32>),
    Rational([u32; 2]),
}

impl Values {
    /// The code of the type.
    fn code(&self) -> u16 {
        match self {
            Self::Text(_) => 2,
            Self::Short(_) => 3,
            Self::Long(_) => 4,
            Self::Rational(_) => 5,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Long(values) => values.len(),
            Self::Short(_) | Self::Rational(_) => 1,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            // Two bytes, and two that are not used.
            Self::Short(value) => value.to_le_bytes().to_vec(),
            Self::Long(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::Rational(values) => values.map(u32::to_le_bytes).concat(),
        }
    }
}

/// The header, the only directory, which is sorted, and the values that do not fit into that.
fn head(fields: &[(u16, Values)]) -> Vec<u8> {
    let mut head = b"II*\0\x08\0\0\0".to_vec();
    let mut values: Vec<u8> = Vec::new();
    let start = head.len() + 2 + 12 * fields.len() + 4;
    head.extend((fields.len() as u16).to_le_bytes());
    for (tag, field) in fields {
        let mut bytes = field.bytes();
        head.extend([tag.to_le_bytes(), field.code().to_le_bytes()].concat());
        head.extend((field.count() as u32).to_le_bytes());
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            head.extend(bytes);
        } else {
            head.extend(((start + values.len()) as u32).to_le_bytes());
            values.extend(bytes);
            // Values begin at even places.
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    // There is no further directory.
    head.extend([0; 4]);
    head.extend(values);
    head
}
