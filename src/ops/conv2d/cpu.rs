//! [`conv2d`](super::conv2d) on the CPU: flex's own, which WebAssembly has the least code with.

use super::Conv2dBackend;
use burn::backend::ops::{ActivationOps, ModuleOps};
use burn::tensor::ops::ConvOptions;
use burn_flex::{Flex, FlexTensor};

impl Conv2dBackend for Flex {
    fn conv2d_bias(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        stride: usize,
        rectify: bool,
    ) -> FlexTensor {
        let padding = weight.layout().shape()[2] / 2;
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        let output = Flex::conv2d(input, weight, Some(bias), options);
        if rectify { Flex::relu(output) } else { output }
    }
}
