//! The gradients of the operations against those that burn derives from its own.

mod convolutions;

use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::ops::roi_pooling::{Pooling, PoolingMethod, RegionPyramid, Sampling, roi_pooling};
use maskrcnn_web::ops::{
    activation::Activation,
    batch_norm::batch_norm,
    linear::linear,
    max_pool::{max_pool, subsample},
    pixel_shuffle::pixel_shuffle,
    upsample::add_upsampled,
};

use crate::{devices, largest_error, noise, values};

/// A tensor of noise in -1..1 that the graph keeps the gradient of.
fn parameter<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    constant(shape, seed, device).require_grad()
}

fn constant<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    let noise: Vec<f32> = noise(shape.iter().product(), seed).into_iter().map(|x| x * 2.0 - 1.0).collect();
    Tensor::from_data(TensorData::new(noise, shape), device)
}

/// The inner product with noise: a loss whose gradient is that noise.
fn against_noise<const D: usize>(output: Tensor<D>) -> Tensor<1> {
    let noise = constant(output.dims(), 99, &output.device());
    (output * noise).sum()
}

fn activated(output: Tensor<4>, activation: Activation) -> Tensor<4> {
    match activation {
        Activation::None => output,
        Activation::Relu => relu(output),
        Activation::Relu6 => output.clamp(0.0, 6.0),
    }
}

/// Each difference, in units of the largest value of what is wanted.
fn relative_error(got: &[f32], want: &[f32]) -> f32 {
    let scale = want.iter().fold(1e-3f32, |most, value| most.max(value.abs()));
    largest_error(got, want) / scale
}

#[test]
fn of_linear_layers() {
    for [n, inputs, outputs] in [[1, 1, 1], [3, 5, 7], [13, 100, 91], [50, 33, 20]] {
        for device in devices() {
            let device = device.autodiff();
            for activation in [Activation::None, Activation::Relu] {
                let [got, want] = [true, false].map(|own| {
                    let input = parameter([n, inputs], 1, &device);
                    let weight = parameter([inputs, outputs], 2, &device);
                    let bias = parameter([outputs], 3, &device);
                    let output = if own {
                        linear(input.clone(), weight.clone(), bias.clone(), activation)
                    } else {
                        let output = input.clone().matmul(weight.clone()) + bias.clone().unsqueeze();
                        if activation == Activation::Relu { relu(output) } else { output }
                    };
                    let grads = against_noise(output).backward();
                    [
                        values(input.grad(&grads).expect("an input's gradient")),
                        values(weight.grad(&grads).expect("a weight's gradient")),
                        values(bias.grad(&grads).expect("a bias's gradient")),
                    ]
                });
                for (got, want) in got.iter().zip(&want) {
                    let error = relative_error(got, want);
                    assert!(error < 1e-5, "{n}×{inputs}×{outputs}, {activation:?}, on {device:?}: {error}");
                }
            }
        }
    }
}

#[test]
fn of_max_pooling() {
    for (height, width) in [(1, 1), (2, 2), (5, 7), (8, 6), (1, 9)] {
        for device in devices() {
            let device = device.autodiff();
            let [got, want] = [true, false].map(|own| {
                let input = parameter([2, 3, height, width], 1, &device);
                let output = if own {
                    max_pool(input.clone())
                } else {
                    max_pool2d(input.clone(), MaxPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]))
                };
                let grads = against_noise(output).backward();
                values(input.grad(&grads).expect("an input's gradient"))
            });
            assert!(largest_error(&got, &want) < 1e-6, "{height}×{width} on {device:?}");
        }
    }
}

/// Equal maxima in a window: as in PyTorch, the first one gets the gradient.
#[test]
fn of_max_pooling_equal_values() {
    for device in devices() {
        let input = Tensor::<4>::ones([1, 1, 4, 4], &device.autodiff()).require_grad();
        let grads = max_pool(input.clone()).sum().backward();
        let want = [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(values(input.grad(&grads).expect("an input's gradient")), want);
    }
}

/// RoIAlign is linear in its levels, so `⟨roi_pooling(x), g⟩ = ⟨x, gradient(g)⟩` for every `x`; noise
/// for `x` tells any other map apart.
#[test]
fn of_roi_align() {
    // Boxes of every level; partly outside; narrower than a cell; as large as the image.
    let boxes: [[f32; 4]; 9] = [
        [3.0, 4.0, 60.0, 50.0],
        [10.0, 20.0, 150.0, 170.0],
        [0.0, 10.0, 250.0, 260.0],
        [1.0, 2.0, 470.0, 500.0],
        [-20.0, -9.0, 30.0, 40.0],
        [480.0, 490.0, 530.0, 540.0],
        [100.0, 100.0, 100.5, 101.0],
        [7.0, 7.0, 7.0, 7.0],
        [600.0, 600.0, 700.0, 700.0],
    ];
    let scales = [0.25, 0.125, 0.0625, 0.03125];
    for device in devices() {
        let device = device.autodiff();
        let noisy = |seed: u32| {
            core::array::from_fn(|level| parameter([1, 3, 128 >> level, 132 >> level], seed + level as u32, &device))
        };
        for (size, aligned) in [(7, false), (14, false), (14, true)] {
            let levels: [Tensor<4>; 4] = noisy(1);
            let pool = |levels: &[Tensor<4>; 4]| {
                let boxes = Tensor::from_data(TensorData::from(boxes), &device);
                let pyramid = RegionPyramid { levels: levels.clone(), scales };
                let method = PoolingMethod::Align(Sampling { ratio: 2, aligned });
                against_noise(roi_pooling(pyramid, boxes, Pooling { size, method }))
            };
            let grads = pool(&levels).backward();
            let gradients = levels.each_ref().map(|level| values(level.grad(&grads).expect("a level's gradient")));
            let others: [Tensor<4>; 4] = noisy(20);
            for level in 0..4 {
                let mut mixed = levels.clone();
                mixed[level] = others[level].clone();
                let before = values(pool(&levels))[0] as f64;
                let after = values(pool(&mixed))[0] as f64;
                let step = values(others[level].clone() - levels[level].clone());
                let want: f64 = gradients[level].iter().zip(&step).map(|(&g, &x)| g as f64 * x as f64).sum();
                let error = (after - before - want).abs() / want.abs().max(1.0);
                assert!(error < 1e-3, "P{}, {size}×{size} on {device:?}: {} is not {want}", level + 2, after - before);
            }
        }
    }
}

#[test]
fn of_batch_normalisation() {
    for [n, channels, height, width] in [[1, 1, 2, 2], [3, 5, 7, 9], [2, 16, 12, 12]] {
        for device in devices() {
            let device = device.autodiff();
            for activation in [Activation::None, Activation::Relu, Activation::Relu6] {
                let [got, want] = [true, false].map(|own| {
                    let input = parameter([n, channels, height, width], 1, &device);
                    let weight = parameter([channels], 2, &device);
                    let bias = parameter([channels], 3, &device);
                    let gain = weight.clone() * 8.0;
                    let (output, mean, variance) = if own {
                        let (output, of) = batch_norm(input.clone(), gain, bias.clone(), 1e-5, activation);
                        (output, of.mean, of.variance)
                    } else {
                        let mean = input.clone().mean_dims(&[0, 2, 3]);
                        let centred = input.clone() - mean.clone();
                        let variance = centred.clone().square().mean_dims(&[0, 2, 3]);
                        let wide = |tensor: Tensor<1>| tensor.reshape([1, channels, 1, 1]);
                        let output = centred / (variance.clone() + 1e-5).sqrt() * wide(gain) + wide(bias.clone());
                        let output = activated(output, activation);
                        (output, mean.reshape([channels]).inner(), variance.reshape([channels]).inner())
                    };
                    let result = values(output.clone());
                    let grads = against_noise(output).backward();
                    [
                        result,
                        values(mean),
                        values(variance),
                        values(input.grad(&grads).expect("an input's gradient")),
                        values(weight.grad(&grads).expect("a weight's gradient")),
                        values(bias.grad(&grads).expect("a bias's gradient")),
                    ]
                });
                for (part, (got, want)) in got.iter().zip(&want).enumerate() {
                    let error = relative_error(got, want);
                    assert!(error < 1e-4, "{part} of {n}×{channels}, {activation:?}, on {device:?}: {error}");
                }
            }
        }
    }
}

#[test]
fn of_subsampling() {
    for [height, width] in [[1usize, 1], [4, 6], [5, 8]] {
        for device in devices() {
            let device = device.autodiff();
            let input = parameter([2, 3, height, width], 1, &device);
            let output = subsample(input.clone());
            let noise = values(constant(output.dims(), 99, &device));
            let grads = against_noise(output).backward();
            let mut noise = noise.into_iter();
            for (index, got) in values(input.grad(&grads).expect("a gradient")).into_iter().enumerate() {
                let is_kept = index % width % 2 == 0 && index / width % height % 2 == 0;
                let want = if is_kept { noise.next().expect("one for each cell that is kept") } else { 0.0 };
                assert_eq!(got, want, "{height}×{width} on {device:?}");
            }
        }
    }
}

#[test]
fn of_upsampling() {
    for [height, width] in [[1usize, 1], [4, 6], [5, 8], [7, 3]] {
        for device in devices() {
            let device = device.autodiff();
            let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
            let [got, want] = [true, false].map(|own| {
                let fine = parameter([2, 3, height, width], 1, &device);
                let coarse = parameter([2, 3, rows, columns], 2, &device);
                let output = if own {
                    add_upsampled(fine.clone(), coarse.clone())
                } else {
                    let cells: Tensor<6> = coarse.clone().reshape([2, 3, rows, 1, columns, 1]);
                    let doubled: Tensor<4> =
                        cells.expand([2, 3, rows, 2, columns, 2]).reshape([2, 3, rows * 2, columns * 2]);
                    fine.clone() + doubled.narrow(2, 0, height).narrow(3, 0, width)
                };
                let result = values(output.clone());
                let grads = against_noise(output).backward();
                [
                    result,
                    values(fine.grad(&grads).expect("a fine cell's gradient")),
                    values(coarse.grad(&grads).expect("a coarse cell's gradient")),
                ]
            });
            for (got, want) in got.iter().zip(&want) {
                assert!(largest_error(got, want) < 1e-6, "{height}×{width} on {device:?}");
            }
        }
    }
}

#[test]
fn of_pixel_shuffling() {
    for [channels, height, width] in [[1, 1, 1], [3, 2, 5], [2, 4, 3]] {
        for device in devices() {
            let device = device.autodiff();
            let [got, want] = [true, false].map(|own| {
                let input = parameter([2, channels * 4, height, width], 1, &device);
                let output = if own {
                    pixel_shuffle(input.clone())
                } else {
                    let blocks: Tensor<6> = input.clone().reshape([2, channels, 2, 2, height, width]);
                    blocks.permute([0, 1, 4, 2, 5, 3]).reshape([2, channels, height * 2, width * 2])
                };
                let result = values(output.clone());
                let grads = against_noise(output).backward();
                [result, values(input.grad(&grads).expect("an input's gradient"))]
            });
            assert_eq!(got, want, "{channels} of {height}×{width} on {device:?}");
        }
    }
}
