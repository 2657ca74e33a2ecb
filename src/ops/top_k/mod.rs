//! The k largest scores of each row, in order.

use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

/// What a backend provides for [`top_k`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait TopKBackend: Backend {
    /// See [`top_k`].
    fn top_k(scores: FloatTensor<Self>, k: usize) -> IntTensor<Self>;
}

/// The indices of the `k` largest scores of each row.
///
/// # Shapes
/// - scores: `[rows, n]`, with `n` at most [`MAX_ROW`]
/// - output: `[rows, min(k, n)]`, indices into the row, largest score first; ties are broken
///   by the lower index
pub fn top_k(scores: Tensor<2>, k: usize) -> Tensor<2, Int> {
    let k = k.min(scores.dims()[1]);
    Tensor::from_dispatch(Dispatch::top_k(scores.into_dispatch(), k))
}

/// The maximum row length of [`top_k`]. The largest level of an 800×1333 image has 200,400 anchors.
pub const MAX_ROW: usize = 1 << 22;
