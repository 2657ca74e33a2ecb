//! What a head says of each level of a pyramid, as rows of equal length: anchors one after the other.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`level_rows`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait LevelRowsBackend: Backend {
    /// See [`level_rows`]; `p2` to `p6` are the levels.
    fn level_rows(
        p2: FloatTensor<Self>,
        p3: FloatTensor<Self>,
        p4: FloatTensor<Self>,
        p5: FloatTensor<Self>,
        p6: FloatTensor<Self>,
        picture: usize,
        columns: usize,
    ) -> FloatTensor<Self>;
}

/// The values of each anchor of one picture, rows of cells first, then cells, then aspect ratios;
/// [`ABSENT`](super::ABSENT) behind the last anchor of a level that is shorter than the longest.
///
/// # Shapes
/// - levels: P2 to P6, each `[pictures, ratios × columns, height, width]`
/// - output: `[5, longest, columns]`, with as many entries as the longest level has anchors
pub fn level_rows(levels: [Tensor<4>; 5], picture: usize, columns: usize) -> Tensor<3> {
    let [p2, p3, p4, p5, p6] = levels.map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::level_rows(p2, p3, p4, p5, p6, picture, columns))
}

/// Anchors of the level that has most of them; shapes are those of the levels.
fn longest(shapes: [[usize; 4]; 5], columns: usize) -> usize {
    shapes.iter().map(|[_, channels, height, width]| channels / columns * height * width).max().unwrap_or(0)
}
