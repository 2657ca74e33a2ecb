//! [`roi_align`](super::roi_align) on the CPU.

use super::RoiAlignBackend;
use crate::ops::roi_levels::level_of;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

/// One bilinear sample: where its four corners are in a channel, and what each counts.
pub(super) struct Sample {
    pub(super) offsets: [usize; 4],
    pub(super) weights: [f32; 4],
}

impl RoiAlignBackend for Flex {
    fn roi_align(
        p2: FlexTensor,
        p3: FlexTensor,
        p4: FlexTensor,
        p5: FlexTensor,
        boxes: FlexTensor,
        scales: [f32; 4],
        size: usize,
        sampling_ratio: usize,
    ) -> FlexTensor {
        let levels = [p2, p3, p4, p5].map(|level| level.to_contiguous());
        let boxes = boxes.to_contiguous();
        let [n, _] = boxes.layout().shape().dims();
        let [_, channels, _, _] = levels[0].layout().shape().dims();
        let mut output = Vec::with_capacity(n * channels * size * size);
        for region in boxes.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0 {
            let level = level_of((region[2] - region[0]) * (region[3] - region[1]), scales[0]);
            let [_, _, height, width] = levels[level].layout().shape().dims();
            let features = levels[level].as_slice::<f32>().unwrap_or_default();
            let samples = samples(region, scales[level], size, sampling_ratio, height, width);
            let count = (sampling_ratio * sampling_ratio) as f32;
            for channel in features.chunks_exact(height * width) {
                output.extend(samples.chunks_exact(sampling_ratio * sampling_ratio).map(|cell| {
                    let sum: f32 = cell.iter().map(|sample| sample.at(channel)).sum();
                    sum / count
                }));
            }
        }
        FlexTensor::from_data(TensorData::new(output, [n, channels, size, size]))
    }
}

impl Sample {
    fn at(&self, channel: &[f32]) -> f32 {
        let [a, b, c, d] = self.offsets.map(|offset| channel[offset]);
        let [wa, wb, wc, wd] = self.weights;
        wa * a + wb * b + wc * c + wd * d
    }
}

/// The samples of all cells, cell by cell, as `roi_align_kernel.cpp` in torchvision places them.
pub(super) fn samples(
    region: &[f32; 4],
    scale: f32,
    size: usize,
    sampling_ratio: usize,
    height: usize,
    width: usize,
) -> Vec<Sample> {
    let (left, top) = (region[0] * scale, region[1] * scale);
    let cell_width = (region[2] * scale - left).max(1.0) / size as f32;
    let cell_height = (region[3] * scale - top).max(1.0) / size as f32;
    let along = |start: f32, cell: f32, position: usize, sample: usize| {
        start + position as f32 * cell + (sample as f32 + 0.5) * cell / sampling_ratio as f32
    };
    let mut samples = Vec::with_capacity(size * size * sampling_ratio * sampling_ratio);
    for row in 0..size {
        for column in 0..size {
            for sample_y in 0..sampling_ratio {
                for sample_x in 0..sampling_ratio {
                    let y = along(top, cell_height, row, sample_y);
                    let x = along(left, cell_width, column, sample_x);
                    samples.push(corners(y, x, height, width));
                }
            }
        }
    }
    samples
}

fn corners(y: f32, x: f32, height: usize, width: usize) -> Sample {
    if y < -1.0 || y > height as f32 || x < -1.0 || x > width as f32 {
        return Sample { offsets: [0; 4], weights: [0.0; 4] };
    }
    let (y0, y1, dy) = neighbours(y, height);
    let (x0, x1, dx) = neighbours(x, width);
    Sample {
        offsets: [y0 * width + x0, y0 * width + x1, y1 * width + x0, y1 * width + x1],
        weights: [(1.0 - dy) * (1.0 - dx), (1.0 - dy) * dx, dy * (1.0 - dx), dy * dx],
    }
}

fn neighbours(position: f32, length: usize) -> (usize, usize, f32) {
    let position = position.max(0.0);
    let low = position as usize;
    if low >= length - 1 { (length - 1, length - 1, 0.0) } else { (low, low + 1, position - low as f32) }
}
