//! The gradients of convolutions.

use burn::tensor::activation::relu;
use burn::tensor::module::conv2d as burn_conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::{ConvSpec, Padding, conv2d, residual_conv2d};
use maskrcnn_web::ops::depthwise_conv2d::depthwise_conv2d;

use super::{activated, against_noise, constant, parameter, relative_error};
use crate::{devices, values};

/// A convolution with stride 1 and a ReLU.
const RELU: ConvSpec = ConvSpec { stride: 1, padding: Padding::Half, activation: Activation::Relu };

/// Images, inputs, outputs, height, width, kernel, stride.
const CONVOLUTIONS: [[usize; 7]; 13] = [
    [2, 3, 8, 17, 23, 7, 2],
    [1, 3, 32, 64, 48, 7, 2],
    [2, 5, 7, 9, 11, 3, 1],
    [3, 32, 48, 24, 24, 3, 1],
    [2, 17, 33, 37, 29, 3, 1],
    [1, 4, 6, 12, 13, 3, 2],
    [2, 32, 48, 25, 24, 3, 2],
    [3, 8, 5, 4, 6, 1, 1],
    [1, 8, 9, 7, 7, 1, 2],
    [2, 48, 96, 16, 18, 1, 2],
    [1, 1, 1, 1, 1, 3, 1],
    [5, 2, 4, 1, 40, 3, 2],
    // Enough weights that a GPU's threads have several rows each.
    [3, 500, 250, 4, 5, 3, 1],
];

/// How convolutions are padded and activated.
const SPECS: [(Padding, Activation); 4] = [
    (Padding::Half, Activation::None),
    (Padding::Half, Activation::Relu),
    (Padding::Half, Activation::Relu6),
    (Padding::Same, Activation::Relu6),
];

/// burn's convolution, with zeros put around the input before it.
fn burns_conv2d([input, weight]: [Tensor<4>; 2], bias: Tensor<1>, spec: ConvSpec, groups: usize) -> Tensor<4> {
    let ([_, _, height, width], [_, _, kernel, _]) = (input.dims(), weight.dims());
    let sides = |length: usize| {
        let before = spec.padding.before(length, kernel, spec.stride);
        let all = (length.div_ceil(spec.stride) - 1) * spec.stride + kernel;
        (before, all.saturating_sub(length + before))
    };
    let ((top, bottom), (left, right)) = (sides(height), sides(width));
    let padded = input.pad((left, right, top, bottom), 0.0);
    let output = burn_conv2d(padded, weight, Some(bias), ConvOptions::new([spec.stride; 2], [0; 2], [1; 2], groups));
    activated(output, spec.activation)
}

/// The gradients by input, weight and bias of what `convolve` makes of them, all noise.
fn gradients(
    (input, weight): ([usize; 4], [usize; 4]),
    device: &Device,
    convolve: impl FnOnce(Tensor<4>, Tensor<4>, Tensor<1>) -> Tensor<4>,
) -> [(&'static str, Vec<f32>); 3] {
    let (input, weight, bias) =
        (parameter(input, 1, device), parameter(weight, 2, device), parameter([weight[0]], 3, device));
    let grads = against_noise(convolve(input.clone(), weight.clone(), bias.clone())).backward();
    [
        ("input", values(input.grad(&grads).expect("an input's gradient"))),
        ("weight", values(weight.grad(&grads).expect("a weight's gradient"))),
        ("bias", values(bias.grad(&grads).expect("a bias's gradient"))),
    ]
}

#[test]
fn of_convolutions() {
    for sizes in CONVOLUTIONS {
        let [n, inputs, outputs, height, width, kernel, stride] = sizes;
        let shapes = ([n, inputs, height, width], [outputs, inputs, kernel, kernel]);
        for device in devices() {
            let device = device.autodiff();
            for (padding, activation) in SPECS {
                let spec = ConvSpec { stride, padding, activation };
                let got = gradients(shapes, &device, |input, weight, bias| conv2d(input, weight * 5.0, bias, spec));
                let want = gradients(shapes, &device, |input, weight, bias| {
                    burns_conv2d([input, weight * 5.0], bias, spec, 1)
                });
                for ((name, got), (_, want)) in got.iter().zip(&want) {
                    let error = relative_error(got, want);
                    assert!(error < 1e-5, "{name}, {sizes:?}, {padding:?}, {activation:?}, on {device:?}: {error}");
                }
            }
        }
    }
}

/// Images, channels, height, width, kernel, stride.
const DEPTHWISE: [[usize; 6]; 8] = [
    [1, 1, 1, 1, 3, 1],
    [2, 3, 9, 11, 3, 1],
    [1, 4, 8, 12, 3, 2],
    [2, 3, 9, 11, 3, 2],
    [2, 5, 6, 7, 5, 1],
    [3, 2, 12, 9, 5, 2],
    [1, 33, 4, 5, 5, 2],
    // Several strips.
    [2, 2, 150, 161, 3, 1],
];

#[test]
fn of_depthwise_convolutions() {
    // burn's own on the CPU: on a GPU the sums of its weight's gradient are not exact.
    let cpu = Device::flex().autodiff();
    for sizes in DEPTHWISE {
        let [n, channels, height, width, kernel, stride] = sizes;
        let shapes = ([n, channels, height, width], [channels, 1, kernel, kernel]);
        for device in devices() {
            let device = device.autodiff();
            for (padding, activation) in SPECS {
                let spec = ConvSpec { stride, padding, activation };
                let got =
                    gradients(shapes, &device, |input, weight, bias| depthwise_conv2d(input, weight * 5.0, bias, spec));
                let want = gradients(shapes, &cpu, |input, weight, bias| {
                    burns_conv2d([input, weight * 5.0], bias, spec, channels)
                });
                for ((name, got), (_, want)) in got.iter().zip(&want) {
                    let error = relative_error(got, want);
                    assert!(error < 2e-5, "{name}, {sizes:?}, {padding:?}, {activation:?}, on {device:?}: {error}");
                }
            }
        }
    }
}

/// What is frozen has no gradient, and what else has is the same.
#[test]
fn of_a_convolution_with_frozen_parts() {
    let device = Device::flex().autodiff();
    let run = |frozen: [bool; 3]| {
        let input = constant([2, 3, 9, 10], 1, &device).set_require_grad(!frozen[0]);
        let weight = constant([4, 3, 3, 3], 2, &device).set_require_grad(!frozen[1]);
        let bias = constant([4], 3, &device).set_require_grad(!frozen[2]);
        let grads = against_noise(conv2d(input.clone(), weight.clone(), bias.clone(), RELU)).backward();
        [input.grad(&grads).map(values), weight.grad(&grads).map(values), bias.grad(&grads).map(values)]
    };
    let all = run([false; 3]);
    for frozen in [[true, false, false], [false, true, true], [true, true, false]] {
        for (index, found) in run(frozen).into_iter().enumerate() {
            assert_eq!(found, all[index].clone().filter(|_| !frozen[index]), "part {index}, frozen {frozen:?}");
        }
    }
}

#[test]
fn are_the_same_on_every_run() {
    let device = Device::flex().autodiff();
    let run = || {
        let input = parameter([3, 16, 40, 36], 1, &device);
        let weight = parameter([24, 16, 3, 3], 2, &device);
        let bias = parameter([24], 3, &device);
        let grads = against_noise(conv2d(input.clone(), weight.clone(), bias.clone(), RELU)).backward();
        let found = [input.grad(&grads).map(values), weight.grad(&grads).map(values), bias.grad(&grads).map(values)];
        found.map(|gradient| gradient.expect("a gradient").into_iter().map(f32::to_bits).collect::<Vec<_>>())
    };
    let first = run();
    for _ in 0..5 {
        assert!(run() == first);
    }
}

#[test]
fn of_a_shortcut() {
    for device in devices() {
        let device = device.autodiff();
        let [got, want] = [true, false].map(|own| {
            let input = parameter([2, 3, 5, 6], 1, &device);
            let weight = parameter([4, 3, 3, 3], 2, &device);
            let bias = parameter([4], 3, &device);
            let shortcut = parameter([2, 4, 5, 6], 4, &device);
            let operands = (input.clone(), weight.clone(), bias.clone());
            let output = if own {
                residual_conv2d(operands.0, operands.1, operands.2, shortcut.clone(), 1)
            } else {
                relu(
                    conv2d(operands.0, operands.1, operands.2, ConvSpec { activation: Activation::None, ..RELU })
                        + shortcut.clone(),
                )
            };
            let grads = against_noise(output).backward();
            let found = [input.grad(&grads), weight.grad(&grads), shortcut.grad(&grads)];
            let bias = values(bias.grad(&grads).expect("a bias's gradient"));
            (bias, found.map(|gradient| values(gradient.expect("a gradient"))))
        });
        assert_eq!(got, want, "on {device:?}");
    }
}
