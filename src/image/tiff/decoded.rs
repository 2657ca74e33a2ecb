//! From the bytes of a strip or tile to samples.

use core::fmt;

use half::f16;

use super::bytes::ByteOrder;
use super::directory::{Directories, Directory};
use super::page::unsupported;
use super::tag;
use crate::error::{Error, Result};
use crate::image::{SampleFormat, Samples};

/// The type of stored samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SampleType {
    pub(super) bits: u8,
    pub(super) kind: Kind,
}

/// What the bits of a sample are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    Float,
}

impl SampleType {
    /// Unsigned integers of 8 bits.
    pub(super) const BYTE: Self = Self { bits: 8, kind: Kind::Unsigned };

    /// # Errors
    /// [`Error::InvalidInput`] with the name of a type that is not read, and for samples of several types.
    pub(super) fn read(directories: &Directories, directory: &Directory) -> Result<Self> {
        let same = |tag: u16, default: u64| -> Result<u64> {
            let values = directories.unsigned(directory, tag)?.unwrap_or_default();
            let first = values.first().copied().unwrap_or(default);
            if values.iter().any(|value| *value != first) {
                return Err(unsupported("samples of several types in a pixel"));
            }
            Ok(first)
        };
        let bits = same(tag::BITS_PER_SAMPLE, 1)?;
        let kind = match same(tag::SAMPLE_FORMAT, 1)? {
            // "Undefined" is what some detectors' software writes for plain numbers.
            1 | 4 => Kind::Unsigned,
            2 => Kind::Signed,
            3 => Kind::Float,
            5 | 6 => return Err(unsupported("complex numbers as samples")),
            other => return Err(unsupported(&format!("samples of the unknown format {other}"))),
        };
        let is_read = match kind {
            Kind::Unsigned => (1..=16).contains(&bits) || bits == 32 || bits == 64,
            Kind::Signed => [8, 16, 32, 64].contains(&bits),
            Kind::Float => [16, 32, 64].contains(&bits),
        };
        if !is_read {
            return Err(unsupported(&format!("samples of {bits} bits ({kind})")));
        }
        Ok(Self { bits: bits as u8, kind })
    }

    /// What the samples become in memory: unsigned integers of up to 16 bits as they are, everything else f32. f32 has
    /// 24 significant bits: integers up to 16,777,216 are exact, larger ones and f64 are rounded to the nearest f32.
    pub(super) fn format(self) -> SampleFormat {
        match (self.kind, self.bits) {
            (Kind::Unsigned, ..=8) => SampleFormat::U8,
            (Kind::Unsigned, ..=16) => SampleFormat::U16,
            _ => SampleFormat::F32,
        }
    }

    /// Whether samples are of a whole number of bytes; else they are packed, and rows end with a byte.
    pub(super) fn is_whole_bytes(self) -> bool {
        self.bits.is_multiple_of(8)
    }

    /// # Errors
    /// [`Error::InvalidInput`] for a predictor that is unknown or not for such samples.
    pub(super) fn check_predictor(self, predictor: u64) -> Result<()> {
        match predictor {
            1 => Ok(()),
            2 if self.is_whole_bytes() => Ok(()),
            3 if self.kind == Kind::Float => Ok(()),
            other => Err(unsupported(&format!("predictor {other} with {self}"))),
        }
    }

    /// The samples of `rows` rows of `width` samples.
    ///
    /// # Errors
    /// [`Error::Internal`] for too few bytes.
    pub(super) fn samples(self, bytes: &[u8], order: ByteOrder, (width, rows): (usize, usize)) -> Result<Samples> {
        let row = (width * usize::from(self.bits)).div_ceil(8);
        let bytes = bytes.get(..row * rows).ok_or_else(|| Error::Internal("a piece of a TIFF is too short".into()))?;
        let number = |bytes: &[u8]| order.unsigned(bytes);
        Ok(match (self.kind, self.bits) {
            (Kind::Unsigned, 8) => Samples::U8(bytes.to_vec()),
            (Kind::Unsigned, 16) => match order {
                ByteOrder::Little => Samples::U16(each(bytes, u16::from_le_bytes)),
                ByteOrder::Big => Samples::U16(each(bytes, u16::from_be_bytes)),
            },
            (Kind::Float, 32) => match order {
                ByteOrder::Little => Samples::F32(each(bytes, f32::from_le_bytes)),
                ByteOrder::Big => Samples::F32(each(bytes, f32::from_be_bytes)),
            },
            (Kind::Unsigned, 32) => Samples::F32(each(bytes, |bytes: [u8; 4]| number(&bytes) as f32)),
            (Kind::Unsigned, 64) => Samples::F32(each(bytes, |bytes: [u8; 8]| number(&bytes) as f32)),
            (Kind::Signed, 8) => Samples::F32(each(bytes, |[byte]: [u8; 1]| f32::from(byte as i8))),
            (Kind::Signed, 16) => Samples::F32(each(bytes, |bytes: [u8; 2]| f32::from(number(&bytes) as i16))),
            (Kind::Signed, 32) => Samples::F32(each(bytes, |bytes: [u8; 4]| number(&bytes) as i32 as f32)),
            (Kind::Signed, _) => Samples::F32(each(bytes, |bytes: [u8; 8]| number(&bytes) as i64 as f32)),
            (Kind::Float, 16) => {
                Samples::F32(each(bytes, |bytes: [u8; 2]| f16::from_bits(number(&bytes) as u16).to_f32()))
            }
            (Kind::Float, _) => Samples::F32(each(bytes, |bytes: [u8; 8]| f64::from_bits(number(&bytes)) as f32)),
            (Kind::Unsigned, bits) => {
                let packed =
                    bytes.chunks_exact(row).flat_map(|row| (0..width).map(move |index| unpack(row, index, bits)));
                if bits < 8 {
                    Samples::U8(packed.map(|value| value as u8).collect())
                } else {
                    Samples::U16(packed.collect())
                }
            }
        })
    }
}

/// Numbers of `N` bytes.
fn each<T, const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&bytes| number(bytes)).collect()
}

/// The number of `bits` bits at an index of a row, the highest bit first.
fn unpack(row: &[u8], index: usize, bits: u8) -> u16 {
    let start = index * usize::from(bits);
    let window =
        (0..3).fold(0, |window, byte| window << 8 | u32::from(row.get(start / 8 + byte).copied().unwrap_or(0)));
    (window << (8 + start % 8) >> (32 - u32::from(bits))) as u16
}

impl fmt::Display for SampleType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {} bits", self.kind, self.bits)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unsigned => "unsigned integers",
            Self::Signed => "signed integers",
            Self::Float => "floating-point numbers",
        })
    }
}

/// The colours of indices: of a palette in 16 bits the upper eight count, as in 8-bit images.
///
/// # Errors
/// [`Error::InvalidInput`] where the palette is too short for `bits` bits.
pub(super) fn colours_of_palette(indices: &Samples, palette: &[u16], bits: u8) -> Result<Samples> {
    let size = 1usize << bits;
    if palette.len() < 3 * size {
        return Err(Error::InvalidInput(format!(
            "the TIFF is damaged: its palette has {} values, but indices of {bits} bits need {}",
            palette.len(),
            3 * size
        )));
    }
    let colour = |index: usize| [0, 1, 2].map(|channel| (palette[channel * size + index] >> 8) as u8);
    match indices {
        Samples::U8(indices) => Ok(Samples::U8(indices.iter().flat_map(|&index| colour(index.into())).collect())),
        Samples::U16(indices) => Ok(Samples::U8(indices.iter().flat_map(|&index| colour(index.into())).collect())),
        Samples::F32(_) => Err(unsupported("a palette of floating-point numbers")),
    }
}

/// Luminance and chrominances to red, green and blue (ITU-T T.871, section 7), in place.
pub(super) fn rgb_of_ycbcr(samples: &mut [u8]) {
    for pixel in samples.as_chunks_mut::<3>().0 {
        let [y, cb, cr] = pixel.map(f32::from);
        let (cb, cr) = (cb - 128.0, cr - 128.0);
        let rgb = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
        // A cast saturates.
        *pixel = rgb.map(|value| (value + 0.5) as u8);
    }
}
