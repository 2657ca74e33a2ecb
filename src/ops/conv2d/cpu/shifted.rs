//! Sums of shifted images: a convolution, or its gradient by the input.

use super::strips::{Strip, strips};
use crate::ops::activation::Activation;
use crate::ops::conv2d::ConvSpec;
use crate::ops::cpu::frame::{FrameLayout, Planes, with_room};
use crate::ops::cpu::micro_kernel::{Correlation, Kernel, MAX_COLUMNS, MAX_ROWS, Offsets, interleave};
use crate::ops::parallel;
use core::mem::MaybeUninit;
use core::ops::Range;

/// A convolution's weight, `[outputs, inputs, side, side]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight<'a> {
    pub(super) values: &'a [f32],
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) side: usize,
}

/// Some of the pixels of a result: those in every `step`-th row and column from the first on.
pub(super) struct Pixels {
    pub(super) row: usize,
    pub(super) column: usize,
    /// Pixels per row.
    pub(super) width: usize,
    /// Where each tap reads, row and column in the frame.
    pub(super) taps: Vec<(usize, usize)>,
    /// For each group of channels of the result, for each term, a factor for each channel.
    pub(super) weights: Vec<f32>,
}

/// What is computed.
pub(super) struct Shifted<'a> {
    pub(super) kernel: Kernel,
    pub(super) source: Planes<'a>,
    pub(super) layout: FrameLayout,
    pub(super) parts: Vec<Pixels>,
    pub(super) step: usize,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) bias: Option<&'a [f32]>,
    pub(super) activation: Activation,
}

/// Where values of a tile's rows belong in a channel's rows.
struct Run {
    from: usize,
    to: usize,
    count: usize,
}

/// The convolution of a batch.
pub(super) fn convolve(input: Planes<'_>, weight: Weight<'_>, bias: &[f32], spec: ConvSpec) -> Vec<f32> {
    let kernel = Kernel::detect();
    let ConvSpec { stride, padding, activation } = spec;
    let padding = (padding.before(input.height, weight.side, stride), padding.before(input.width, weight.side, stride));
    let (height, width) = (input.height.div_ceil(stride), input.width.div_ceil(stride));
    let taps: Vec<_> = (0..weight.side.pow(2)).map(|tap| (tap / weight.side, tap % weight.side)).collect();
    let terms = weight.inputs * taps.len();
    let weights = interleave(weight.values, terms, terms, kernel.rows);
    let layout = FrameLayout { stride, padding, pitch: width + weight.side / 2, margin: (weight.side - 1) / stride };
    let parts = vec![Pixels { row: 0, column: 0, width, taps, weights }];
    let (channels, bias) = (weight.outputs, Some(bias));
    Shifted { kernel, source: input, layout, parts, step: 1, channels, height, width, bias, activation }.run()
}

impl Shifted<'_> {
    pub(super) fn run(&self) -> Vec<f32> {
        let entries = self.source.values.len() / (self.source.channels * self.source.height * self.source.width).max(1);
        let count = entries * self.channels * self.height * self.width;
        let mut result: Vec<f32> = Vec::with_capacity(count);
        let rows = self.height.div_ceil(self.step);
        let row_len = self.source.channels * self.layout.stride.pow(2) * self.layout.pitch;
        let strips = strips(entries, rows, self.layout.margin, row_len);
        let lines = strips.rows * self.step * self.width;
        let mut targets: Vec<Vec<&mut [MaybeUninit<f32>]>> =
            strips.list.iter().map(|_| Vec::with_capacity(self.channels)).collect();
        let planes = result.spare_capacity_mut()[..count].chunks_exact_mut(self.height * self.width);
        for (plane, values) in planes.enumerate() {
            for (strip, values) in values.chunks_mut(lines).enumerate() {
                targets[plane / self.channels * strips.per_entry + strip].push(values);
            }
        }
        parallel::for_each(targets, |index, mut target| {
            with_room(|frame| self.strip(&strips.list[index], frame, &mut target));
        });
        // SAFETY: the strips cover all rows of all entries; in each strip, every pixel of every channel
        // belongs to exactly one part, for which `put` writes it.
        unsafe { result.set_len(count) };
        result
    }

    /// One strip of an image; `target` has its rows of each channel.
    fn strip(&self, strip: &Strip, frame: &mut Vec<f32>, target: &mut [&mut [MaybeUninit<f32>]]) {
        let rows = strip.rows.len();
        frame.resize(self.layout.len(self.source.channels, rows, MAX_COLUMNS), 0.0);
        self.layout.fill(frame, &self.source, strip.entry, strip.rows.clone());
        let mut tile = [0.0; MAX_ROWS * MAX_COLUMNS];
        let mut runs = Vec::new();
        for part in &self.parts {
            let offsets = (0..self.source.channels)
                .flat_map(|channel| part.taps.iter().map(move |&tap| self.layout.offset(channel, tap, rows)));
            let offsets = Offsets::new(offsets.collect());
            if part.width == 0 {
                continue;
            }
            // What follows the last pixel of the last row is not computed.
            let end = (rows - 1) * self.layout.pitch + part.width;
            let length = offsets.len() * self.kernel.rows;
            let mut start = 0;
            while start < end {
                let vectors = (end - start).div_ceil(self.kernel.lanes).min(self.kernel.columns() / self.kernel.lanes);
                let columns = vectors * self.kernel.lanes;
                let lines = target.first().map_or(0, |lines| lines.len());
                self.runs(part, start..start + columns, lines, &mut runs);
                for (group, lines) in target.chunks_mut(self.kernel.rows).enumerate() {
                    // Pixels that no tap reaches have none, and are zeros.
                    let weights = &part.weights[group * length..][..length];
                    let terms = Correlation { frame, offsets: &offsets, start, weights };
                    self.kernel.correlate(&terms, vectors, &mut tile);
                    let first = group * self.kernel.rows;
                    for ((channel, sums), lines) in (first..).zip(tile.chunks_exact(columns)).zip(lines) {
                        self.put(channel, &runs, sums, lines);
                    }
                }
                start += columns;
            }
        }
    }

    /// Where the columns of a tile belong, which are some of the strip's rows one after the other, in
    /// a channel's rows, `lines` values long.
    fn runs(&self, part: &Pixels, columns: Range<usize>, lines: usize, runs: &mut Vec<Run>) {
        runs.clear();
        let mut position = columns.start;
        while position < columns.end {
            let (row, column) = (position / self.layout.pitch, position % self.layout.pitch);
            let next = ((row + 1) * self.layout.pitch).min(columns.end);
            let count = part.width.saturating_sub(column).min(next - position);
            let line = (row * self.step + part.row) * self.width;
            if count > 0 && line < lines {
                let to = line + column * self.step + part.column;
                runs.push(Run { from: position - columns.start, to, count });
            }
            position = next;
        }
    }

    /// Writes a row of a tile to where its values belong.
    fn put(&self, channel: usize, runs: &[Run], sums: &[f32], lines: &mut [MaybeUninit<f32>]) {
        let bias = self.bias.map_or(0.0, |bias| bias[channel]);
        let bounds = self.activation.bounds();
        for run in runs {
            let from = &sums[run.from..][..run.count];
            if self.step == 1 {
                for (value, sum) in lines[run.to..][..run.count].iter_mut().zip(from) {
                    value.write(bounds.clamp(sum + bias));
                }
            } else {
                for (value, sum) in lines[run.to..].iter_mut().step_by(self.step).zip(from) {
                    value.write(sum + bias);
                }
            }
        }
    }
}
