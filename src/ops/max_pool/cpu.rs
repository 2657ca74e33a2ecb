//! [`max_pool`](super::max_pool) on the CPU: flex's own.

use super::MaxPoolBackend;
use burn::backend::ops::ModuleOps;
use burn_flex::{Flex, FlexTensor};

impl MaxPoolBackend for Flex {
    fn max_pool(input: FlexTensor) -> FlexTensor {
        Flex::max_pool2d(input, [3, 3], [2, 2], [1, 1], [1, 1], false)
    }
}
