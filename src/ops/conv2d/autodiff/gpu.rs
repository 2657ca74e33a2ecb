//! The gradients of [`conv2d`](super::super::conv2d) on the GPU: burn's own.

use super::{Conv2dGradient, Conv2dGradients, Conv2dSaved, Wanted};
use burn::backend::TensorMetadata;
use burn::backend::ops::{ActivationOps, FloatTensorOps, ModuleOps};
use burn::tensor::{Shape, ops::ConvOptions};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

impl Conv2dGradient for CubeBackend {
    fn conv2d_gradients(saved: Conv2dSaved<Self>, gradient: CubeTensor, wanted: Wanted) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, rectified, stride } = saved;
        let padding = weight.shape()[2] / 2;
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        let gradient = match rectified {
            Some(output) => Self::relu_backward(output, gradient),
            None => gradient,
        };
        let outputs = Shape::new([weight.shape()[0]]);
        Conv2dGradients {
            input: wanted
                .input
                .then(|| Self::conv2d_x_backward(input.clone(), weight.clone(), gradient.clone(), options.clone())),
            weight: wanted.weight.then(|| Self::conv2d_weight_backward(input, weight, gradient.clone(), options)),
            bias: wanted.bias.then(|| Self::float_reshape(Self::float_sum_dims(gradient, &[0, 2, 3]), outputs)),
        }
    }
}
