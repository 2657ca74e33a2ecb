use burn::tensor::Tensor;
use maskrcnn_web::ops::multiply_adds::{Line, multiply_adds};

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
