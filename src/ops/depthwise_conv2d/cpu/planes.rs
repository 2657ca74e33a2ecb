//! Sums of shifted images, channel by channel: a depthwise convolution, or its gradient by the input.

use crate::ops::activation::Bounds;
use crate::ops::cpu::frame::{FrameLayout, Gate, Planes, with_room};
use crate::ops::cpu::micro_kernel::{Kernel, MAX_COLUMNS, MAX_ROWS, MAX_VECTORS, Offsets, Stretch};
use crate::ops::parallel;
use core::ops::Range;

/// Values of a frame that fit into a core's cache.
const CACHED: usize = 16 * 1024;

/// Some of the pixels of a result: those in every `step`-th row and column from the first on.
pub(super) struct Part {
    pub(super) row: usize,
    pub(super) column: usize,
    /// Pixels per row.
    pub(super) width: usize,
    /// Where each term reads, row and column in the frame.
    pub(super) reads: Vec<(usize, usize)>,
    /// Which of the kernel's values each term takes.
    pub(super) taps: Vec<usize>,
}

impl Part {
    /// All pixels, `width` in a row, with all values of a kernel.
    pub(super) fn whole(side: usize, width: usize) -> Self {
        let reads = (0..side * side).map(|tap| (tap / side, tap % side)).collect();
        Self { row: 0, column: 0, width, reads, taps: (0..side * side).collect() }
    }
}

/// What comes out of a channel.
pub(super) struct Output {
    /// Rows and columns from one pixel of a part to the next.
    pub(super) step: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) bounds: Bounds,
}

/// What is computed of each channel. `stride` to `margin` are those of [`FrameLayout`].
pub(super) struct Correlation {
    pub(super) kernel: Kernel,
    pub(super) stride: usize,
    pub(super) padding: (usize, usize),
    pub(super) pitch: usize,
    pub(super) margin: usize,
    pub(super) parts: Vec<Part>,
    pub(super) output: Output,
}

/// Some rows of a channel, with where each term of each part reads in its frame.
struct Strip {
    rows: Range<usize>,
    offsets: Vec<Offsets>,
}

/// The rows of a channel in strips of a frame with `margin` more rows, a row having `row_len` values.
pub(super) fn strips(rows: usize, margin: usize, row_len: usize) -> impl Iterator<Item = Range<usize>> {
    let each = (CACHED / row_len.max(1)).saturating_sub(margin).max(margin * 2).max(1);
    (0..rows).step_by(each).map(move |first| first..(first + each).min(rows))
}

/// One channel of one batch entry.
pub(super) fn plane<'a>(planes: &Planes<'a>, index: usize) -> Planes<'a> {
    let part = |values: &'a [f32]| &values[index * planes.height * planes.width..][..planes.height * planes.width];
    let gate = planes.gate.map(|Gate { output, bounds }| Gate { output: part(output), bounds });
    Planes { values: part(planes.values), gate, channels: 1, ..*planes }
}

impl Correlation {
    /// The channels of a batch, from those of `source` and a kernel for each of its channels.
    pub(super) fn run(&self, source: Planes<'_>, weights: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let Self { stride, padding, pitch, margin, .. } = *self;
        let layout = FrameLayout { stride, padding, pitch, margin };
        let rows = self.output.height.div_ceil(self.output.step);
        let strips: Vec<Strip> = strips(rows, margin, stride.pow(2) * pitch)
            .map(|rows| {
                let offset = |&read: &_| layout.offset(0, read, rows.len());
                let offsets = self.parts.iter().map(|part| Offsets::new(part.reads.iter().map(offset).collect()));
                Strip { offsets: offsets.collect(), rows }
            })
            .collect();
        let count = source.values.len() / (source.height * source.width).max(1);
        let area = self.output.height * self.output.width;
        let mut result = vec![0.0; count * area];
        let taps = weights.len() / source.channels.max(1);
        parallel::for_each_chunk(&mut result, area, |index, target| {
            let channel = index % source.channels;
            let (source, weights) = (plane(&source, index), &weights[channel * taps..][..taps]);
            let bias = bias.map_or(0.0, |bias| bias[channel]);
            with_room(|frame| {
                for strip in &strips {
                    frame.resize(layout.len(1, strip.rows.len(), MAX_ROWS * MAX_COLUMNS), 0.0);
                    layout.fill(frame, &source, 0, strip.rows.clone());
                    for (part, offsets) in self.parts.iter().zip(&strip.offsets) {
                        let weights: Vec<f32> = part.taps.iter().map(|&tap| weights[tap]).collect();
                        let terms = Stretch { frame, offsets, start: 0, weights: &weights };
                        self.part(part, terms, bias, (&strip.rows, target));
                    }
                }
            });
        });
        result
    }

    /// The pixels of a part in some rows of a channel, which `target` has all rows of.
    fn part(&self, part: &Part, terms: Stretch<'_>, bias: f32, (rows, target): (&Range<usize>, &mut [f32])) {
        if part.width == 0 {
            return;
        }
        let Output { step, height, width, bounds } = self.output;
        let end = (rows.len() - 1) * self.pitch + part.width;
        let mut tile = [0.0; MAX_ROWS * MAX_COLUMNS];
        let mut start = 0;
        while start < end {
            let vectors = (end - start).div_ceil(self.kernel.stretch_len(1)).min(MAX_VECTORS);
            self.kernel.stretch(&Stretch { start, ..terms }, vectors, &mut tile);
            let next = (start + self.kernel.stretch_len(vectors)).min(end);
            let mut position = start;
            while position < next {
                let (row, column) = (position / self.pitch, position % self.pitch);
                let row_end = ((row + 1) * self.pitch).min(next);
                let count = part.width.saturating_sub(column).min(row_end - position);
                let line = (rows.start + row) * step + part.row;
                if count > 0 && line < height {
                    let sums = &tile[position - start..][..count];
                    let to = &mut target[line * width + column * step + part.column..];
                    if step == 1 {
                        for (value, sum) in to[..count].iter_mut().zip(sums) {
                            *value = bounds.clamp(sum + bias);
                        }
                    } else {
                        for (value, sum) in to.iter_mut().step_by(step).zip(sums) {
                            *value = bounds.clamp(sum + bias);
                        }
                    }
                }
                position = row_end;
            }
            start = next;
        }
    }
}
