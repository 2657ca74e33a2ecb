//! From the pixels of one side of an image to those of a longer or shorter one.

use std::ops::Range;

use crate::ops::resize::Neighbours;

/// Pixels shrink by more than this before they are averaged: up to it, the network is shown what
/// [`crate::ops::resize`] shows it, aliasing included.
const ANTIALIAS_FROM: f32 = 1.5;

/// What each of a range of output pixels is made of, along one side: bilinear with half-pixel
/// centres, as [`crate::ops::resize`]; where the side becomes shorter than two thirds, averaged
/// with a triangle (torch's `interpolate` with `antialias=True`).
#[derive(Debug, Clone)]
pub(super) struct Resampling {
    /// The first source pixel of each output pixel.
    firsts: Vec<usize>,
    /// `[outputs, taps]`
    weights: Vec<f32>,
    taps: usize,
}

impl Resampling {
    /// For output pixels `outputs` of a side of `source` pixels that becomes `resized` long; all
    /// at least 1, and `outputs` within `resized`.
    pub(super) fn new(source: usize, resized: usize, outputs: Range<usize>) -> Self {
        let ratio = source as f32 / resized as f32;
        if ratio > ANTIALIAS_FROM {
            Self::triangle(source, ratio, outputs)
        } else {
            Self::bilinear(source, resized, outputs)
        }
    }

    fn bilinear(source: usize, resized: usize, outputs: Range<usize>) -> Self {
        let taps = source.min(2);
        let (mut firsts, mut weights) = (Vec::with_capacity(outputs.len()), Vec::with_capacity(outputs.len() * taps));
        for output in outputs {
            let Neighbours { low, high, weight } = Neighbours::of(output, source, source as f32 / resized as f32);
            let first = low.min(source - taps);
            firsts.push(first);
            // At the end of the side both neighbours are the same pixel.
            let weight = if high == low { 1.0 } else { weight };
            weights.extend_from_slice(&[1.0 - weight, weight][2 - taps..]);
        }
        Self { firsts, weights, taps }
    }

    fn triangle(source: usize, ratio: f32, outputs: Range<usize>) -> Self {
        let taps = ((2.0 * ratio).ceil() as usize + 1).min(source);
        let (mut firsts, mut weights) = (Vec::with_capacity(outputs.len()), Vec::with_capacity(outputs.len() * taps));
        for output in outputs {
            let centre = ratio * (output as f32 + 0.5);
            let first = ((centre - ratio + 0.5).max(0.0) as usize).min(source - taps);
            let start = weights.len();
            weights.extend((first..first + taps).map(|pixel| {
                let distance = (pixel as f32 + 0.5 - centre).abs() / ratio;
                (1.0 - distance).max(0.0)
            }));
            let sum: f32 = weights[start..].iter().sum();
            weights[start..].iter_mut().for_each(|weight| *weight /= sum);
            firsts.push(first);
        }
        Self { firsts, weights, taps }
    }

    /// Number of output pixels.
    pub(super) fn len(&self) -> usize {
        self.firsts.len()
    }

    /// The source pixels that the output pixels are made of, all together.
    pub(super) fn sources(&self) -> Range<usize> {
        let start = self.firsts.iter().copied().min().unwrap_or(0);
        let end = self.firsts.iter().map(|first| first + self.taps).max().unwrap_or(0);
        start..end
    }

    /// The output pixels that any of the source pixels has a part in.
    pub(super) fn touched(&self, sources: &Range<usize>) -> Range<usize> {
        let start = self.firsts.partition_point(|first| first + self.taps <= sources.start);
        let end = self.firsts.partition_point(|&first| first < sources.end);
        start..end.max(start)
    }

    /// The first source pixel of an output pixel, and the weights of it and those after it.
    pub(super) fn of(&self, output: usize) -> (usize, &[f32]) {
        (self.firsts[output], &self.weights[output * self.taps..][..self.taps])
    }
}
