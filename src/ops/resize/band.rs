//! Rows of an image as they go to the device: packed into words of four bytes, with only the channels that are seen.

use core::ops::Range;

use crate::image::{ChannelMap, INPUTS, Image, SampleFormat, SampleLayout, Samples};

/// Some rows of a [`resize`](super::resize()), and how the samples that they need are packed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResizeBand {
    /// The samples' packing.
    pub packing: Packing,
    /// Height and width of the image, in pixels.
    pub source: (usize, usize),
    /// Height and width that it is resized to, in pixels.
    pub resized: (usize, usize),
    /// Height and width of a pixel of the resized image, in pixels of the image.
    pub pixel_ratio: (f32, f32),
    /// The image's row that the samples begin with.
    pub first_source_row: usize,
    /// First row of the output.
    pub first_row: usize,
    /// Rows of the output, zeros below the resized image included.
    pub rows: usize,
    /// Width of the output, zeros to the right of the resized image included.
    pub padded_width: usize,
}

/// How samples are packed into words of four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// The samples' type. Samples of 8 bits are a word a pixel, `[rows, width, 4]`; others are planes,
    /// `[planes, rows, width]`.
    pub format: SampleFormat,
    /// Which of the four samples of a word, or which plane, each input is.
    pub inputs: [usize; INPUTS],
    /// Rows of the image.
    pub rows: usize,
    /// Samples from the start of one row to that of the next, at least the image's width.
    pub row_samples: usize,
}

/// Words that one row of an image takes.
pub(super) fn words_a_row(image: &Image, map: &ChannelMap) -> usize {
    match image.samples().format() {
        SampleFormat::U8 => image.width(),
        SampleFormat::U16 => (image.width() * planes(map).len()).div_ceil(2),
        SampleFormat::F32 => image.width() * planes(map).len(),
    }
}

/// The samples of some rows, in bytes.
pub(super) fn pack(image: &Image, map: &ChannelMap, rows: Range<usize>) -> (Packing, Vec<u8>) {
    let pixels = rows.start * image.width()..rows.end * image.width();
    let format = image.samples().format();
    let packing = |inputs| Packing { format, inputs, rows: rows.len(), row_samples: image.width() };
    let planes = planes(map);
    let input_planes = map.sources().map(|source| planes.iter().position(|plane| *plane == source).unwrap_or(0));
    match image.samples() {
        Samples::U8(samples) if image.layout() == SampleLayout::Interleaved && image.channels() == 4 => {
            (packing(map.sources()), samples[4 * pixels.start..4 * pixels.end].to_vec())
        }
        Samples::U8(samples) => {
            let mut bytes = vec![0; 4 * pixels.len()];
            for (position, &channel) in planes.iter().enumerate() {
                let samples = image.channel(samples, channel).part(pixels.clone());
                let words = bytes.as_chunks_mut::<4>().0.iter_mut();
                words.zip(samples.iter()).for_each(|(word, sample)| word[position] = sample);
            }
            (packing(input_planes), bytes)
        }
        Samples::U16(samples) => {
            let mut bytes = vec![0; (2 * planes.len() * pixels.len()).next_multiple_of(4)];
            for (&channel, bytes) in planes.iter().zip(bytes.chunks_mut(2 * pixels.len())) {
                let samples = image.channel(samples, channel).part(pixels.clone());
                let halves = bytes.as_chunks_mut::<2>().0.iter_mut();
                halves.zip(samples.iter()).for_each(|(half, sample)| *half = sample.to_ne_bytes());
            }
            (packing(input_planes), bytes)
        }
        Samples::F32(samples) => {
            let mut bytes = vec![0; 4 * planes.len() * pixels.len()];
            for (&channel, bytes) in planes.iter().zip(bytes.chunks_mut(4 * pixels.len())) {
                let samples = image.channel(samples, channel).part(pixels.clone());
                let words = bytes.as_chunks_mut::<4>().0.iter_mut();
                words.zip(samples.iter()).for_each(|(word, sample)| *word = sample.to_ne_bytes());
            }
            (packing(input_planes), bytes)
        }
    }
}

/// The channels that are seen, each once.
fn planes(map: &ChannelMap) -> Vec<usize> {
    let mut planes = map.sources().to_vec();
    planes.sort_unstable();
    planes.dedup();
    planes
}
