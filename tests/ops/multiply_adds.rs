use burn::tensor::{DType, Tensor};
use maskrcnn_web::ops::multiply_adds::{Line, multiply_adds};

use crate::devices::device_with_f16;
use crate::{devices, values};

/// Neither whole tiles nor whole threads' shares, and rounds that no unrolled loop divides.
#[test]
fn every_value_goes_along_the_line_as_often_as_asked() {
    let inputs: Vec<f32> = (0..1001).map(|index| index as f32 * 0.01 - 5.0).collect();
    let line = Line { factor: 0.75, summand: 0.5 };
    for device in devices() {
        for rounds in [0, 1, 8, 37] {
            let input = Tensor::<1>::from_floats(inputs.as_slice(), &device);
            let output = values(multiply_adds(input, line, rounds));
            assert_eq!(output.len(), inputs.len());
            for (&value, output) in inputs.iter().zip(output) {
                let expected = (0..rounds).fold(value, |value, _| line.factor * value + line.summand);
                assert!((output - expected).abs() < 1e-5, "{value}, {rounds} rounds on {device:?}: {output}");
            }
        }
    }
}

/// Of vectors and, where four do not divide the number of values, one by one. Three rounds of these are exact.
#[test]
fn half_precision_goes_along_the_line_too() {
    let Some(device) = device_with_f16() else { return };
    for n in [1000, 1001] {
        let inputs: Vec<f32> = (0..n).map(|index| (index % 64) as f32).collect();
        let input = Tensor::<1>::from_floats(inputs.as_slice(), &device).cast(DType::F16);
        let output = multiply_adds(input, Line { factor: 0.5, summand: 1.0 }, 3);
        assert_eq!(output.dtype(), DType::F16);
        let expected: Vec<f32> = inputs.iter().map(|value| value / 8.0 + 1.75).collect();
        assert_eq!(values(output.cast(DType::F32)), expected, "{n} values");
    }
}
