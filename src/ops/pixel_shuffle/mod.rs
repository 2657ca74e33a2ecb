//! Channels laid out as pixels (Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution
//! Using an Efficient Sub-Pixel Convolutional Neural Network"; `torch.nn.PixelShuffle(2)`).

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What a backend provides for [`pixel_shuffle`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait PixelShuffleBackend: Backend {
    /// See [`pixel_shuffle`].
    fn pixel_shuffle(input: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Each pixel of four channels as 2×2 pixels of one: channel `4 c + 2 y + x` of the input is row `y`
/// and column `x` of the blocks of channel `c`.
///
/// # Shapes
/// - input: `[n, channels × 4, height, width]`
/// - output: `[n, channels, height × 2, width × 2]`
pub fn pixel_shuffle(input: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::pixel_shuffle(input.into_dispatch()))
}
