//! The gradients of [`roi_align`](super::super::roi_align) on the CPU: each sample gives its share
//! back to its four corners. A channel of a level is one thread's, so the order of sums is fixed.

use super::{RoiAlignGradient, RoiAlignSaved};
use crate::ops::roi_align::cpu::{Sample, samples};
use crate::ops::roi_levels::level_of;
use burn::tensor::{Shape, TensorData};
use burn_flex::{Flex, FlexTensor};
use rayon::prelude::*;

/// A box, and where its samples are in its level.
struct Region {
    index: usize,
    samples: Vec<Sample>,
}

impl RoiAlignGradient for Flex {
    fn roi_align_gradients(saved: RoiAlignSaved<Self>, gradient: FlexTensor) -> [FlexTensor; 4] {
        let RoiAlignSaved { levels, boxes, scales, sampling_ratio } = saved;
        let [_, channels, size, _] = gradient.layout().shape().dims();
        let (boxes, gradient) = (boxes.to_contiguous(), gradient.to_contiguous());
        let boxes = boxes.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0;
        let gradient = gradient.as_slice::<f32>().unwrap_or_default();
        core::array::from_fn(|level| {
            let [_, _, height, width] = levels[level].dims();
            let here =
                |region: &[f32; 4]| level_of((region[2] - region[0]) * (region[3] - region[1]), scales[0]) == level;
            let regions: Vec<Region> = boxes
                .iter()
                .enumerate()
                .filter(|(_, region)| here(region))
                .map(|(index, region)| Region {
                    index,
                    samples: samples(region, scales[level], size, sampling_ratio, height, width),
                })
                .collect();
            let mut found = vec![0.0; channels * height * width];
            if !regions.is_empty() {
                found.par_chunks_exact_mut(height * width).enumerate().for_each(|(channel, plane)| {
                    for region in &regions {
                        let cells = &gradient[(region.index * channels + channel) * size * size..][..size * size];
                        give_back(plane, &region.samples, cells, sampling_ratio * sampling_ratio);
                    }
                });
            }
            FlexTensor::from_data(TensorData::new(found, Shape::new([1, channels, height, width])))
        })
    }
}

/// Adds the gradients of a box's cells in one channel to the channel's.
fn give_back(plane: &mut [f32], samples: &[Sample], cells: &[f32], samples_a_cell: usize) {
    for (cell, &gradient) in samples.chunks_exact(samples_a_cell).zip(cells) {
        let share = gradient / samples_a_cell as f32;
        for sample in cell {
            for (&offset, &weight) in sample.offsets.iter().zip(&sample.weights) {
                plane[offset] += weight * share;
            }
        }
    }
}
