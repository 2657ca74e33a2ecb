//! [`multiply_adds`](super::multiply_adds) on the CPU: tiles as convolutions have them, on as many threads.

use super::{Line, MultiplyAddsBackend};
use crate::ops::micro_kernel::{Kernel, MOST_COLUMNS, MOST_ROWS};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};
#[cfg(feature = "threads")]
use rayon::prelude::*;

impl MultiplyAddsBackend for Flex {
    fn multiply_adds(values: FlexTensor, line: Line, rounds: u32) -> FlexTensor {
        let values = values.to_contiguous();
        let mut output = values.as_slice().unwrap_or_default().to_vec();
        let kernel = Kernel::detect();
        let length = kernel.rows * kernel.columns();
        #[cfg(feature = "threads")]
        let parts = output.par_chunks_mut(length);
        #[cfg(not(feature = "threads"))]
        let parts = output.chunks_mut(length);
        parts.for_each(|part| {
            let mut tile = [0.0; MOST_ROWS * MOST_COLUMNS];
            tile[..part.len()].copy_from_slice(part);
            kernel.multiply_adds(&mut tile, line.factor, line.summand, rounds);
            part.copy_from_slice(&tile[..part.len()]);
        });
        let n = output.len();
        FlexTensor::from_data(TensorData::new(output, [n]))
    }
}
