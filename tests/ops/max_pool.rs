use burn::tensor::{Tensor, TensorData};
use maskrcnn_web::ops::max_pool::{max_pool, subsample};

use crate::{devices, noise, values};

#[test]
fn is_the_maximum_of_each_window() {
    for (height, width) in [(1, 1), (2, 2), (5, 7), (8, 6), (1, 9)] {
        let input: Vec<f32> = noise(6 * height * width, 4).into_iter().map(|x| x - 0.8).collect();
        let mut want = Vec::new();
        for plane in input.chunks(height * width) {
            for row in (0..height).step_by(2) {
                for column in (0..width).step_by(2) {
                    let rows = row.saturating_sub(1)..(row + 2).min(height);
                    let cells =
                        rows.flat_map(|y| (column.saturating_sub(1)..(column + 2).min(width)).map(move |x| (y, x)));
                    want.push(cells.map(|(y, x)| plane[y * width + x]).reduce(f32::max).expect("a window has cells"));
                }
            }
        }
        for device in devices() {
            let tensor = Tensor::from_data(TensorData::new(input.clone(), [2, 3, height, width]), &device);
            assert_eq!(values(max_pool(tensor)), want, "{height}×{width} on {device:?}");
        }
    }
}

#[test]
fn subsample_takes_every_second_pixel() {
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
