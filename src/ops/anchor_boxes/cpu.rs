//! [`anchor_boxes`](crate::ops::anchor_boxes::anchor_boxes) on the CPU.

use crate::ops::ABSENT;
use crate::ops::anchor_boxes::{AnchorBoxesBackend, AnchorGrid, BatchLimits};
use crate::ops::box_coder::{decode_clipped, is_large_box};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl AnchorBoxesBackend for Flex {
    fn anchor_boxes(
        chosen: FlexTensor,
        scores: FlexTensor,
        deltas: FlexTensor,
        grids: [AnchorGrid; 5],
        limits: BatchLimits,
    ) -> (FlexTensor, FlexTensor) {
        let [rows, k] = chosen.layout().shape().dims();
        let [_, longest] = scores.layout().shape().dims();
        let (chosen, scores, deltas) = (chosen.to_contiguous(), scores.to_contiguous(), deltas.to_contiguous());
        let chosen = chosen.as_slice::<i32>().unwrap_or_default();
        let scores = scores.as_slice::<f32>().unwrap_or_default();
        let deltas = deltas.as_slice::<f32>().unwrap_or_default().as_chunks::<4>().0;
        let found = chosen.iter().enumerate().map(|(index, &entry)| {
            let (row, entry) = (index / k, entry as usize);
            let score = scores[row * longest + entry];
            if score <= ABSENT {
                return ([0.0; 4], ABSENT);
            }
            let anchor = grids[row % grids.len()].anchor(entry);
            let image = limits.images[row / grids.len()];
            let decoded = decode_clipped(deltas[row * longest + entry], anchor, image);
            (decoded, if is_large_box(decoded, limits.min_size) { score } else { ABSENT })
        });
        let (boxes, scores): (Vec<[f32; 4]>, Vec<f32>) = found.unzip();
        (
            FlexTensor::from_data(TensorData::new(boxes.into_flattened(), [rows * k, 4])),
            FlexTensor::from_data(TensorData::new(scores, [rows, k])),
        )
    }
}

impl AnchorGrid {
    /// An anchor of the level: rows of cells first, then cells, then aspect ratios.
    fn anchor(&self, entry: usize) -> [f32; 4] {
        let cell = entry / self.base.len();
        let x = (cell % self.columns) as f32 * self.strides[0];
        let y = (cell / self.columns) as f32 * self.strides[1];
        let [x1, y1, x2, y2] = self.base[entry % self.base.len()];
        [x1 + x, y1 + y, x2 + x, y2 + y]
    }
}
