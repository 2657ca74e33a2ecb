use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::ops::ABSENT;
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::{ConvSpec, Padding, conv2d, packed, present_conv2d, residual_conv2d};
use maskrcnn_web::ops::linear::linear;

use crate::{devices, largest_error, noise, values};

fn signed(count: usize, seed: u32) -> Vec<f32> {
    noise(count, seed).into_iter().map(|x| x * 2.0 - 1.0).collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// Sizes of one convolution: images, inputs, outputs, height, width, kernel, stride.
type Sizes = [usize; 7];

/// The convolution by its definition, padded by half the kernel.
fn plain(sizes: Sizes, x: &[f32], w: &[f32], b: &[f32]) -> Vec<f32> {
    padded(sizes, (sizes[5] / 2, sizes[5] / 2), [x, w, b])
}

/// The convolution by its definition, with zeros above and on the left.
fn padded(sizes: Sizes, (above, left): (usize, usize), [x, w, b]: [&[f32]; 3]) -> Vec<f32> {
    let [n, inputs, outputs, height, width, kernel, stride] = sizes;
    let (above, left) = (above as isize, left as isize);
    let mut y = Vec::new();
    for picture in 0..n {
        for output in 0..outputs {
            for row in (0..height).step_by(stride) {
                for column in (0..width).step_by(stride) {
                    let mut sum = b[output] as f64;
                    for input in 0..inputs {
                        for (tap, factor) in
                            w[(output * inputs + input) * kernel * kernel..][..kernel * kernel].iter().enumerate()
                        {
                            let r = row as isize + (tap / kernel) as isize - above;
                            let c = column as isize + (tap % kernel) as isize - left;
                            if (0..height as isize).contains(&r) && (0..width as isize).contains(&c) {
                                let at = ((picture * inputs + input) * height + r as usize) * width + c as usize;
                                sum += (*factor as f64) * x[at] as f64;
                            }
                        }
                    }
                    y.push(sum as f32);
                }
            }
        }
    }
    y
}

/// How far the sum of this many products of numbers up to 1 may be off: each of its roundings may add up.
///
/// It holds for Winograd's algorithm, too. By absolute value that adds up to 64 / 9 times as much: the rows of its transforms
/// weigh 8 in each direction, where the kernel has 3 products. But its sums are over the channels only, with a ninth of the
/// roundings, and about ten for the transforms, for which 1e-5 leaves room where there are few channels.
fn tolerance(products: usize) -> f32 {
    f32::max(1e-5, 1e-7 * products as f32)
}

#[test]
fn is_a_convolution() {
    let cases: [Sizes; 15] = [
        [1, 3, 8, 17, 23, 7, 2],
        [2, 5, 7, 9, 11, 3, 1],
        [1, 4, 6, 12, 13, 3, 2],
        [3, 8, 5, 4, 6, 1, 1],
        [1, 8, 9, 7, 7, 1, 2],
        [1, 1, 1, 1, 1, 3, 1],
        [1, 2, 4, 1, 40, 3, 2],
        // Several tiles of each width, some cut off; channels that fill whole steps, and sums in several parts.
        [2, 16, 17, 13, 11, 3, 1],
        [1, 32, 40, 12, 13, 3, 2],
        [1, 64, 130, 9, 8, 1, 1],
        [1, 160, 64, 5, 6, 3, 1],
        [1, 48, 65, 15, 9, 1, 2],
        // By Winograd's algorithm: one row, channels that fill no tile, and more pixels than are transformed at once.
        [1, 3, 4, 1, 7, 3, 1],
        [3, 48, 130, 8, 7, 3, 1],
        [2, 16, 1, 260, 301, 3, 1],
    ];
    for sizes in cases {
        let [n, inputs, outputs, height, width, kernel, stride] = sizes;
        let x = signed(n * inputs * height * width, 1);
        let w = signed(outputs * inputs * kernel * kernel, 2);
        let b = signed(outputs, 3);
        let want = plain(sizes, &x, &w, &b);
        let tolerance = tolerance(inputs * kernel * kernel);
        for device in devices() {
            let run = |activation| {
                let x = tensor(&x, [n, inputs, height, width], &device);
                let w = tensor(&w, [outputs, inputs, kernel, kernel], &device);
                conv2d(x, w, tensor(&b, [outputs], &device), ConvSpec { stride, padding: Padding::Half, activation })
            };
            assert_eq!(run(Activation::None).dims(), [n, outputs, height.div_ceil(stride), width.div_ceil(stride)]);
            let error = largest_error(&values(run(Activation::None)), &want);
            assert!(error < tolerance, "{sizes:?} on {device:?}: {error}");
            let rectified: Vec<f32> = want.iter().map(|&value| value.max(0.0)).collect();
            let error = largest_error(&values(run(Activation::Relu)), &rectified);
            assert!(error < tolerance, "{sizes:?}, rectified, on {device:?}: {error}");
        }
    }
}

/// TensorFlow's `SAME`: where the stride is 2, as many zeros before a side as after it, or one less.
#[test]
fn begins_where_tensorflow_does() {
    assert_eq!([224, 225].map(|side| Padding::Same.before(side, 3, 2)), [0, 1]);
    assert_eq!([224, 225].map(|side| Padding::Same.before(side, 5, 2)), [1, 2]);
    assert_eq!([1, 2, 7].map(|side| Padding::Same.before(side, 1, 2)), [0, 0, 0]);
    let cases: [Sizes; 6] = [
        [1, 3, 8, 16, 24, 3, 2],
        [2, 3, 5, 17, 24, 3, 2],
        [1, 4, 6, 12, 13, 5, 2],
        [2, 5, 7, 9, 11, 3, 1],
        [1, 8, 9, 7, 8, 1, 2],
        [1, 2, 4, 1, 2, 3, 2],
    ];
    for sizes in cases {
        let [n, inputs, outputs, height, width, kernel, stride] = sizes;
        let x = signed(n * inputs * height * width, 1);
        let w = signed(outputs * inputs * kernel * kernel, 2);
        let b = signed(outputs, 3);
        let before = |side| Padding::Same.before(side, kernel, stride);
        let want = padded(sizes, (before(height), before(width)), [&x, &w, &b]);
        for device in devices() {
            let spec = ConvSpec { stride, padding: Padding::Same, activation: Activation::None };
            let operands = (
                tensor(&x, [n, inputs, height, width], &device),
                tensor(&w, [outputs, inputs, kernel, kernel], &device),
            );
            let got = conv2d(operands.0, operands.1, tensor(&b, [outputs], &device), spec);
            assert_eq!(got.dims(), [n, outputs, height.div_ceil(stride), width.div_ceil(stride)]);
            let error = largest_error(&values(got), &want);
            assert!(error < 1e-5, "{sizes:?} on {device:?}: {error}");
        }
    }
}

#[test]
fn relu6_ends_at_6() {
    let (x, w, b) = (signed(2 * 5 * 9 * 11, 1), signed(7 * 5 * 9, 2), signed(7, 3));
    let w: Vec<f32> = w.iter().map(|value| value * 5.0).collect();
    let want: Vec<f32> = plain([2, 5, 7, 9, 11, 3, 1], &x, &w, &b).iter().map(|sum| sum.clamp(0.0, 6.0)).collect();
    assert!([0.0, 6.0].iter().all(|bound| want.iter().filter(|value| *value == bound).count() > 100));
    for device in devices() {
        let (x, w) = (tensor(&x, [2, 5, 9, 11], &device), tensor(&w, [7, 5, 3, 3], &device));
        let got = conv2d(x, w, tensor(&b, [7], &device), ConvSpec::plain(Activation::Relu6));
        assert!(largest_error(&values(got), &want) < 1e-5, "on {device:?}");
        let x = tensor(&[-3.0, 2.0, 9.0], [3, 1], &device);
        let got = linear(x, tensor(&[1.0], [1, 1], &device), tensor(&[0.0], [1], &device), Activation::Relu6);
        assert_eq!(values(got), [0.0, 2.0, 6.0], "on {device:?}");
    }
}

#[test]
fn takes_the_shortcut_before_it_is_rectified() {
    // Images in one strip and in several; a width that no tile fits.
    let cases: [Sizes; 6] = [
        [2, 3, 5, 6, 7, 3, 1],
        [1, 20, 33, 9, 14, 3, 1],
        [1, 4, 9, 70, 33, 1, 1],
        [1, 3, 8, 9, 9, 3, 2],
        [1, 1, 1, 1, 1, 1, 1],
        [1, 272, 20, 7, 6, 1, 1],
    ];
    for sizes in cases {
        let [n, inputs, outputs, height, width, kernel, stride] = sizes;
        let x = signed(n * inputs * height * width, 1);
        let w = signed(outputs * inputs * kernel * kernel, 2);
        let b = signed(outputs, 3);
        let shape = [n, outputs, height.div_ceil(stride), width.div_ceil(stride)];
        let shortcut = signed(shape.iter().product(), 4);
        let sums = plain(sizes, &x, &w, &b);
        let want: Vec<f32> = sums.iter().zip(&shortcut).map(|(sum, added)| (sum + added).max(0.0)).collect();
        for device in devices() {
            let (x, w) = (
                tensor(&x, [n, inputs, height, width], &device),
                tensor(&w, [outputs, inputs, kernel, kernel], &device),
            );
            let got = residual_conv2d(x, w, tensor(&b, [outputs], &device), tensor(&shortcut, shape, &device), stride);
            let error = largest_error(&values(got), &want);
            assert!(error < tolerance(inputs * kernel * kernel), "{sizes:?} on {device:?}: {error}");
        }
    }
}

#[test]
fn of_the_pictures_that_are_there_it_is_the_same() {
    let scores = [0.5, ABSENT, 0.0, -3.0, ABSENT];
    for (height, width, kernel) in [(14, 14, 3), (5, 9, 3), (3, 5, 1)] {
        let [n, inputs, outputs] = [scores.len(), 3, 6];
        let sizes = [n, inputs, outputs, height, width, kernel, 1];
        let (x, w) = (signed(n * inputs * height * width, 1), signed(outputs * inputs * kernel * kernel, 2));
        let b = signed(outputs, 3);
        let want: Vec<f32> = plain(sizes, &x, &w, &b).iter().map(|sum| sum.max(0.0)).collect();
        for device in devices() {
            let (x, w) = (
                tensor(&x, [n, inputs, height, width], &device),
                tensor(&w, [outputs, inputs, kernel, kernel], &device),
            );
            let (b, scores_there) = (tensor(&b, [outputs], &device), tensor(&scores, [n], &device));
            let got = values(present_conv2d(x, w, b, scores_there, Activation::Relu));
            let picture = outputs * height * width;
            for ((got, want), score) in got.chunks(picture).zip(want.chunks(picture)).zip(scores) {
                let error = largest_error(got, want);
                assert!(score == ABSENT || error < 1e-5, "{sizes:?} on {device:?}: {error}");
            }
        }
    }
}

#[test]
fn tiles_of_absent_pictures_only_are_skipped() {
    // Tiles have 64 pixels or more: of an image, of several, and of a part of one; the sums are of one part and of several.
    for (inputs, height, width) in [(3, 9, 9), (16, 2, 3), (272, 3, 3)] {
        let mut scores = [ABSENT; 40];
        (scores[0], scores[1], scores[30]) = (0.9, 0.2, 0.1);
        let sizes = [scores.len(), inputs, 5, height, width, 1, 1];
        let (x, w) = (signed(scores.len() * inputs * height * width, 1), signed(5 * inputs, 2));
        let b = signed(5, 3);
        let want = plain(sizes, &x, &w, &b);
        for device in devices() {
            let (x, w) =
                (tensor(&x, [scores.len(), inputs, height, width], &device), tensor(&w, [5, inputs, 1, 1], &device));
            let (b, scores_there) = (tensor(&b, [5], &device), tensor(&scores, [scores.len()], &device));
            let got = values(present_conv2d(x, w, b, scores_there, Activation::None));
            let picture = 5 * height * width;
            for index in [0, 1, 30] {
                let [got, want] = [&got, &want].map(|all| &all[index * picture..][..picture]);
                let error = largest_error(got, want);
                assert!(error < 3e-5, "{sizes:?}, entry {index}, on {device:?}: {error}");
            }
        }
    }
}

#[test]
fn a_packed_weight_is_the_same() {
    for sizes in [[1, 5, 6, 7, 8, 3, 1], [1, 32, 20, 7, 8, 3, 2], [2, 16, 3, 5, 5, 1, 1]] {
        let [n, inputs, outputs, height, width, kernel, stride] = sizes;
        let (x, w) = (signed(n * inputs * height * width, 1), signed(outputs * inputs * kernel * kernel, 2));
        let b = signed(outputs, 3);
        for device in devices() {
            let weight = tensor(&w, [outputs, inputs, kernel, kernel], &device);
            let packed = packed(weight.clone());
            assert_eq!(packed.dims(), weight.dims());
            assert_eq!(values(packed.clone()), w, "{sizes:?} on {device:?}");
            let run = |weight| {
                let x = tensor(&x, [n, inputs, height, width], &device);
                let spec = ConvSpec { stride, padding: Padding::Half, activation: Activation::Relu };
                values(conv2d(x, weight, tensor(&b, [outputs], &device), spec))
            };
            assert_eq!(run(packed), run(weight), "{sizes:?} on {device:?}");
        }
    }
}

#[test]
fn linear_is_a_matrix_product() {
    for [n, inputs, outputs] in
        [[1, 1, 1], [3, 5, 7], [4, 64, 4], [13, 100, 91], [50, 33, 20], [70, 600, 50], [130, 40, 140]]
    {
        let (x, w, b) = (signed(n * inputs, 1), signed(inputs * outputs, 2), signed(outputs, 3));
        let mut want = Vec::new();
        for row in 0..n {
            for output in 0..outputs {
                let products = (0..inputs).map(|i| x[row * inputs + i] as f64 * w[i * outputs + output] as f64);
                want.push((b[output] as f64 + products.sum::<f64>()) as f32);
            }
        }
        for device in devices() {
            let run = |activation| {
                let (x, w) = (tensor(&x, [n, inputs], &device), tensor(&w, [inputs, outputs], &device));
                linear(x, w, tensor(&b, [outputs], &device), activation)
            };
            let error = largest_error(&values(run(Activation::None)), &want);
            // Each of the sum's roundings may add up.
            let tolerance = f32::max(1e-5, 1e-7 * inputs as f32);
            assert!(error < tolerance, "{n}×{inputs}×{outputs} on {device:?}: {error}");
            let rectified: Vec<f32> = want.iter().map(|&value| value.max(0.0)).collect();
            assert!(
                largest_error(&values(run(Activation::Relu)), &rectified) < tolerance,
                "{n}×{inputs}×{outputs}, rectified"
            );
        }
    }
}
