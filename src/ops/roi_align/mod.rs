//! RoIAlign over the levels of a pyramid
//! (He et al. 2017, section 3; `MultiScaleRoIAlign` in `torchvision/ops/poolers.py`).

#[cfg(feature = "autodiff")]
mod autodiff;
#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
pub(super) mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`roi_align`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait RoiAlignBackend: Backend {
    /// See [`roi_align`]; `p2` to `p5` are the levels.
    #[allow(clippy::too_many_arguments)]
    fn roi_align(
        p2: FloatTensor<Self>,
        p3: FloatTensor<Self>,
        p4: FloatTensor<Self>,
        p5: FloatTensor<Self>,
        boxes: FloatTensor<Self>,
        scales: [f32; 4],
        size: usize,
        sampling_ratio: usize,
        aligned: bool,
    ) -> FloatTensor<Self>;
}

/// Pools each box from its level with bilinear samples, `sampling_ratio` a side in each cell, and
/// the mean of them.
///
/// With `aligned` a pixel's value is at its centre, half a pixel from its corner (detectron2's
/// `ROIAlignV2`). Without, as in torchvision's networks, it is at its corner, and sides are at least
/// one cell. A `sampling_ratio` of 0 stands for as many samples a side as a cell has pixels of its
/// level, rounded up, as detectron2 takes them; it is for inference only.
///
/// # Shapes
/// - levels: P2 to P5, each `[1, channels, height, width]`
/// - boxes: `[n, 4]`, x1, y1, x2, y2 in pixels of the resized picture
/// - scales: pixels of each level for one of the picture
/// - output: `[n, channels, size, size]`
pub fn roi_align(
    levels: [Tensor<4>; 4],
    boxes: Tensor<2>,
    scales: [f32; 4],
    size: usize,
    sampling_ratio: usize,
    aligned: bool,
) -> Tensor<4> {
    let [p2, p3, p4, p5] = levels.map(Tensor::into_dispatch);
    let boxes = boxes.into_dispatch();
    Tensor::from_dispatch(Dispatch::roi_align(p2, p3, p4, p5, boxes, scales, size, sampling_ratio, aligned))
}
