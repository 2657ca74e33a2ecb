use burn::tensor::{Tensor, TensorData};
use maskrcnn_web::ops::subsample::subsample;

use crate::{devices, noise, values};

#[test]
fn is_every_second_cell() {
    for (height, width) in [(1, 1), (2, 2), (5, 8), (4, 7)] {
        let input = noise(6 * height * width, 4);
        let lines = input.chunks(width).enumerate().filter(|(line, _)| line % height % 2 == 0);
        let want: Vec<f32> = lines.flat_map(|(_, line)| line.iter().copied().step_by(2)).collect();
        for device in devices() {
            let tensor = Tensor::from_data(TensorData::new(input.clone(), [2, 3, height, width]), &device);
            let got = subsample(tensor);
            assert_eq!(got.dims(), [2, 3, height.div_ceil(2), width.div_ceil(2)]);
            assert_eq!(values(got), want, "{height}×{width} on {device:?}");
        }
    }
}
