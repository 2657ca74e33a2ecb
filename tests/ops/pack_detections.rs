use burn::tensor::{DType, Int, Tensor, TensorData};
use maskrcnn_web::ops::pack_detections::{HEAD, pack_detections};

use crate::{devices, noise, values};

#[test]
fn has_all_values_of_a_detection_in_a_row() {
    for (n, size) in [(1, 1), (7, 5)] {
        let (corners, scores) = (noise(n * 4, 1), noise(n, 2));
        // Logits of which no power of e is finite, too.
        let mut logits: Vec<f32> = noise(n * size * size, 3).into_iter().map(|x| x * 20.0 - 10.0).collect();
        logits[0] = -1e4;
        let labels: Vec<i32> = (0..n).map(|index| index as i32 * 13).collect();
        for (device, has_masks) in devices().into_iter().flat_map(|device| [(device.clone(), true), (device, false)]) {
            let boxes = Tensor::<2>::from_data(TensorData::new(corners.clone(), [n, 4]), &device);
            let own_scores = Tensor::<1>::from_data(TensorData::new(scores.clone(), [n]), &device);
            let own_labels = Tensor::<1, Int>::from_data(TensorData::new(labels.clone(), [n]), (&device, DType::I32));
            let masks = Tensor::<3>::from_data(TensorData::new(logits.clone(), [n, size, size]), &device);
            let masks = has_masks.then_some(masks);
            let packed = values(pack_detections(boxes, own_scores, own_labels, masks, [2.0, 3.0, 2.0, 3.0]));
            let area = if has_masks { size * size } else { 0 };
            assert_eq!(packed.len(), n * (HEAD + area));
            for (index, row) in packed.chunks_exact(HEAD + area).enumerate() {
                for (side, scale) in [2.0, 3.0, 2.0, 3.0].into_iter().enumerate() {
                    assert_eq!(row[side], corners[index * 4 + side] * scale, "{index} on {device:?}");
                }
                assert_eq!(row[4..HEAD], [scores[index], labels[index] as f32], "{index} on {device:?}");
                for (got, logit) in row[HEAD..].iter().zip(&logits[index * area..]) {
                    let want = 1.0 / (1.0 + f64::from(-logit).exp());
                    assert!((f64::from(*got) - want).abs() < 1e-6, "{logit} on {device:?}: {got}");
                }
            }
        }
    }
}
