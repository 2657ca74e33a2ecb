//! The gradient of a convolution by its weight.

use super::super::strips::{Strip, strips};
use crate::ops::conv2d::ConvSpec;
use crate::ops::cpu::frame::{FrameLayout, Line, Planes, with_room};
use crate::ops::cpu::micro_kernel::{Kernel, MAX_COLUMNS, MAX_ROWS, OuterProducts};
use crate::ops::parallel;

/// Parts of the sum, each of which one thread computes; a fixed number, so that results are identical on
/// every machine.
const PARTS: usize = 8;

/// Channels and pixels that are transposed at once.
const BLOCK: usize = 16;

/// What the sum is over.
struct WeightGradient<'a> {
    kernel: Kernel,
    input: Planes<'a>,
    gradient: Planes<'a>,
    layout: FrameLayout,
    taps: Vec<(usize, usize)>,
    /// Channels of the gradient, in whole vectors.
    depth: usize,
}

/// The weight's gradient, `[outputs, inputs, side, side]`, from the input and the output's gradient.
pub(super) fn weight_gradient(input: Planes<'_>, gradient: Planes<'_>, side: usize, spec: ConvSpec) -> Vec<f32> {
    let kernel = Kernel::detect();
    let ConvSpec { stride, padding, .. } = spec;
    let padding = (padding.before(input.height, side, stride), padding.before(input.width, side, stride));
    let layout = FrameLayout { stride, padding, pitch: gradient.width + side / 2, margin: (side - 1) / stride };
    let taps: Vec<_> = (0..side * side).map(|tap| (tap / side, tap % side)).collect();
    let depth = gradient.channels.next_multiple_of(kernel.lanes);
    let (outputs, terms) = (gradient.channels, input.channels * taps.len());
    let sums = WeightGradient { kernel, input, gradient, layout, taps, depth }.run();
    let mut found = Vec::with_capacity(outputs * terms);
    for output in 0..outputs {
        found.extend((0..terms).map(|term| sums[term * depth + output]));
    }
    found
}

impl WeightGradient<'_> {
    /// The sums for each input channel and tap, of each output channel.
    fn run(&self) -> Vec<f32> {
        let entries = self.input.values.len() / (self.input.channels * self.input.height * self.input.width).max(1);
        let row_len = (self.input.channels * self.layout.stride.pow(2)).max(self.depth) * self.layout.pitch;
        let strips = strips(entries, self.gradient.height, self.layout.margin, row_len);
        let part = strips.list.len().div_ceil(PARTS).max(1);
        let parts = parallel::map(strips.list.chunks(part).collect(), |_, part| self.part(part));
        let mut parts = parts.into_iter();
        let mut sums = parts.next().unwrap_or_else(|| vec![0.0; self.input.channels * self.taps.len() * self.depth]);
        for part in parts {
            for (sum, value) in sums.iter_mut().zip(part) {
                *sum += value;
            }
        }
        sums
    }

    fn part(&self, strips: &[Strip]) -> Vec<f32> {
        let mut sums = vec![0.0; self.input.channels * self.taps.len() * self.depth];
        let mut depths = Vec::new();
        for strip in strips {
            depths.resize(strip.rows.len() * self.gradient.width * self.depth, 0.0);
            self.transpose(strip, &mut depths);
            with_room(|frame| {
                frame.resize(self.layout.len(self.input.channels, strip.rows.len(), 0), 0.0);
                self.layout.fill(frame, &self.input, strip.entry, strip.rows.clone());
                self.add(strip.rows.len(), frame, &depths, &mut sums);
            });
        }
        sums
    }

    /// Adds the part of a strip of `rows` rows.
    fn add(&self, rows: usize, frame: &[f32], depths: &[f32], sums: &mut [f32]) {
        let terms = self.input.channels * self.taps.len();
        let mut tile = [0.0; MAX_ROWS * MAX_COLUMNS];
        let offset = |term: usize| {
            let (channel, tap) = (term / self.taps.len(), term % self.taps.len());
            self.layout.offset(channel, self.taps[tap], rows)
        };
        for first in (0..self.depth).step_by(self.kernel.columns()) {
            let vectors = (self.depth - first).min(self.kernel.columns()) / self.kernel.lanes;
            let columns = vectors * self.kernel.lanes;
            for term in (0..terms).step_by(self.kernel.rows) {
                let mut offsets = [0; MAX_ROWS];
                for (offset_of, term) in offsets.iter_mut().zip(term..terms).take(self.kernel.rows) {
                    *offset_of = offset(term);
                }
                let products = OuterProducts {
                    frame,
                    offsets,
                    pitch: self.layout.pitch,
                    height: rows,
                    width: self.gradient.width,
                    depths,
                    depth: self.depth,
                    first,
                };
                self.kernel.outer(&products, vectors, &mut tile);
                for (term, tile) in (term..terms).zip(tile.chunks_exact(columns)).take(self.kernel.rows) {
                    for (sum, value) in sums[term * self.depth + first..][..columns].iter_mut().zip(tile) {
                        *sum += value;
                    }
                }
            }
        }
    }

    /// The gradient of a strip with all channels of a pixel side by side.
    fn transpose(&self, strip: &Strip, depths: &mut [f32]) {
        let width = self.gradient.width;
        let padded = width.next_multiple_of(BLOCK);
        let mut lines = vec![0.0; BLOCK * padded];
        for first in (0..self.gradient.channels).step_by(BLOCK) {
            let count = (self.gradient.channels - first).min(BLOCK);
            for (row, y) in strip.rows.clone().enumerate() {
                for (channel, line) in lines.chunks_exact_mut(padded).enumerate().take(count) {
                    let source = Line { entry: strip.entry, channel: first + channel, row: y };
                    self.gradient.copy(source, 0, 1, &mut line[..width]);
                }
                for column in (0..width).step_by(BLOCK) {
                    let block: [[f32; BLOCK]; BLOCK] = core::array::from_fn(|channel| {
                        *lines[channel * padded + column..].first_chunk().unwrap_or(&[0.0; BLOCK])
                    });
                    let pixels = &mut depths[(row * width + column) * self.depth + first..];
                    for (index, pixel) in pixels.chunks_mut(self.depth).enumerate().take((width - column).min(BLOCK)) {
                        let values: [f32; BLOCK] = core::array::from_fn(|channel| block[channel][index]);
                        pixel[..count].copy_from_slice(&values[..count]);
                    }
                }
            }
        }
    }
}
