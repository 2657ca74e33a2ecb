//! [`top_k`](crate::ops::top_k::top_k) on the CPU: select, then sort what was selected.

use crate::ops::top_k::TopKBackend;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl TopKBackend for Flex {
    fn top_k(scores: FlexTensor, k: usize) -> FlexTensor {
        let scores = scores.to_contiguous();
        let [rows, n] = scores.layout().shape().dims();
        let mut indices = Vec::with_capacity(rows * k);
        if let Some(values) = scores.as_slice::<f32>().filter(|_| n > 0) {
            for row in values.chunks_exact(n) {
                indices.extend(row_top_k(row, k));
            }
        }
        FlexTensor::from_data(TensorData::new(indices, [rows, k]))
    }
}

fn row_top_k(row: &[f32], k: usize) -> Vec<i32> {
    let best_first = |&a: &u32, &b: &u32| row[b as usize].total_cmp(&row[a as usize]).then(a.cmp(&b));
    let mut order: Vec<u32> = (0..row.len() as u32).collect();
    if k < order.len() {
        order.select_nth_unstable_by(k, best_first);
        order.truncate(k);
    }
    order.sort_unstable_by(best_first);
    order.into_iter().map(|index| index as i32).collect()
}
