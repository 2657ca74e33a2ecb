//! [`depthwise_conv2d`](crate::ops::depthwise_conv2d::depthwise_conv2d) on the CPU, and its gradients: channel by
//! channel, in strips that stay in a core's cache, with the frames and registers of [`conv2d`](crate::ops::conv2d).

#[cfg(feature = "autodiff")]
mod gradients;
mod planes;

use crate::ops::conv2d::ConvSpec;
use crate::ops::cpu::frame::Planes;
use crate::ops::cpu::micro_kernel::Kernel;
use crate::ops::depthwise_conv2d::DepthwiseConv2dBackend;
use burn::tensor::{Shape, TensorData};
use burn_flex::{Flex, FlexTensor};
use planes::{Correlation, Output, Part};

impl DepthwiseConv2dBackend for Flex {
    fn depthwise_conv2d(input: FlexTensor, weight: FlexTensor, bias: FlexTensor, spec: ConvSpec) -> FlexTensor {
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
        let [n, channels, height, width] = input.layout().shape().dims();
        let side = weight.layout().shape()[2];
        let ConvSpec { stride, padding, activation } = spec;
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let correlation = Correlation {
            kernel: Kernel::detect(),
            stride,
            padding: (padding.before(height, side, stride), padding.before(width, side, stride)),
            pitch: out_width + side / 2,
            margin: (side - 1) / stride,
            parts: vec![Part::whole(side, out_width)],
            output: Output { step: 1, height: out_height, width: out_width, bounds: activation.bounds() },
        };
        let values = correlation.run(planes_of(&input), floats(&weight), Some(floats(&bias)));
        tensor(values, [n, channels, out_height, out_width].into())
    }
}

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

fn tensor(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn planes_of(tensor: &FlexTensor) -> Planes<'_> {
    let [_, channels, height, width] = tensor.layout().shape().dims();
    Planes { values: floats(tensor), gate: None, channels, height, width }
}
