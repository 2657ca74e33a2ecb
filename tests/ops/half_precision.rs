//! Operations on numbers of half precision against the same ones of single precision: sums are of single precision in
//! both, so that only what comes out is rounded, but for the products of tiled kernels.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::{ConvSpec, Padding, conv2d, present_conv2d, residual_conv2d};
use maskrcnn_web::ops::depthwise_conv2d::depthwise_conv2d;
use maskrcnn_web::ops::kernel_family::KernelFamily;
use maskrcnn_web::ops::linear::linear;
use maskrcnn_web::ops::max_pool::{max_pool, subsample};
use maskrcnn_web::ops::own_class_mask::own_class_mask;
use maskrcnn_web::ops::pixel_shuffle::pixel_shuffle;
use maskrcnn_web::ops::roi_pooling::{Pooling, PoolingMethod, RegionPyramid, Sampling, roi_pooling};
use maskrcnn_web::ops::upsample::add_upsampled;

use crate::devices::device_with_f16;
use crate::noise;

/// A convolution with stride 1 and no activation.
const PLAIN: ConvSpec = ConvSpec { stride: 1, padding: Padding::Half, activation: Activation::None };

/// Half the distance between neighbours, for a number's own size, and between the smallest of them.
const ROUNDING: f32 = 1.0 / 2048.0;
const SMALLEST: f32 = 1e-7;

/// Numbers in -1..1 that half precision has, of that precision and of single precision.
fn twins<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> [Tensor<D>; 2] {
    let numbers: Vec<f32> = noise(shape.iter().product(), seed).into_iter().map(|x| x * 2.0 - 1.0).collect();
    let half = TensorData::new(numbers, shape).convert_dtype(DType::F16);
    let single = half.clone().convert_dtype(DType::F32);
    [Tensor::from_data(half, (device, DType::F16)), Tensor::from_data(single, (device, DType::F32))]
}

/// Whether `half` is of half precision, and `single` rounded to it.
fn assert_rounded<const D: usize>(half: Tensor<D>, single: Tensor<D>, what: &str) {
    assert_eq!((half.dtype(), single.dtype()), (DType::F16, DType::F32), "{what}");
    assert_eq!(half.dims(), single.dims(), "{what}");
    let values = |tensor: Tensor<D>| tensor.into_data().convert::<f32>().try_into_vec::<f32>().expect("floats");
    for (half, single) in values(half).into_iter().zip(values(single)) {
        // As much again for sums that a device adds up in another order.
        let bound = (ROUNDING * single.abs() + SMALLEST) * 2.0;
        assert!((half - single).abs() <= bound, "{what}: {half} instead of {single}");
    }
}

/// Whether the products and sums of `operation` are as precise in half precision as in single, on numbers in -1..1 and on
/// those in 0..1, whose sums are the largest: off by what comes out being rounded and, in tiled kernels, which multiply in
/// half precision, by as much as if each product were rounded twice. Sums in half precision alone would be off by more.
/// Biases and shortcuts of `operation` are not negative, so that nothing is taken off the sum of the magnitudes.
fn assert_products<const D: usize>(
    shapes: [[usize; D]; 2],
    device: &Device,
    what: &str,
    operation: impl Fn(Tensor<D>, Tensor<D>) -> Tensor<D>,
) {
    let [x, w] = [(shapes[0], 1), (shapes[1], 2)].map(|(shape, seed)| twins(shape, seed, device));
    let values = |tensor: Tensor<D>| tensor.into_data().convert::<f32>().try_into_vec::<f32>().expect("floats");
    let run = |precision: usize, change: fn(Tensor<D>) -> Tensor<D>| {
        operation(change(x[precision].clone()), change(w[precision].clone()))
    };
    let magnitudes = values(run(1, Tensor::abs));
    let of_product = if KernelFamily::of(device) == Some(KernelFamily::Tiled) { ROUNDING * 2.0 } else { 0.0 };
    for change in [|numbers| numbers, Tensor::abs] {
        let [half, single] = [0, 1].map(|precision| run(precision, change));
        assert_eq!((half.dtype(), single.dtype()), (DType::F16, DType::F32), "{what}");
        assert_eq!(half.dims(), single.dims(), "{what}");
        for ((half, single), magnitude) in values(half).into_iter().zip(values(single)).zip(&magnitudes) {
            let bound = (ROUNDING * single.abs() + SMALLEST) * 2.0 + of_product * magnitude;
            assert!((half - single).abs() <= bound, "{what}: {half} instead of {single}, {magnitude} summed");
        }
    }
}

/// Whether both are of single precision and the same.
fn assert_same<const D: usize>(left: Tensor<D>, right: Tensor<D>, what: &str) {
    assert_eq!((left.dtype(), right.dtype()), (DType::F32, DType::F32), "{what}");
    let most = (left - right).abs().max().into_scalar::<f32>();
    assert!(most < 1e-5, "{what}: off by {most}");
}

#[test]
fn convolutions_round_what_comes_out() {
    let Some(device) = device_with_f16() else { return };
    for [outputs, kernel, stride] in [[8, 7, 2], [5, 3, 1], [6, 3, 2], [5, 1, 1]] {
        let [bias, _] = twins([outputs], 3, &device);
        let shapes = [[2, 3, 9, 23], [outputs, 3, kernel, kernel]];
        let spec = ConvSpec { stride, padding: Padding::Half, activation: Activation::Relu };
        assert_products(shapes, &device, &format!("{kernel}×{kernel}, stride {stride}"), |x, w| {
            let bias = bias.clone().abs().cast(x.dtype());
            conv2d(x, w, bias, spec)
        });
    }
}

/// As deep as the layers of the networks, where sums in half precision would no longer grow by their products.
#[test]
fn sums_of_many_products_are_of_single_precision() {
    let Some(device) = device_with_f16() else { return };
    for [outputs, inputs, kernel] in [[20, 256, 3], [64, 100, 3], [36, 1024, 1]] {
        let shapes = [[1, inputs, 5, 6], [outputs, inputs, kernel, kernel]];
        assert_products(shapes, &device, &format!("{kernel}×{kernel}, {inputs} channels"), |x, w| {
            let bias = Tensor::zeros([outputs], (&device, x.dtype()));
            conv2d(x, w, bias, PLAIN)
        });
    }
    assert_products([[3, 12544], [12544, 8]], &device, "linear", |x, w| {
        let bias = Tensor::zeros([8], (&device, x.dtype()));
        linear(x, w, bias, Activation::None)
    });
}

#[test]
fn depthwise_convolutions_round_what_comes_out() {
    let Some(device) = device_with_f16() else { return };
    for [kernel, stride] in [[3, 1], [3, 2], [5, 1], [5, 2]] {
        let [x, x_single] = twins([2, 5, 8, 23], 1, &device);
        let [w, w_single] = twins([5, 1, kernel, kernel], 2, &device);
        let [b, b_single] = twins([5], 3, &device);
        let spec = ConvSpec { stride, padding: Padding::Same, activation: Activation::Relu6 };
        let want = depthwise_conv2d(x_single, w_single, b_single, spec);
        assert_rounded(depthwise_conv2d(x, w, b, spec), want, &format!("{kernel}×{kernel}, stride {stride}"));
    }
}

/// The first layer's image and the predictors' biases are of single precision.
#[test]
fn a_convolution_gives_numbers_as_precise_as_its_bias() {
    let Some(device) = device_with_f16() else { return };
    for kernel in [1, 3] {
        let [x, x_single] = twins([1, 3, 7, 9], 1, &device);
        let [w, w_single] = twins([4, 3, kernel, kernel], 2, &device);
        let [b, b_single] = twins([4], 3, &device);
        let want = conv2d(x_single.clone(), w_single, b_single.clone(), PLAIN);
        assert_rounded(conv2d(x_single, w.clone(), b, PLAIN), want.clone(), "of a picture");
        assert_same(conv2d(x, w, b_single, PLAIN), want, "of a predictor");
    }
}

#[test]
fn a_shortcut_is_added_before_the_sum_is_rounded() {
    let Some(device) = device_with_f16() else { return };
    for kernel in [1, 3] {
        let [bias, _] = twins([4], 3, &device);
        let [shortcut, _] = twins([1, 4, 7, 9], 4, &device);
        assert_products([[1, 3, 7, 9], [4, 3, kernel, kernel]], &device, &format!("{kernel}×{kernel}"), |x, w| {
            let (bias, shortcut) = (bias.clone().abs().cast(x.dtype()), shortcut.clone().abs().cast(x.dtype()));
            residual_conv2d(x, w, bias, shortcut, 1)
        });
    }
}

#[test]
fn convolutions_of_what_is_there_round_what_comes_out() {
    let Some(device) = device_with_f16() else { return };
    for kernel in [1, 3] {
        let [bias, _] = twins([4], 3, &device);
        let [_, scores] = twins([2], 4, &device);
        assert_products([[2, 3, 7, 7], [4, 3, kernel, kernel]], &device, &format!("{kernel}×{kernel}"), |x, w| {
            let bias = bias.clone().abs().cast(x.dtype());
            present_conv2d(x, w, bias, scores.clone(), Activation::Relu)
        });
    }
}

#[test]
fn linear_layers_round_what_comes_out() {
    let Some(device) = device_with_f16() else { return };
    for [n, inputs, outputs] in [[1, 1, 1], [13, 100, 91], [50, 33, 20]] {
        let what = format!("{n}×{inputs}×{outputs}");
        let [x, x_single] = twins([n, inputs], 1, &device);
        let [w, w_single] = twins([inputs, outputs], 2, &device);
        let [bias, b_single] = twins([outputs], 3, &device);
        assert_products([[n, inputs], [inputs, outputs]], &device, &what, |x, w| {
            let bias = bias.clone().abs().cast(x.dtype());
            linear(x, w, bias, Activation::Relu)
        });
        let want = linear(x_single, w_single, b_single.clone(), Activation::Relu);
        assert_same(linear(x, w, b_single, Activation::Relu), want, &what);
    }
}

#[test]
fn masks_of_the_own_class_are_of_single_precision() {
    let Some(device) = device_with_f16() else { return };
    let [blocks, blocks_single] = twins([3, 5 * 4, 3, 3], 1, &device);
    let [w, w_single] = twins([4, 5, 1, 1], 2, &device);
    let [_, b] = twins([4], 3, &device);
    let labels = Tensor::<1, Int>::from_data(TensorData::from([3, 0, 2]), (&device, DType::I32));
    let want = own_class_mask(blocks_single, w_single, b.clone(), labels.clone());
    assert_same(own_class_mask(blocks, w, b, labels), want, "own class");
}

#[test]
fn what_takes_and_adds_features_rounds_at_most_once() {
    let Some(device) = device_with_f16() else { return };
    let [x, x_single] = twins([1, 8, 7, 9], 1, &device);
    let [coarse, coarse_single] = twins([1, 8, 4, 5], 2, &device);
    assert_rounded(max_pool(x.clone()), max_pool(x_single.clone()), "the maximum");
    assert_rounded(subsample(x.clone()), subsample(x_single.clone()), "every second");
    assert_rounded(pixel_shuffle(x.clone()), pixel_shuffle(x_single.clone()), "blocks laid out");
    assert_rounded(add_upsampled(x, coarse), add_upsampled(x_single, coarse_single), "the sum of two levels");
}

#[test]
fn pooled_regions_round_what_comes_out() {
    let Some(device) = device_with_f16() else { return };
    let pyramid = [64, 32, 16, 8].map(|side| twins([1, 6, side, side], side as u32, &device));
    let [halves, singles] = [0, 1].map(|which| pyramid.each_ref().map(|twins| twins[which].clone()));
    // Of each level, one of them narrower than a pixel.
    let boxes =
        [[3.0, 4.0, 3.5, 90.0], [10.0, 20.0, 150.5, 170.0], [3.0, 10.0, 250.0, 255.0], [-300.0, -200.0, 256.0, 256.0]];
    let boxes: Tensor<2> = Tensor::from_data(TensorData::from(boxes), &device);
    let scales = [0.25, 0.125, 0.0625, 0.03125];
    let pool = |levels: &[Tensor<4>; 4], method| {
        let pyramid = RegionPyramid { levels: levels.clone(), scales };
        roi_pooling(pyramid, boxes.clone(), Pooling { size: 7, method })
    };
    let align = |aligned| PoolingMethod::Align(Sampling { ratio: 2, aligned });
    for method in [align(false), align(true), PoolingMethod::Max] {
        assert_rounded(pool(&halves, method), pool(&singles, method), &format!("{method:?}"));
    }
}
