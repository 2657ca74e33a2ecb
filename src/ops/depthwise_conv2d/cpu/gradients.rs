//! The gradients of [`depthwise_conv2d`](crate::ops::depthwise_conv2d::depthwise_conv2d) on the CPU.

use super::planes::{Correlation, Output, Part, plane, strips};
use super::{floats, planes_of, tensor};
use crate::ops::activation::Activation;
use crate::ops::autodiff::conv2d::{Conv2dGradients, Conv2dSaved, Wanted};
use crate::ops::autodiff::depthwise_conv2d::DepthwiseConv2dGradient;
use crate::ops::conv2d::ConvSpec;
use crate::ops::cpu::conv2d::bias_gradient;
use crate::ops::cpu::frame::{FrameLayout, Gate, Line, Planes, with_room};
use crate::ops::cpu::micro_kernel::{DotProducts, Kernel, MAX_COLUMNS, MAX_ROWS};
use crate::ops::parallel;
use burn_flex::{Flex, FlexTensor};

impl DepthwiseConv2dGradient for Flex {
    fn depthwise_conv2d_gradients(
        saved: Conv2dSaved<Self>,
        gradient: FlexTensor,
        wanted: Wanted,
    ) -> Conv2dGradients<Self> {
        let Conv2dSaved { input, weight, output, spec } = saved;
        let [input, weight, gradient] = [input, weight, gradient].map(|tensor| tensor.to_contiguous());
        let output = output.map(|output| output.to_contiguous());
        let gate = output.as_ref().map(|output| Gate { output: floats(output), bounds: spec.activation.bounds() });
        let (shape, weight_shape) = (input.layout().shape().clone(), weight.layout().shape().clone());
        let [_, channels, height, width] = shape.dims();
        let side = weight_shape[2];
        let gradient = Planes { gate, ..planes_of(&gradient) };
        let of_input = || {
            let correlation = input_correlation(gradient.width, side, spec, (height, width));
            tensor(correlation.run(gradient, floats(&weight), None), shape)
        };
        Conv2dGradients {
            input: wanted.input.then(of_input),
            weight: wanted
                .weight
                .then(|| tensor(weight_gradient(&planes_of(&input), &gradient, side, spec), weight_shape)),
            bias: wanted.bias.then(|| tensor(bias_gradient(gradient), [channels].into())),
        }
    }
}

/// The input's gradient from an output's of this width: see `conv2d/cpu/gradients/input.rs`.
fn input_correlation(
    gradient_width: usize,
    side: usize,
    spec: ConvSpec,
    (height, width): (usize, usize),
) -> Correlation {
    let stride = spec.stride;
    let [above, left] = [height, width].map(|length| spec.padding.before(length, side, stride));
    let margin = side / 2;
    // Which values of the kernel reach pixels with this remainder, and where each reads.
    let along = |padding: usize, rest: usize| {
        let taps = (0..side).filter(move |tap| (rest + padding + stride * side - tap).is_multiple_of(stride));
        taps.map(move |tap| (tap, (rest + padding + margin * stride - tap) / stride))
    };
    let parts = (0..stride * stride)
        .map(|phase| {
            let (row, column) = (phase / stride, phase % stride);
            let pairs = along(above, row).flat_map(|y| along(left, column).map(move |x| (y, x)));
            let (reads, taps) = pairs.map(|((y, from_y), (x, from_x))| ((from_y, from_x), y * side + x)).unzip();
            Part { row, column, width: (width - column.min(width)).div_ceil(stride), reads, taps }
        })
        .collect();
    Correlation {
        kernel: Kernel::detect(),
        stride: 1,
        padding: (margin, margin),
        pitch: gradient_width + margin,
        margin: margin * 2,
        parts,
        output: Output { step: stride, height, width, bounds: Activation::None.bounds() },
    }
}

/// The weight's gradient, `[channels, 1, side, side]`: products of the output's gradient with the input, shifted.
fn weight_gradient(input: &Planes<'_>, gradient: &Planes<'_>, side: usize, spec: ConvSpec) -> Vec<f32> {
    let kernel = Kernel::detect();
    let ConvSpec { stride, padding, .. } = spec;
    let padding = (padding.before(input.height, side, stride), padding.before(input.width, side, stride));
    let layout = FrameLayout { stride, padding, pitch: gradient.width + side / 2, margin: (side - 1) / stride };
    let entries = input.values.len() / (input.channels * input.height * input.width).max(1);
    let of_channel = |_, channel: usize| {
        let mut sums = vec![0.0; side * side];
        let mut others = Vec::new();
        for entry in 0..entries {
            let index = entry * input.channels + channel;
            let (input, gradient) = (plane(input, index), plane(gradient, index));
            for rows in strips(gradient.height, layout.margin, stride.pow(2) * layout.pitch) {
                others.clear();
                others.resize((rows.len() * layout.pitch).next_multiple_of(kernel.columns()), 0.0);
                for (row, line) in rows.clone().zip(others.chunks_exact_mut(layout.pitch)) {
                    gradient.copy(Line { entry: 0, channel: 0, row }, 0, 1, &mut line[..gradient.width]);
                }
                with_room(|frame| {
                    frame.resize(layout.len(1, rows.len(), MAX_ROWS * MAX_COLUMNS), 0.0);
                    layout.fill(frame, &input, 0, rows.clone());
                    add(&kernel, &layout, (frame, &others), (side, rows.len()), &mut sums);
                });
            }
        }
        sums
    };
    let sums = parallel::map((0..input.channels).collect(), of_channel);
    sums.into_iter().flatten().map(|sum: f64| sum as f32).collect()
}

/// Adds the products of a strip of `rows` rows, laid out in a frame, with `others`, for each value of a kernel.
fn add(
    kernel: &Kernel,
    layout: &FrameLayout,
    (frame, others): (&[f32], &[f32]),
    (side, rows): (usize, usize),
    sums: &mut [f64],
) {
    let mut tile = [0.0; MAX_ROWS * MAX_COLUMNS];
    for first in (0..side * side).step_by(kernel.rows) {
        let mut offsets = [0; MAX_ROWS];
        for (offset, tap) in offsets.iter_mut().zip(first..side * side).take(kernel.rows) {
            *offset = layout.offset(0, (tap / side, tap % side), rows);
        }
        kernel.dot(&DotProducts { frame, offsets, others }, &mut tile);
        for (sum, products) in sums[first..].iter_mut().zip(tile.chunks_exact(kernel.columns())).take(kernel.rows) {
            *sum += products.iter().map(|&product| f64::from(product)).sum::<f64>();
        }
    }
}
