//! A strip of an image with a margin of zeros around it, so that each tap of a kernel reads the same
//! pixels shifted, and none has to check where the image ends.

use crate::ops::activation::Bounds;
use core::cell::RefCell;
use core::ops::Range;

/// Images, feature maps or their gradients: `[n, channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Planes<'a> {
    pub(in crate::ops) values: &'a [f32],
    /// Where given, values that do not pass it count as 0.
    pub(in crate::ops) gate: Option<Gate<'a>>,
    pub(in crate::ops) channels: usize,
    pub(in crate::ops) height: usize,
    pub(in crate::ops) width: usize,
}

/// Where the gradient of an activation passes.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Gate<'a> {
    /// The activation's output, of the shape of the gradient.
    pub(in crate::ops) output: &'a [f32],
    pub(in crate::ops) bounds: Bounds,
}

/// One row of one channel of a batch entry.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Line {
    pub(in crate::ops) entry: usize,
    pub(in crate::ops) channel: usize,
    pub(in crate::ops) row: usize,
}

impl Planes<'_> {
    /// Copies values of a line, `step` apart, the first of them from column `first`.
    // Inlined, the compiler does not vectorise the loops.
    #[inline(never)]
    pub(in crate::ops) fn copy(&self, line: Line, first: usize, step: usize, to: &mut [f32]) {
        let start = ((line.entry * self.channels + line.channel) * self.height + line.row) * self.width + first;
        if to.is_empty() {
            return;
        }
        let part = start..start + (to.len() - 1) * step + 1;
        let values = &self.values[part.clone()];
        match self.gate {
            None if step == 1 => to.copy_from_slice(values),
            None => to.iter_mut().zip(values.iter().step_by(step)).for_each(|(to, &value)| *to = value),
            Some(Gate { output, bounds }) if step == 1 => {
                for ((to, &value), &output) in to.iter_mut().zip(values).zip(&output[part]) {
                    *to = if bounds.passes(output) { value } else { 0.0 };
                }
            }
            Some(Gate { output, bounds }) => {
                for ((to, &value), &output) in
                    to.iter_mut().zip(values.iter().step_by(step)).zip(output[part].iter().step_by(step))
                {
                    *to = if bounds.passes(output) { value } else { 0.0 };
                }
            }
        }
    }
}

/// Lends each thread one buffer, reused for all its frames.
pub(in crate::ops) fn with_room<R>(work: impl FnOnce(&mut Vec<f32>) -> R) -> R {
    thread_local! {
        static ROOM: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    ROOM.with_borrow_mut(work)
}

/// How an image is laid out in a frame.
///
/// The zeros after a row are also those before the next one, so each row has them on one side only.
/// With a stride, pixels whose row and column leave the same remainder are stored together, as a phase of
/// their own: then neighbours in the output are neighbours in the frame.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct FrameLayout {
    /// The stride.
    pub(in crate::ops) stride: usize,
    /// Zeros before the first row, and before the first column.
    pub(in crate::ops) padding: (usize, usize),
    /// Values from one row of a phase to the next.
    pub(in crate::ops) pitch: usize,
    /// Rows of a phase below those of a strip.
    pub(in crate::ops) margin: usize,
}

impl FrameLayout {
    /// Values of a frame for a strip of `rows` rows; the last ones are room for the last tile.
    pub(in crate::ops) fn len(&self, channels: usize, rows: usize, tile: usize) -> usize {
        channels * self.stride * self.stride * self.phase_len(rows) + self.pitch + tile
    }

    /// Values of one phase of one channel.
    fn phase_len(&self, rows: usize) -> usize {
        (rows + self.margin) * self.pitch
    }

    /// Where the frame has the value that the tap at this row and column of the kernel multiplies for the
    /// first output of a strip.
    pub(in crate::ops) fn offset(&self, channel: usize, tap: (usize, usize), rows: usize) -> usize {
        let phase = tap.0 % self.stride * self.stride + tap.1 % self.stride;
        let shift = tap.0 / self.stride * self.pitch + tap.1 / self.stride;
        (channel * self.stride * self.stride + phase) * self.phase_len(rows) + shift
    }

    /// Fills a frame with what the output rows `strip` of a batch entry need.
    pub(in crate::ops) fn fill(&self, frame: &mut [f32], planes: &Planes<'_>, entry: usize, strip: Range<usize>) {
        let length = self.phase_len(strip.len());
        let phases = self.stride * self.stride;
        for (index, part) in frame.chunks_exact_mut(length).take(planes.channels * phases).enumerate() {
            let (channel, phase) = (index / phases, index % phases);
            for (row, line) in part.chunks_exact_mut(self.pitch).enumerate() {
                let y = (strip.start + row) * self.stride + phase / self.stride;
                let columns = self.columns(phase % self.stride, planes.width);
                match y.checked_sub(self.padding.0).filter(|&y| y < planes.height) {
                    Some(y) => {
                        let first = columns.start * self.stride + phase % self.stride - self.padding.1;
                        line[..columns.start].fill(0.0);
                        let source = Line { entry, channel, row: y };
                        planes.copy(source, first, self.stride, &mut line[columns.clone()]);
                        line[columns.end..].fill(0.0);
                    }
                    None => line.fill(0.0),
                }
            }
        }
        frame[planes.channels * phases * length..].fill(0.0);
    }

    /// Which columns of a frame have pixels of the image.
    fn columns(&self, phase: usize, width: usize) -> Range<usize> {
        let first = self.padding.1.saturating_sub(phase).div_ceil(self.stride);
        let end = (width + self.padding.1).saturating_sub(phase).div_ceil(self.stride);
        first..end.clamp(first, self.pitch)
    }
}
