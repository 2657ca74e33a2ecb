//! The gradients of RoIAlign on the CPU: each sample adds its share to its four corners. A group of
//! channels is summed by one thread, so the order of sums is fixed.

use crate::ops::autodiff::roi_pooling::{RoiAlignSaved, RoiPoolingGradient};
use crate::ops::cpu::roi_pooling::align::{LANES, Region, Sample, regions};
use crate::ops::parallel;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl RoiPoolingGradient for Flex {
    fn roi_align_gradients(saved: RoiAlignSaved<Self>, gradient: FlexTensor) -> [FlexTensor; 4] {
        let RoiAlignSaved { levels, boxes, scales, sampling } = saved;
        let [_, channels, size, _] = gradient.layout().shape().dims();
        let regions = regions(&boxes, &levels, scales, size, sampling);
        let gradient = gradient.to_contiguous();
        let gradient = gradient.as_slice::<f32>().unwrap_or_default();
        let areas = levels.each_ref().map(|level| level[2] * level[3]);
        let mut found = areas.map(|area| vec![0.0; channels * area]);
        let [p2, p3, p4, p5] = &mut found;
        let groups = (p2.chunks_mut(LANES * areas[0]).zip(p3.chunks_mut(LANES * areas[1])))
            .zip(p4.chunks_mut(LANES * areas[2]).zip(p5.chunks_mut(LANES * areas[3])));
        parallel::for_each(groups.collect(), |group, ((p2, p3), (p4, p5))| {
            let mut sums = areas.map(|area| vec![[0.0; LANES]; area]);
            let cells = size * size;
            let lanes = (channels - group * LANES).min(LANES);
            for (region, cells_of) in regions.iter().zip(gradient.chunks_exact(channels * cells)) {
                let cells_of = &cells_of[group * LANES * cells..][..lanes * cells];
                give_back(region, cells_of, cells, &mut sums[region.level]);
            }
            for ((planes, sums), area) in [p2, p3, p4, p5].into_iter().zip(&sums).zip(areas) {
                for (lane, plane) in planes.chunks_exact_mut(area).enumerate() {
                    plane.iter_mut().zip(sums).for_each(|(value, sums)| *value = sums[lane]);
                }
            }
        });
        core::array::from_fn(|level| {
            let values = core::mem::take(&mut found[level]);
            FlexTensor::from_data(TensorData::new(values, levels[level].clone()))
        })
    }
}

/// Adds the gradients of a box's cells, channel by channel, to those of its level's pixels.
fn give_back(region: &Region, gradient: &[f32], cells: usize, sums: &mut [[f32; LANES]]) {
    for (cell, samples) in region.samples.chunks_exact(region.samples_per_cell.max(1)).enumerate() {
        let mut shares = [0.0; LANES];
        for (share, channel) in shares.iter_mut().zip(gradient.chunks_exact(cells)) {
            *share = channel[cell] / region.samples_per_cell as f32;
        }
        for Sample { pixels, weights } in samples {
            for (&pixel, &weight) in pixels.iter().zip(weights) {
                for (sum, share) in sums[pixel].iter_mut().zip(shares) {
                    *sum += weight * share;
                }
            }
        }
    }
}
