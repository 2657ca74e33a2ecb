//! Detections that stay on the device.

use burn::tensor::{DType, Int, Tensor, TensorData};
use futures_lite::future::block_on;
use maskrcnn_web::Settings;
use maskrcnn_web::config::RoiPooling;
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::PackedDetections;
use maskrcnn_web::ops::resize::DeviceImage;
use maskrcnn_web::structures::Size;
use maskrcnn_web::weights::{Model, WeightsOptions};

use crate::{devices, tiny};

/// Width of the image in pixels: as many words as a row on the device has.
const WIDTH: usize = 64;
const HEIGHT: usize = 48;

fn samples() -> Vec<u8> {
    (0..WIDTH * HEIGHT * 4).map(|at| if at % 4 == 3 { 255 } else { (at * at / 97 % 256) as u8 }).collect()
}

fn on_device(settings: &Settings, device: &burn::tensor::Device) -> DeviceImage {
    let words: Vec<i32> = samples().as_chunks().0.iter().map(|&pixel| i32::from_le_bytes(pixel)).collect();
    let words = Tensor::<1, Int>::from_data(TensorData::new(words, [WIDTH * HEIGHT]), (device, DType::I32));
    let tone = settings.input.tone(&Image::from_rgba(WIDTH, HEIGHT, samples()).expect("an image")).expect("a tone");
    DeviceImage::new(words, Size { height: HEIGHT, width: WIDTH }, tone).expect("an image on the device")
}

#[test]
fn are_those_that_are_read_back() {
    for device in devices() {
        for (masks, pooling) in [(true, RoiPooling::Align), (true, RoiPooling::Aligned), (false, RoiPooling::Align)] {
            let Model { network, mut settings } =
                tiny(&WeightsOptions { masks: Some(masks), ..WeightsOptions::default() }, &device);
            settings.detections.pooling = pooling;
            let image = on_device(&settings, &device);
            let packed = block_on(network.pack_on_device(&image, &settings)).expect("detections");
            let PackedDetections { values, count, mask_size, aligned } = packed;
            assert_eq!(mask_size.is_some(), masks);
            assert_eq!(aligned, pooling == RoiPooling::Aligned);
            let row = 6 + mask_size.map_or(0, |size| size * size);
            let values = values.into_data().convert::<f32>().try_into_vec::<f32>().expect("floats");
            assert_eq!(values.len(), count * row);
            let found = block_on(network.predict_on_device(&image, &settings)).expect("detections").items;
            assert!(found.len() > 3, "{} detections on {device:?}", found.len());
            let present: Vec<&[f32]> = values.chunks_exact(row).filter(|row| row[4] >= 0.0).collect();
            assert_eq!(present.len(), found.len());
            for (packed, found) in present.into_iter().zip(&found) {
                assert_eq!((packed[4], packed[5] as usize), (found.score, found.class_id));
                assert_eq!(packed[2].min(WIDTH as f32), found.bounding_box.x2);
                let mask = found.mask.as_ref().map_or(&[][..], |mask| &mask.probabilities);
                assert_eq!(&packed[6..], mask);
            }
        }
    }
}
