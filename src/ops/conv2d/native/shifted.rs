//! Convolutions, and their gradient by the input, which is convolutions as well: of the output's
//! gradient, one for each rest that a row and a column leave when divided by the stride.

use super::frame::{FrameLayout, Planes, with_room};
use super::kernel::{Correlation, Kernel, MOST_COLUMNS, MOST_ROWS, Offsets};
use super::strips::{Strip, strips};
use core::mem::MaybeUninit;
use rayon::prelude::*;

/// A convolution's weight, `[outputs, inputs, side, side]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight<'a> {
    pub(super) values: &'a [f32],
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) side: usize,
}

impl Weight<'_> {
    fn at(&self, output: usize, input: usize, tap: (usize, usize)) -> f32 {
        self.values[((output * self.inputs + input) * self.side + tap.0) * self.side + tap.1]
    }
}

/// Some of the pixels of a result: those in every `step`-th row and column from the first on.
struct Pixels {
    row: usize,
    column: usize,
    /// Where each tap reads, row and column in the frame.
    taps: Vec<(usize, usize)>,
    /// For each group of channels of the result, for each term, a factor for each channel.
    weights: Vec<Vec<f32>>,
}

/// What is computed.
struct Shifted<'a> {
    kernel: Kernel,
    source: Planes<'a>,
    layout: FrameLayout,
    parts: Vec<Pixels>,
    step: usize,
    channels: usize,
    height: usize,
    width: usize,
    bias: Option<&'a [f32]>,
    rectify: bool,
}

/// The convolution of pictures.
pub(super) fn convolve(input: Planes<'_>, weight: Weight<'_>, bias: &[f32], stride: usize, rectify: bool) -> Vec<f32> {
    let kernel = Kernel::detect();
    let padding = weight.side / 2;
    let (height, width) = (input.height.div_ceil(stride), input.width.div_ceil(stride));
    let taps: Vec<_> = (0..weight.side.pow(2)).map(|tap| (tap / weight.side, tap % weight.side)).collect();
    let weights =
        pack(&kernel, weight.outputs, weight.inputs, &taps, |output, input, tap| weight.at(output, input, taps[tap]));
    let layout = FrameLayout { stride, padding, pitch: width + padding, margin: (weight.side - 1) / stride };
    let parts = vec![Pixels { row: 0, column: 0, taps, weights }];
    let (channels, bias) = (weight.outputs, Some(bias));
    Shifted { kernel, source: input, layout, parts, step: 1, channels, height, width, bias, rectify }.run()
}

/// The input's gradient from the output's.
///
/// Output row `r` reads input row `r × stride + tap − padding`. So input row `t × stride + rest` gets
/// from output row `t + (rest + padding − tap) / stride`, for the taps with which that is whole.
pub(super) fn input_gradient(
    gradient: Planes<'_>,
    weight: Weight<'_>,
    stride: usize,
    height: usize,
    width: usize,
) -> Vec<f32> {
    let kernel = Kernel::detect();
    let padding = weight.side / 2;
    let along = |rest: usize| {
        (0..weight.side).filter(move |tap| (rest + padding + stride * weight.side - tap).is_multiple_of(stride))
    };
    // As the frame has `padding` rows of zeros before the first, this is not negative.
    let reads = |rest: usize, tap: usize| (rest + padding + padding * stride - tap) / stride;
    let parts = (0..stride * stride)
        .map(|phase| {
            let (row, column) = (phase / stride, phase % stride);
            let taps: Vec<(usize, usize)> = along(row).flat_map(|y| along(column).map(move |x| (y, x))).collect();
            let weights = pack(&kernel, weight.inputs, weight.outputs, &taps, |input, output, tap| {
                weight.at(output, input, taps[tap])
            });
            let taps = taps.into_iter().map(|(y, x)| (reads(row, y), reads(column, x))).collect();
            Pixels { row, column, taps, weights }
        })
        .collect();
    let layout = FrameLayout { stride: 1, padding, pitch: gradient.width + padding, margin: padding * 2 };
    let channels = weight.inputs;
    Shifted {
        kernel,
        source: gradient,
        layout,
        parts,
        step: stride,
        channels,
        height,
        width,
        bias: None,
        rectify: false,
    }
    .run()
}

/// The factors of each group of channels of a result, as the kernel takes them.
fn pack(
    kernel: &Kernel,
    channels: usize,
    sources: usize,
    taps: &[(usize, usize)],
    factor: impl Fn(usize, usize, usize) -> f32,
) -> Vec<Vec<f32>> {
    let group = |first: usize| {
        let mut packed = Vec::with_capacity(sources * taps.len() * kernel.rows);
        for source in 0..sources {
            for tap in 0..taps.len() {
                for channel in first..first + kernel.rows {
                    packed.push(if channel < channels { factor(channel, source, tap) } else { 0.0 });
                }
            }
        }
        packed
    };
    (0..channels).step_by(kernel.rows).map(group).collect()
}

impl Shifted<'_> {
    fn run(&self) -> Vec<f32> {
        let pictures =
            self.source.values.len() / (self.source.channels * self.source.height * self.source.width).max(1);
        let count = pictures * self.channels * self.height * self.width;
        let mut result: Vec<f32> = Vec::with_capacity(count);
        let rows = self.height.div_ceil(self.step);
        let row_len = self.source.channels * self.layout.stride.pow(2) * self.layout.pitch;
        let strips = strips(pictures, rows, self.layout.margin, row_len);
        let lines = strips.rows * self.step * self.width;
        let mut targets: Vec<Vec<&mut [MaybeUninit<f32>]>> =
            strips.list.iter().map(|_| Vec::with_capacity(self.channels)).collect();
        let planes = result.spare_capacity_mut()[..count].chunks_exact_mut(self.height * self.width);
        for (plane, values) in planes.enumerate() {
            for (strip, values) in values.chunks_mut(lines).enumerate() {
                targets[plane / self.channels * strips.a_picture + strip].push(values);
            }
        }
        strips.list.par_iter().zip(targets).with_max_len(1).for_each(|(strip, mut target)| {
            with_room(|frame| self.strip(strip, frame, &mut target));
        });
        // SAFETY: the strips are all rows of all pictures; in each, every pixel of every channel is
        // one of one part's, which `put` writes.
        unsafe { result.set_len(count) };
        result
    }

    /// One strip of a picture; `target` has its rows of each channel.
    fn strip(&self, strip: &Strip, frame: &mut Vec<f32>, target: &mut [&mut [MaybeUninit<f32>]]) {
        let rows = strip.rows.len();
        frame.resize(self.layout.len(self.source.channels, rows, MOST_COLUMNS), 0.0);
        self.layout.fill(frame, &self.source, strip.picture, strip.rows.clone());
        let mut tile = [0.0; MOST_ROWS * MOST_COLUMNS];
        for part in &self.parts {
            let offsets = (0..self.source.channels)
                .flat_map(|channel| part.taps.iter().map(move |&tap| self.layout.offset(channel, tap, rows)));
            let offsets = Offsets::new(offsets.collect());
            // Of the last row, what lies behind the picture is left away.
            let width = (self.width - part.column.min(self.width)).div_ceil(self.step);
            if width == 0 {
                continue;
            }
            let end = (rows - 1) * self.layout.pitch + width;
            let mut start = 0;
            while start < end {
                let vectors = (end - start).div_ceil(self.kernel.lanes).min(self.kernel.columns() / self.kernel.lanes);
                let columns = vectors * self.kernel.lanes;
                for (group, weights) in part.weights.iter().enumerate() {
                    let terms = Correlation { frame, offsets: &offsets, start, weights };
                    self.kernel.correlate(&terms, vectors, &mut tile);
                    let first = group * self.kernel.rows;
                    for (channel, sums) in (first..self.channels).zip(tile.chunks_exact(columns)).take(self.kernel.rows)
                    {
                        self.put(part, channel, start, width, sums, target[channel]);
                    }
                }
                start += columns;
            }
        }
    }

    /// Writes a row of a tile, which begins at column `start` of the strip's rows one after the other,
    /// to where its pixels are in a channel's rows.
    fn put(
        &self,
        part: &Pixels,
        channel: usize,
        start: usize,
        width: usize,
        sums: &[f32],
        lines: &mut [MaybeUninit<f32>],
    ) {
        let bias = self.bias.map_or(0.0, |bias| bias[channel]);
        let least = if self.rectify { 0.0 } else { f32::NEG_INFINITY };
        let mut position = start;
        while position < start + sums.len() {
            let (row, column) = (position / self.layout.pitch, position % self.layout.pitch);
            let next = ((row + 1) * self.layout.pitch).min(start + sums.len());
            let count = width.saturating_sub(column).min(next - position);
            let from = &sums[position - start..][..count];
            position = next;
            let line = (row * self.step + part.row) * self.width;
            if count == 0 || line >= lines.len() {
                continue;
            }
            let first = line + column * self.step + part.column;
            if self.step == 1 {
                for (value, sum) in lines[first..first + count].iter_mut().zip(from) {
                    value.write(larger(sum + bias, least));
                }
            } else {
                for (value, sum) in lines[first..].iter_mut().step_by(self.step).zip(from) {
                    value.write(sum + bias);
                }
            }
        }
    }
}

/// `f32::max`, but what is not a number stays so.
fn larger(a: f32, b: f32) -> f32 {
    if a < b { b } else { a }
}
