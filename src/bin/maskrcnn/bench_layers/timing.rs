//! How long a layer takes.

use std::time::Instant;

use burn::tensor::{DType, Device, Distribution, Tensor};
use futures_lite::future::block_on;
use maskrcnn_web::model::Dtype;
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::{ConvSpec, Padding, conv2d, packed, present_conv2d, residual_conv2d};
use maskrcnn_web::ops::depthwise_conv2d::depthwise_conv2d;
use maskrcnn_web::ops::layer_shapes::{LayerKind, LayerShape};
use maskrcnn_web::ops::linear::linear;
use maskrcnn_web::{Error, Result};

/// Runs of a layer, between two waits for the device, take at least so long, so that the wait counts little.
const MIN_MILLISECONDS: f64 = 20.0;
/// More runs than this would fill the device's queue.
const MAX_RUNS: usize = 1 << 10;
/// Measurements of which the median counts.
const TRIES: usize = 5;

/// A layer with everything that it is computed from.
struct Operands {
    shape: LayerShape,
    input: Tensor<4>,
    /// For a linear layer `[1, 1, inputs, outputs]`, so that it lies as it is used.
    weight: Tensor<4>,
    bias: Tensor<1>,
    shortcut: Option<Tensor<4>>,
}

/// Milliseconds of one run of the layer on a device that has computed it before.
pub(super) fn milliseconds(shape: LayerShape, dtype: Dtype, device: &Device) -> Result<f64> {
    let operands = Operands::new(shape, dtype, device);
    operands.time(1)?;
    let mut runs = 1;
    while operands.time(runs)? < MIN_MILLISECONDS && runs < MAX_RUNS {
        runs *= 2;
    }
    let mut times = (0..TRIES).map(|_| operands.time(runs)).collect::<Result<Vec<f64>>>()?;
    times.sort_by(f64::total_cmp);
    Ok(times[TRIES / 2] / runs as f64)
}

impl Operands {
    fn new(shape: LayerShape, dtype: Dtype, device: &Device) -> Self {
        let LayerShape { kind, n, inputs, outputs, height, width, kernel, stride } = shape;
        let dtype = if dtype == Dtype::F16 { DType::F16 } else { DType::F32 };
        let values =
            |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), device).cast(dtype);
        let shortcut = || values([n, outputs, height.div_ceil(stride), width.div_ceil(stride)]);
        Self {
            shape,
            input: values([n, inputs, height, width]),
            weight: match kind {
                LayerKind::Linear => values([1, 1, inputs, outputs]),
                LayerKind::Depthwise => values([outputs, 1, kernel, kernel]),
                _ => packed(values([outputs, inputs, kernel, kernel])),
            },
            bias: Tensor::<1>::zeros([outputs], device).cast(dtype),
            shortcut: (kind == LayerKind::Residual).then(shortcut),
        }
    }

    /// Milliseconds of this many runs.
    fn time(&self, runs: usize) -> Result<f64> {
        let start = Instant::now();
        let mut last = None;
        for _ in 0..runs {
            last = Some(self.run());
        }
        if let Some(output) = last {
            let data = block_on(output.cast(DType::F32).into_data_async());
            let data = data.map_err(|error| Error::DeviceLost(format!("the device gave up: {error}")))?;
            // What is waited for comes only when it is looked at.
            let value = data.try_into_vec::<f32>().map_err(|error| Error::Internal(error.to_string()))?;
            debug_assert_eq!(value.len(), 1);
        }
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }

    /// The first value of the output.
    fn run(&self) -> Tensor<1> {
        let LayerShape { kind, n, inputs, outputs, stride, .. } = self.shape;
        let (input, weight, bias) = (self.input.clone(), self.weight.clone(), self.bias.clone());
        let activation = Activation::Relu;
        let spec = ConvSpec { stride, padding: Padding::Half, activation };
        let output = match (kind, &self.shortcut) {
            (LayerKind::Residual, Some(shortcut)) => residual_conv2d(input, weight, bias, shortcut.clone(), stride),
            (LayerKind::Present, _) => {
                let scores = Tensor::zeros([n], &input.device());
                present_conv2d(input, weight, bias, scores, activation)
            }
            (LayerKind::Linear, _) => {
                let weight = weight.reshape([inputs, outputs]);
                let output = linear(input.reshape([n, inputs]), weight, bias, activation);
                output.reshape([n, outputs, 1, 1])
            }
            (LayerKind::Depthwise, _) => depthwise_conv2d(input, weight, bias, spec),
            _ => conv2d(input, weight, bias, spec),
        };
        let values: usize = output.dims().iter().product();
        output.reshape([values]).narrow(0, 0, 1)
    }
}
