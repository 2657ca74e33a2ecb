//! RoIPool on the CPU.

use crate::ops::roi_pooling::level_of;
use burn::tensor::TensorData;
use burn_flex::FlexTensor;

/// The maxima of each cell of each box; `levels` are contiguous.
pub(super) fn roi_pool(levels: &[FlexTensor; 4], scales: [f32; 4], boxes: &FlexTensor, size: usize) -> FlexTensor {
    let boxes = boxes.to_contiguous();
    let [n, _] = boxes.layout().shape().dims();
    let [_, channels, _, _] = levels[0].layout().shape().dims();
    let mut output = Vec::with_capacity(n * channels * size * size);
    for region in boxes.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0 {
        let level = level_of((region[2] - region[0]) * (region[3] - region[1]), scales[0]);
        let [_, _, height, width] = levels[level].layout().shape().dims();
        let features = levels[level].as_slice::<f32>().unwrap_or_default();
        let rows = cells(region[1] * scales[level], region[3] * scales[level], size, height);
        let columns = cells(region[0] * scales[level], region[2] * scales[level], size, width);
        for channel in features.chunks_exact(height * width) {
            for &(top, bottom) in &rows {
                for &(left, right) in &columns {
                    let pixels = (top..bottom).flat_map(|y| &channel[y * width + left..y * width + right]);
                    output.push(pixels.copied().reduce(f32::max).unwrap_or(0.0));
                }
            }
        }
    }
    FlexTensor::from_data(TensorData::new(output, [n, channels, size, size]))
}

/// First pixel of each cell of a side and the one after its last, as in `roi_pool_kernel.cpp`.
fn cells(low: f32, high: f32, size: usize, length: usize) -> Vec<(usize, usize)> {
    let (low, high) = (low.round(), high.round());
    let cell = (high - low + 1.0).max(1.0) / size as f32;
    let clip = |pixel: f32| (pixel + low).clamp(0.0, length as f32) as usize;
    (0..size)
        .map(|index| {
            let first = clip((index as f32 * cell).floor());
            (first, clip(((index + 1) as f32 * cell).ceil()).max(first))
        })
        .collect()
}
