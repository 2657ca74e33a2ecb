use burn::tensor::{DType, Int, Tensor, TensorData};
use maskrcnn_web::ops::activation::Activation;
use maskrcnn_web::ops::conv2d::{ConvSpec, conv2d};
use maskrcnn_web::ops::own_class_mask::own_class_mask;
use maskrcnn_web::ops::pixel_shuffle::pixel_shuffle;

use crate::{devices, largest_error, noise, values};

#[test]
fn is_the_own_class_of_the_masks_for_all_classes() {
    for [n, channels, classes, size] in [[1, 1, 1, 2], [3, 5, 4, 6], [9, 32, 91, 28]] {
        for device in devices() {
            let signed = |shape: [usize; 4], seed| {
                let numbers = noise(shape.iter().product(), seed);
                Tensor::<4>::from_data(TensorData::new(numbers, shape), &device) * 2.0 - 1.0
            };
            let blocks = signed([n, channels * 4, size / 2, size / 2], 1);
            let weight = signed([classes, channels, 1, 1], 2);
            let bias: Tensor<1> = signed([classes, 1, 1, 1], 3).reshape([classes]);
            let own: Vec<i32> = (0..n).map(|index| [classes - 1, 0, classes / 2][index % 3] as i32).collect();
            let labels = Tensor::<1, Int>::from_data(TensorData::new(own, [n]), (&device, DType::I32));

            let all =
                conv2d(pixel_shuffle(blocks.clone()), weight.clone(), bias.clone(), ConvSpec::plain(Activation::None));
            let indices = labels.clone().reshape([n, 1, 1, 1]).expand([n, 1, size, size]);
            let want = values(all.gather(1, indices));
            let got = own_class_mask(blocks, weight, bias, labels);
            assert_eq!(got.dims(), [n, size, size]);
            let error = largest_error(&values(got), &want);
            assert!(error < 1e-5, "{n} of {classes} classes on {device:?}: {error}");
        }
    }
}
