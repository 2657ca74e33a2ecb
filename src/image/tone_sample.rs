//! The part of a large image that its tone is measured on.

use core::ops::RangeInclusive;

use super::{ChannelMap, Image, ImageShape, ImageSource, Region, SampleLayout, Samples, Tone};
use crate::error::{Error, Result};

/// Images with at most this many pixels are measured as a whole.
const MAX_PIXELS: u64 = 64 << 20;

/// Maximum number of regions that larger ones are measured on, and the longest side of each in pixels: one below the
/// other, they are an image of at most [`Image::MAX_SIDE`].
const SAMPLES: usize = 32;
/// See [`SAMPLES`].
const SIDE: usize = 512;

impl Tone {
    /// Measures the tone of an image that is read by region, so that all of its tiles are seen alike: on the whole where
    /// it is in memory already or has at most 64 Mi pixels, else on up to 32 regions of up to 512×512 pixels, evenly
    /// spread.
    ///
    /// # Errors
    /// Those of [`Tone::measure`], and of reading.
    pub fn of_source(
        source: &dyn ImageSource,
        channels: Option<&ChannelMap>,
        contrast: Option<RangeInclusive<f32>>,
    ) -> Result<Self> {
        if let Some(image) = source.as_image() {
            return Self::measure(image, channels, contrast);
        }
        let regions = tone_regions(source.width(), source.height());
        let parts = regions.into_iter().map(|region| source.read(region)).collect::<Result<Vec<_>>>()?;
        Self::measure(&Image::stacked(&parts)?, channels, contrast)
    }
}

/// The regions of an image of `width × height` pixels, at least 1 each, that its tone is measured on, all of one size.
pub fn tone_regions(width: usize, height: usize) -> Vec<Region> {
    if width.max(height) <= Image::MAX_SIDE && (width as u64 * height as u64) <= MAX_PIXELS {
        return vec![Region { x: 0, y: 0, width, height }];
    }
    let size = (width.min(SIDE), height.min(SIDE));
    // As many columns for a row as the image is wider than high, as far as regions fit beside each other.
    let columns = (((SAMPLES as f64 * width as f64 / height as f64).sqrt().round() as usize).clamp(1, SAMPLES))
        .min(width / size.0);
    let rows = (SAMPLES / columns).min(height / size.1);
    let start = |i: usize, count: usize, length: usize, side: usize| match count {
        1 => (side - length) / 2,
        _ => (side - length) * i / (count - 1),
    };
    let all = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    all.map(|(row, column)| Region {
        x: start(column, columns, size.0, width),
        y: start(row, rows, size.1, height),
        width: size.0,
        height: size.1,
    })
    .collect()
}

impl Image {
    /// Images of one size and kind, one below the other.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where there are none, where they are not of one size and kind, and as [`Image::new`].
    pub fn stacked(parts: &[Self]) -> Result<Self> {
        let mixed = || Error::InvalidInput("images can be stacked only where all are of one size and kind".into());
        let first = parts.first().ok_or_else(mixed)?;
        let kind = |image: &Self| (image.width(), image.channels(), image.colours(), image.layout());
        if parts.iter().any(|part| kind(part) != kind(first)) {
            return Err(mixed());
        }
        let samples = match first.samples() {
            Samples::U8(_) => Samples::U8(stack(parts, |samples| match samples {
                Samples::U8(samples) => Some(samples),
                _ => None,
            })?),
            Samples::U16(_) => Samples::U16(stack(parts, |samples| match samples {
                Samples::U16(samples) => Some(samples),
                _ => None,
            })?),
            Samples::F32(_) => Samples::F32(stack(parts, |samples| match samples {
                Samples::F32(samples) => Some(samples),
                _ => None,
            })?),
        };
        let height = parts.iter().map(Self::height).sum();
        let shape = ImageShape { width: first.width(), height, channels: first.channels(), layout: first.layout() };
        shape.check(samples.len())?;
        Ok(first.with_shape_and_samples(shape, samples))
    }
}

/// The samples of all parts in the order of their layout, which is the same for all.
fn stack<T: Copy>(parts: &[Image], of: impl Fn(&Samples) -> Option<&Vec<T>>) -> Result<Vec<T>> {
    let samples: Option<Vec<&Vec<T>>> = parts.iter().map(|part| of(part.samples())).collect();
    let samples = samples
        .ok_or_else(|| Error::InvalidInput("images can be stacked only where all have one type of samples".into()))?;
    match parts[0].layout() {
        SampleLayout::Interleaved => Ok(samples.into_iter().flatten().copied().collect()),
        SampleLayout::Planar => {
            let channels = 0..parts[0].channels();
            let rows = channels.flat_map(|channel| {
                parts.iter().zip(&samples).flat_map(move |(part, samples)| part.channel(samples, channel).iter())
            });
            Ok(rows.collect())
        }
    }
}
