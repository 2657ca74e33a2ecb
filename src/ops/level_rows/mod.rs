//! What a head predicts for each level of a pyramid, as rows of equal length: anchor after anchor.

use core::ops::Range;

use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a head predicts for P2 to P6, each `[n, ratios × columns, height, width]`.
#[derive(Debug, Clone, ExtensionType)]
pub struct Levels<B: Backend> {
    /// For P2.
    pub p2: FloatTensor<B>,
    /// For P3.
    pub p3: FloatTensor<B>,
    /// For P4.
    pub p4: FloatTensor<B>,
    /// For P5.
    pub p5: FloatTensor<B>,
    /// For P6.
    pub p6: FloatTensor<B>,
}

/// What a backend provides for [`level_rows`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait LevelRowsBackend: Backend {
    /// See [`level_rows`].
    fn level_rows(#[extension_type] levels: Levels<Self>, entries: Range<usize>, columns: usize) -> FloatTensor<Self>;
}

/// The values of each anchor of some batch entries, by rows of cells, then cells, then aspect ratios;
/// padded with [`ABSENT`](super::ABSENT) after the last anchor of a level that is shorter than the longest.
///
/// # Shapes
/// - levels: P2 to P6, each `[n, ratios × columns, height, width]`
/// - output: `[entries × 5, longest, columns]`, all levels of an entry after the other, where `longest` is the number of anchors of the largest level
pub fn level_rows(levels: [Tensor<4>; 5], entries: Range<usize>, columns: usize) -> Tensor<3> {
    let [p2, p3, p4, p5, p6] = levels.map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::level_rows(Levels { p2, p3, p4, p5, p6 }, entries, columns))
}

/// Number of anchors of the largest level, from the shapes of the levels.
pub(super) fn longest(shapes: [[usize; 4]; 5], columns: usize) -> usize {
    shapes.iter().map(|[_, channels, height, width]| channels / columns * height * width).max().unwrap_or(0)
}
