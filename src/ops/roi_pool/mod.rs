//! RoIPool over the levels of a pyramid, the operation that RoIAlign replaced
//! (Girshick 2015, section 2.1; `torchvision/ops/roi_pool.py`).

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
pub(super) mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`roi_pool`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait RoiPoolBackend: Backend {
    /// See [`roi_pool`]; `p2` to `p5` are the levels.
    fn roi_pool(
        p2: FloatTensor<Self>,
        p3: FloatTensor<Self>,
        p4: FloatTensor<Self>,
        p5: FloatTensor<Self>,
        boxes: FloatTensor<Self>,
        scales: [f32; 4],
        size: usize,
    ) -> FloatTensor<Self>;
}

/// Pools each box from its level: corners rounded to whole cells, then the maximum of each of
/// `size × size` parts; 0 for a part without cells.
///
/// # Shapes
/// As [`roi_align`](crate::ops::roi_align::roi_align).
pub fn roi_pool(levels: [Tensor<4>; 4], boxes: Tensor<2>, scales: [f32; 4], size: usize) -> Tensor<4> {
    let [p2, p3, p4, p5] = levels.map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::roi_pool(p2, p3, p4, p5, boxes.into_dispatch(), scales, size))
}
