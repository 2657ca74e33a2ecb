//! RoIAlign on the CPU.
//!
//! Several channels are pooled at once, with their values for a pixel side by side: then one vector
//! holds the same corner of a sample in all of them.

use crate::ops::parallel;
use crate::ops::roi_pooling::{Sampling, level_of};
use burn::tensor::{Shape, TensorData};
use burn_flex::FlexTensor;

/// Channels that are pooled at once.
pub(in crate::ops) const LANES: usize = 8;

/// One bilinear sample: the pixels of its four corners, and their weights.
pub(in crate::ops) struct Sample {
    pub(in crate::ops) pixels: [usize; 4],
    pub(in crate::ops) weights: [f32; 4],
}

/// A box, its level and where its samples are there, cell by cell.
pub(in crate::ops) struct Region {
    pub(in crate::ops) level: usize,
    /// 0 if the box is empty.
    pub(in crate::ops) samples_per_cell: usize,
    pub(in crate::ops) samples: Vec<Sample>,
}

/// The means of each cell of each box; `levels` are contiguous.
pub(super) fn roi_align(
    levels: &[FlexTensor; 4],
    scales: [f32; 4],
    boxes: &FlexTensor,
    size: usize,
    sampling: Sampling,
) -> FlexTensor {
    let shapes = levels.each_ref().map(|level| level.layout().shape().clone());
    let [_, channels, _, _] = shapes[0].dims();
    let regions = regions(boxes, &shapes, scales, size, sampling);
    let cells = size * size;
    let mut output = vec![0.0; regions.len() * channels * cells];
    let mut groups: Vec<Vec<&mut [f32]>> = (0..channels.div_ceil(LANES)).map(|_| Vec::new()).collect();
    for region in output.chunks_exact_mut((channels * cells).max(1)) {
        for (group, part) in groups.iter_mut().zip(region.chunks_mut(LANES * cells)) {
            group.push(part);
        }
    }
    parallel::for_each(groups, |group, parts| {
        let levels = levels.each_ref().map(|level| side_by_side(level, group * LANES));
        for (region, part) in regions.iter().zip(parts) {
            pool(region, &levels[region.level], part, cells);
        }
    });
    FlexTensor::from_data(TensorData::new(output, [regions.len(), channels, size, size]))
}

/// The boxes with their samples; `levels` are the shapes of P2 to P5.
pub(in crate::ops) fn regions(
    boxes: &FlexTensor,
    levels: &[Shape; 4],
    scales: [f32; 4],
    size: usize,
    sampling: Sampling,
) -> Vec<Region> {
    let boxes = boxes.to_contiguous();
    let boxes = boxes.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0;
    parallel::map(boxes.iter().collect(), |_, region: &[f32; 4]| {
        let level = level_of((region[2] - region[0]) * (region[3] - region[1]), scales[0]);
        let [_, _, height, width] = levels[level].dims();
        let (samples_per_cell, samples) = samples(region, scales[level], size, sampling, [height, width]);
        Region { level, samples_per_cell, samples }
    })
}

/// The values of [`LANES`] channels from `first` on for each pixel, zero-padded past the last channel.
fn side_by_side(level: &FlexTensor, first: usize) -> Vec<[f32; LANES]> {
    let [_, channels, height, width] = level.layout().shape().dims();
    let values = level.as_slice::<f32>().unwrap_or_default();
    let mut pixels = vec![[0.0; LANES]; height * width];
    for (lane, channel) in (first..channels).take(LANES).enumerate() {
        for (pixel, &value) in pixels.iter_mut().zip(&values[channel * height * width..]) {
            pixel[lane] = value;
        }
    }
    pixels
}

/// The cells of a box, channel by channel.
fn pool(region: &Region, pixels: &[[f32; LANES]], output: &mut [f32], cells: usize) {
    for (cell, samples) in region.samples.chunks_exact(region.samples_per_cell.max(1)).enumerate() {
        let mut sums = [0.0; LANES];
        for Sample { pixels: corners, weights } in samples {
            let [a, b, c, d] = corners.map(|corner| &pixels[corner]);
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += weights[0] * a[lane] + weights[1] * b[lane] + weights[2] * c[lane] + weights[3] * d[lane];
            }
        }
        for (channel, sum) in output.chunks_exact_mut(cells).zip(sums) {
            channel[cell] = sum / region.samples_per_cell as f32;
        }
    }
}

/// The number of samples per cell, and the samples of all cells, cell by cell, placed as
/// `roi_align_kernel.cpp` in torchvision does.
fn samples(
    region: &[f32; 4],
    scale: f32,
    size: usize,
    sampling: Sampling,
    [height, width]: [usize; 2],
) -> (usize, Vec<Sample>) {
    let (shift, min_side) = if sampling.aligned { (0.5, 0.0) } else { (0.0, 1.0) };
    let [left, top, right, bottom] = region.map(|edge| edge * scale - shift);
    let cell_width = (right - left).max(min_side) / size as f32;
    let cell_height = (bottom - top).max(min_side) / size as f32;
    let along = |start: f32, cell: f32, position: usize, sample: usize, samples: usize| {
        start + position as f32 * cell + (sample as f32 + 0.5) * cell / samples as f32
    };
    let number = |cell: f32| if sampling.ratio == 0 { cell.ceil() as usize } else { sampling.ratio };
    let (rows, columns) = (number(cell_height), number(cell_width));
    let mut samples = Vec::with_capacity(size * size * rows * columns);
    for row in 0..size {
        for column in 0..size {
            for sample_y in 0..rows {
                for sample_x in 0..columns {
                    let y = along(top, cell_height, row, sample_y, rows);
                    let x = along(left, cell_width, column, sample_x, columns);
                    samples.push(corners(y, x, height, width));
                }
            }
        }
    }
    (rows * columns, samples)
}

/// The pixels around a position and their weights; all weights are 0 outside of the level.
fn corners(y: f32, x: f32, height: usize, width: usize) -> Sample {
    if y < -1.0 || y > height as f32 || x < -1.0 || x > width as f32 {
        return Sample { pixels: [0; 4], weights: [0.0; 4] };
    }
    let (y0, y1, dy) = neighbours(y, height);
    let (x0, x1, dx) = neighbours(x, width);
    Sample {
        pixels: [y0 * width + x0, y0 * width + x1, y1 * width + x0, y1 * width + x1],
        weights: [(1.0 - dy) * (1.0 - dx), (1.0 - dy) * dx, dy * (1.0 - dx), dy * dx],
    }
}

/// The pixels of one axis around a position, and the weight of the second.
fn neighbours(position: f32, length: usize) -> (usize, usize, f32) {
    let position = position.max(0.0);
    let low = position as usize;
    if low >= length - 1 { (length - 1, length - 1, 0.0) } else { (low, low + 1, position - low as f32) }
}
