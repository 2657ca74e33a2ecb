//! [`linear`](super::linear) on the CPU: flex's own matrix product.

use super::LinearBackend;
use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn_flex::{Flex, FlexTensor};

impl LinearBackend for Flex {
    fn linear_bias(input: FlexTensor, weight: FlexTensor, bias: FlexTensor, rectify: bool) -> FlexTensor {
        let outputs = bias.layout().shape()[0];
        let product = Flex::float_matmul(input, weight);
        let output = Flex::float_add(product, bias.reshape([1, outputs].into()));
        if rectify { Flex::relu(output) } else { output }
    }
}
