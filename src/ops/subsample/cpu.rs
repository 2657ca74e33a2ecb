//! [`subsample`](super::subsample) on the CPU: a slice.

use super::{SubsampleBackend, slices};
use burn::backend::ops::FloatTensorOps;
use burn_flex::{Flex, FlexTensor};

impl SubsampleBackend for Flex {
    fn subsample(input: FlexTensor) -> FlexTensor {
        let slices = slices(input.layout().shape());
        Self::float_slice(input, &slices)
    }
}
