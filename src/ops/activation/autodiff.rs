//! The gradient of [`Activation`], for layers that apply it in the same pass.

use crate::ops::activation::Activation;
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings, tensor::FloatTensor};

/// The gradient before the activation, from that of the `output`, which is kept where there is an activation.
pub(in crate::ops) fn gradient_before<B: Backend>(
    activation: Activation,
    output: Option<FloatTensor<B>>,
    gradient: FloatTensor<B>,
) -> FloatTensor<B> {
    let Some(output) = output else { return gradient };
    match activation {
        Activation::None => gradient,
        Activation::Relu => B::relu_backward(output, gradient),
        Activation::Relu6 => {
            let dtype = get_or_init_device_settings::<B>(&output.device()).bool_dtype;
            let max = activation.bounds().max;
            let saturated = B::float_greater_equal_elem(output.clone(), max.into(), dtype);
            B::float_mask_fill(B::relu_backward(output, gradient), saturated, 0.0f32.into())
        }
    }
}
