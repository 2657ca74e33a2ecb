//! [`batch_norm`](super::batch_norm) and its gradients on the GPU: burn's own.

use super::BatchNormBackend;
use super::autodiff::{BatchNormGradient, BatchNormSaved};
use burn::backend::ops::{ActivationOps, ModuleOps};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl BatchNormBackend for CubeBackend {
    fn normalise_batch(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        eps: f64,
        rectify: bool,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let normalised = Self::batch_norm_train(input, weight, bias, eps);
        let output = if rectify { Self::relu(normalised.output) } else { normalised.output };
        (output, normalised.mean, normalised.variance)
    }
}

impl BatchNormGradient for CubeBackend {
    fn normalise_batch_gradients(saved: BatchNormSaved<Self>, gradient: CubeTensor) -> [CubeTensor; 3] {
        let BatchNormSaved { input, weight, mean, variance, eps, rectified } = saved;
        let gradient = match rectified {
            Some(output) => Self::relu_backward(output, gradient),
            None => gradient,
        };
        let found = Self::batch_norm_train_backward(input, weight, mean, variance, eps, gradient);
        [found.x_grad, found.gamma_grad, found.beta_grad]
    }
}
