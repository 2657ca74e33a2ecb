//! [`multiply_adds`](crate::ops::multiply_adds::multiply_adds) on the CPU: with the tiles and threads of convolutions.

use crate::ops::cpu::micro_kernel::{Kernel, MAX_COLUMNS, MAX_ROWS, MultiplyAdds};
use crate::ops::multiply_adds::{Line, MultiplyAddsBackend};
use crate::ops::parallel;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl MultiplyAddsBackend for Flex {
    fn multiply_adds(values: FlexTensor, line: Line, rounds: u32) -> FlexTensor {
        let values = values.to_contiguous();
        let mut output = values.as_slice().unwrap_or_default().to_vec();
        let kernel = Kernel::detect();
        let length = kernel.rows * kernel.columns();
        parallel::for_each_chunk(&mut output, length, |_, part| {
            let mut tile = [0.0; MAX_ROWS * MAX_COLUMNS];
            tile[..part.len()].copy_from_slice(part);
            kernel.multiply_adds(&MultiplyAdds { line, rounds }, &mut tile);
            part.copy_from_slice(&tile[..part.len()]);
        });
        let n = output.len();
        FlexTensor::from_data(TensorData::new(output, [n]))
    }
}
