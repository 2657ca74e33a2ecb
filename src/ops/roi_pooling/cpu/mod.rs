//! [`roi_pooling`](crate::ops::roi_pooling::roi_pooling) on the CPU.

pub(in crate::ops) mod align;
mod max;

use crate::ops::roi_pooling::{Pooling, PoolingMethod, PyramidTensors, RoiPoolingBackend};
use burn_flex::{Flex, FlexTensor};

impl RoiPoolingBackend for Flex {
    fn roi_pooling(pyramid: PyramidTensors<Self>, boxes: FlexTensor, pooling: Pooling) -> FlexTensor {
        let PyramidTensors { p2, p3, p4, p5, scales } = pyramid;
        // The image of a batch is contiguous where it is; `to_contiguous` alone would copy it.
        let levels = [p2, p3, p4, p5].map(|level| if level.is_contiguous() { level } else { level.to_contiguous() });
        match pooling.method {
            PoolingMethod::Align(sampling) => align::roi_align(&levels, scales, &boxes, pooling.size, sampling),
            PoolingMethod::Max => max::roi_pool(&levels, scales, &boxes, pooling.size),
        }
    }
}
