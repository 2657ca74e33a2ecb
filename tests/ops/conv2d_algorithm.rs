use burn::tensor::{DType, Tensor};
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::algorithm::ConvAlgorithm;
use maskrcnn_web::ops::conv2d::{ConvSpec, conv2d, present_conv2d, residual_conv2d};
use maskrcnn_web::ops::kernel_family::KernelFamily;
use maskrcnn_web::ops::layer_shapes::{LayerKind, LayerShape};

use crate::{devices, values};

const WIDE: LayerShape = LayerShape {
    kind: LayerKind::Convolution,
    n: 1,
    inputs: 512,
    outputs: 512,
    height: 100,
    width: 168,
    kernel: 3,
    stride: 1,
};

#[test]
fn winograd_has_convolutions_of_3_by_3_with_stride_1() {
    let has = |layer| ConvAlgorithm::Winograd.has(&layer);
    assert!(has(WIDE) && has(LayerShape { kind: LayerKind::Residual, ..WIDE }));
    assert!(!has(LayerShape { kernel: 1, ..WIDE }) && !has(LayerShape { kernel: 5, ..WIDE }));
    assert!(!has(LayerShape { stride: 2, ..WIDE }) && !has(LayerShape { kind: LayerKind::Present, ..WIDE }));
    assert!(!has(LayerShape { kind: LayerKind::Depthwise, ..WIDE }));
}

/// No GPU has shown yet that another algorithm is faster.
#[test]
fn convolutions_are_direct_unless_forced() {
    devices();
    let forced = ConvAlgorithm::forced();
    for dtype in [DType::F32, DType::F16] {
        assert_eq!(ConvAlgorithm::of(&WIDE, dtype), forced.unwrap_or(ConvAlgorithm::Direct));
        assert_eq!(ConvAlgorithm::of(&LayerShape { stride: 2, ..WIDE }, dtype), ConvAlgorithm::Direct);
    }
}

/// With a kernel of nothing but a 1 in its middle the output is the input. Winograd's algorithm subtracts neighbours first,
/// beside which the input is lost where they are 2²⁵ times as large.
#[test]
fn the_algorithm_that_was_forced_is_run() {
    let side = 5;
    let input: Vec<f32> = (0..side * side).map(|i| if i % 2 == 0 { 1.0 } else { (1 << 25) as f32 }).collect();
    let mut kernel = [0.0; 9];
    kernel[4] = 1.0;
    for device in devices() {
        let is_tiled = KernelFamily::of(&device) == Some(KernelFamily::Tiled);
        let is_winograd = is_tiled && ConvAlgorithm::forced() == Some(ConvAlgorithm::Winograd);
        let x = || Tensor::<1>::from_floats(&input[..], &device).reshape([1, 1, side, side]);
        let w = || Tensor::<1>::from_floats(kernel, &device).reshape([1, 1, 3, 3]);
        let zeros = |n: usize| Tensor::<1>::zeros([n], &device);
        let is_exact = |output: Tensor<4>| values(output) == input;
        let spec = ConvSpec::plain(Activation::None);
        assert_eq!(is_exact(conv2d(x(), w(), zeros(1), spec)), !is_winograd, "{device:?}");
        let shortcut = zeros(side * side).reshape([1, 1, side, side]);
        assert_eq!(is_exact(residual_conv2d(x(), w(), zeros(1), shortcut, 1)), !is_winograd, "{device:?}");
        assert!(is_exact(present_conv2d(x(), w(), zeros(1), zeros(1), Activation::None)), "{device:?}");
    }
}
