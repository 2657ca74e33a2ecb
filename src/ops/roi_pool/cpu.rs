//! [`roi_pool`](super::roi_pool) on the CPU.

use super::RoiPoolBackend;
use crate::ops::roi_levels::level_of;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl RoiPoolBackend for Flex {
    fn roi_pool(
        p2: FlexTensor,
        p3: FlexTensor,
        p4: FlexTensor,
        p5: FlexTensor,
        boxes: FlexTensor,
        scales: [f32; 4],
        size: usize,
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
            let rows = parts(region[1] * scales[level], region[3] * scales[level], size, height);
            let columns = parts(region[0] * scales[level], region[2] * scales[level], size, width);
            for channel in features.chunks_exact(height * width) {
                for &(top, bottom) in &rows {
                    for &(left, right) in &columns {
                        let cells = (top..bottom).flat_map(|y| &channel[y * width + left..y * width + right]);
                        output.push(cells.copied().reduce(f32::max).unwrap_or(0.0));
                    }
                }
            }
        }
        FlexTensor::from_data(TensorData::new(output, [n, channels, size, size]))
    }
}

/// First cell and the one after the last of each part of a side, as `roi_pool_kernel.cpp` has them.
fn parts(low: f32, high: f32, size: usize, length: usize) -> Vec<(usize, usize)> {
    let (low, high) = (low.round(), high.round());
    let part = (high - low + 1.0).max(1.0) / size as f32;
    let clip = |cell: f32| (cell + low).clamp(0.0, length as f32) as usize;
    (0..size)
        .map(|index| {
            let first = clip((index as f32 * part).floor());
            (first, clip(((index + 1) as f32 * part).ceil()).max(first))
        })
        .collect()
}
