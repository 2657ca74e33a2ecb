//! Label images as PNG (<https://www.w3.org/TR/png-3/>).

use std::io::Write;

use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::{DataFormat, MZFlush};

use super::label_rows::LabelRows;
use super::{Findings, unwritten};
use crate::error::{Error, Result};
use crate::structures::MaskCrops;

/// Bytes of compressed data in one chunk.
const CHUNK: usize = 1 << 16;

/// Writes a greyscale image of 16 bits.
pub(super) fn write(image: &Findings<'_>, masks: &MaskCrops, out: &mut dyn Write) -> Result<()> {
    let (width, height) = (image.objects.width, image.objects.height);
    out.write_all(b"\x89PNG\r\n\x1a\n").map_err(unwritten)?;
    let mut header = [width as u32, height as u32].map(u32::to_be_bytes).concat();
    // 16 bits, greyscale, the only compression and filters, not interlaced.
    header.extend([16, 0, 0, 0, 0]);
    chunk(out, b"IHDR", &header)?;
    if let Some(size) = image.pixel_size {
        chunk(out, b"pHYs", &density(size)?)?;
    }
    let mut data = Data { compressor: Box::new(CompressorOxide::new(flags())), buffer: vec![0; CHUNK], filled: 0, out };
    let mut rows = LabelRows::new(masks, width);
    let mut bytes = Vec::with_capacity(2 * width + 1);
    for _ in 0..height {
        bytes.clear();
        // The row is not filtered.
        bytes.push(0);
        bytes.extend(rows.next_row().iter().flat_map(|&label| (label as u16).to_be_bytes()));
        data.write(&bytes, MZFlush::None)?;
    }
    data.write(&[], MZFlush::Finish)?;
    data.flush()?;
    chunk(out, b"IEND", &[])
}

/// Zlib's format, fast: label images are mostly runs.
fn flags() -> u32 {
    create_comp_flags_from_zip_params(1, DataFormat::Zlib.to_window_bits(), 0)
}

/// Pixels a metre along both sides, by the size of a pixel in micrometres.
fn density(size: f64) -> Result<Vec<u8>> {
    let density = (1e6 / size).round();
    if !(1.0..=f64::from(i32::MAX)).contains(&density) {
        return Err(Error::InvalidInput(format!("a PNG cannot hold a pixel size of {size} µm; write a TIFF")));
    }
    let side = (density as u32).to_be_bytes();
    Ok([&side[..], &side, &[1]].concat())
}

/// The compressed rows.
struct Data<'a> {
    compressor: Box<CompressorOxide>,
    buffer: Vec<u8>,
    filled: usize,
    out: &'a mut dyn Write,
}

impl Data<'_> {
    fn write(&mut self, mut bytes: &[u8], flush: MZFlush) -> Result<()> {
        loop {
            let result = deflate(&mut self.compressor, bytes, &mut self.buffer[self.filled..], flush);
            bytes = &bytes[result.bytes_consumed..];
            self.filled += result.bytes_written;
            let is_full = self.filled == self.buffer.len();
            if is_full {
                self.flush()?;
            }
            // Without any progress there was nothing left to do.
            if bytes.is_empty() && !is_full {
                return Ok(());
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        let filled = std::mem::take(&mut self.filled);
        if filled == 0 { Ok(()) } else { chunk(self.out, b"IDAT", &self.buffer[..filled]) }
    }
}

fn chunk(out: &mut dyn Write, kind: &[u8; 4], data: &[u8]) -> Result<()> {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(kind);
    checksum.update(data);
    let chunk = [&(data.len() as u32).to_be_bytes()[..], kind, data, &checksum.finalize().to_be_bytes()].concat();
    out.write_all(&chunk).map_err(unwritten)
}
