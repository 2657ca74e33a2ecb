//! Pooling of regions of interest over the levels of a feature pyramid: RoIAlign
//! (He et al. 2017, section 3; `MultiScaleRoIAlign` in `torchvision/ops/poolers.py`) and the operation
//! that it replaced, RoIPool (Girshick 2015, section 2.1; `torchvision/ops/roi_pool.py`).

pub(super) mod levels;

use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

pub(crate) use levels::level_of;
pub use levels::level_scale;

/// The levels of one image that regions are pooled from.
#[derive(Debug, Clone)]
pub struct RegionPyramid {
    /// P2 to P5, each `[1, channels, height, width]`.
    pub levels: [Tensor<4>; 4],
    /// Pixels of each level per pixel of the resized image.
    pub scales: [f32; 4],
}

/// A [`RegionPyramid`] of one backend.
#[derive(Debug, Clone, ExtensionType)]
pub struct PyramidTensors<B: Backend> {
    /// P2, `[1, channels, height, width]`, as the other levels.
    pub p2: FloatTensor<B>,
    /// P3.
    pub p3: FloatTensor<B>,
    /// P4.
    pub p4: FloatTensor<B>,
    /// P5.
    pub p5: FloatTensor<B>,
    /// Pixels of each level per pixel of the resized image.
    pub scales: [f32; 4],
}

/// What each region becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooling {
    /// Side of the output, in cells.
    pub size: usize,
    /// How the features in a cell become one value.
    pub method: PoolingMethod,
}

/// How the features in a cell become one value per channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolingMethod {
    /// RoIAlign: the mean of bilinear samples.
    Align(Sampling),
    /// RoIPool: the corners of the region are rounded to whole pixels of the level, and each cell takes the
    /// maximum of its pixels; 0 if it has none. It has no gradient.
    Max,
}

/// Where RoIAlign places its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sampling {
    /// Samples per side of a cell. 0 takes as many as the cell has pixels of its level, rounded up, as
    /// detectron2 does; that is for inference only.
    pub ratio: usize,
    /// Whether a pixel's value is at its centre, half a pixel from its corner (detectron2's `ROIAlignV2`).
    /// If not, as in torchvision's networks, it is at its corner, and regions are at least one pixel of
    /// their level wide and high.
    pub aligned: bool,
}

/// What a backend provides for [`roi_pooling`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait RoiPoolingBackend: Backend {
    /// See [`roi_pooling`].
    fn roi_pooling(
        #[extension_type] pyramid: PyramidTensors<Self>,
        boxes: FloatTensor<Self>,
        pooling: Pooling,
    ) -> FloatTensor<Self>;
}

/// Pools each box from the level that suits its size (`levels.rs`).
///
/// On the GPU nothing is computed for a box whose sides are [`ABSENT`](super::ABSENT); its features are
/// undefined.
///
/// # Shapes
/// - boxes: `[n, 4]`, x1, y1, x2, y2 in pixels of the resized image
/// - output: `[n, channels, size, size]`
pub fn roi_pooling(pyramid: RegionPyramid, boxes: Tensor<2>, pooling: Pooling) -> Tensor<4> {
    let RegionPyramid { levels, scales } = pyramid;
    let [p2, p3, p4, p5] = levels.map(Tensor::into_dispatch);
    let pyramid = PyramidTensors { p2, p3, p4, p5, scales };
    Tensor::from_dispatch(Dispatch::roi_pooling(pyramid, boxes.into_dispatch(), pooling))
}
