//! Batch normalisation in training (Ioffe and Szegedy 2015, algorithm 1): with the mean and the
//! variance of the batch itself. Inference has none: it is folded into the convolutions.

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

use super::activation::Activation;

/// What a backend provides for [`batch_norm`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff: cfg(feature = "autodiff"))]
pub trait BatchNormBackend: Backend {
    /// See [`batch_norm`]: the output, the means and the variances.
    fn normalise_batch(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f64,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// Mean and variance of each channel of a batch, `[channels]`; detached from the graph.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    /// The means.
    pub mean: Tensor<1>,
    /// The biased variances: the means of the squared distances from the mean.
    pub variance: Tensor<1>,
}

/// Each channel minus its mean over the batch, divided by its standard deviation, then times a weight plus
/// a bias, and activated.
///
/// # Shapes
/// - input: `[n, channels, height, width]`
/// - weight, bias: `[channels]`
/// - eps: added to the variance, so that a constant channel is not divided by 0
/// - output: as the input
pub fn batch_norm(
    input: Tensor<4>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    eps: f64,
    activation: Activation,
) -> (Tensor<4>, BatchStatistics) {
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    let (output, mean, variance) = Dispatch::normalise_batch(input, weight, bias, eps, activation);
    let [mean, variance] = [mean, variance].map(|tensor| Tensor::from_dispatch(tensor).inner());
    (Tensor::from_dispatch(output), BatchStatistics { mean, variance })
}
