//! Depthwise convolutions against their definition.

use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::{ConvSpec, Padding};
use maskrcnn_web::ops::depthwise_conv2d::depthwise_conv2d;

use crate::{devices, largest_error, noise, values};

/// Sizes of one convolution: images, channels, height, width, kernel, stride.
type Sizes = [usize; 6];

fn signed(count: usize, scale: f32, seed: u32) -> Vec<f32> {
    noise(count, seed).into_iter().map(|x| (x * 2.0 - 1.0) * scale).collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The convolution by its definition.
fn plain(sizes: Sizes, padding: Padding, [x, w, b]: [&[f32]; 3]) -> Vec<f32> {
    let [n, channels, height, width, kernel, stride] = sizes;
    let [above, left] = [height, width].map(|side| padding.before(side, kernel, stride) as isize);
    let mut y = Vec::new();
    for plane in 0..n * channels {
        for row in (0..height).step_by(stride) {
            for column in (0..width).step_by(stride) {
                let mut sum = f64::from(b[plane % channels]);
                for tap in 0..kernel * kernel {
                    let r = (row + tap / kernel) as isize - above;
                    let c = (column + tap % kernel) as isize - left;
                    if (0..height as isize).contains(&r) && (0..width as isize).contains(&c) {
                        let factor = f64::from(w[plane % channels * kernel * kernel + tap]);
                        sum += factor * f64::from(x[(plane * height + r as usize) * width + c as usize]);
                    }
                }
                y.push(sum as f32);
            }
        }
    }
    y
}

/// One pixel, sides that no tile and no stride divides, more channels than threads, several strips.
const CASES: [Sizes; 10] = [
    [1, 1, 1, 1, 3, 1],
    [2, 3, 7, 9, 3, 1],
    [1, 5, 8, 12, 3, 2],
    [2, 3, 9, 11, 3, 2],
    [1, 4, 6, 6, 5, 1],
    [3, 2, 7, 10, 5, 2],
    [1, 3, 13, 8, 5, 2],
    [1, 33, 4, 5, 5, 1],
    [1, 2, 150, 161, 3, 1],
    [1, 2, 201, 190, 5, 2],
];

#[test]
fn is_a_convolution_of_each_channel() {
    for sizes in CASES {
        let [n, channels, height, width, kernel, stride] = sizes;
        let (x, w) = (signed(n * channels * height * width, 3.0, 1), signed(channels * kernel * kernel, 2.0, 2));
        let b = signed(channels, 1.0, 3);
        for padding in [Padding::Half, Padding::Same] {
            let sums = plain(sizes, padding, [&x, &w, &b]);
            for device in devices() {
                for activation in [Activation::None, Activation::Relu, Activation::Relu6] {
                    let (x, w) = (
                        tensor(&x, [n, channels, height, width], &device),
                        tensor(&w, [channels, 1, kernel, kernel], &device),
                    );
                    let spec = ConvSpec { stride, padding, activation };
                    let got = depthwise_conv2d(x, w, tensor(&b, [channels], &device), spec);
                    assert_eq!(got.dims(), [n, channels, height.div_ceil(stride), width.div_ceil(stride)]);
                    let bounds = activation.bounds();
                    let want: Vec<f32> = sums.iter().map(|&sum| bounds.clamp(sum)).collect();
                    let error = largest_error(&values(got), &want);
                    assert!(error < 5e-5, "{sizes:?}, {spec:?} on {device:?}: {error}");
                }
            }
        }
    }
}
