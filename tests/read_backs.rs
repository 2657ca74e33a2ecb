//! How often the device is waited for. A test program of its own, for the counter is the program's.

#[path = "devices/mod.rs"]
mod devices;

use devices::devices;
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::read_backs;
use maskrcnn_web::weights::{self, Model, WeightsOptions};

#[test]
fn one_picture_or_two_take_one_read_back() {
    let checkpoint = format!("{}/models/reference-tiny.safetensors", env!("CARGO_MANIFEST_DIR"));
    let image = Image::from_rgba(64, 48, vec![99; 64 * 48 * 4]).expect("a picture");
    for device in devices() {
        let bytes = std::fs::read(&checkpoint).expect("the checkpoint is there");
        let Model { network, mut settings } =
            weights::load(bytes, &WeightsOptions::default(), &device).expect("the checkpoint loads");
        settings.input.min_size = 64;
        for count in 1..=2 {
            let before = read_backs();
            let pictures = vec![image.clone(); count];
            futures_lite::future::block_on(network.predict(&pictures, &settings)).expect("detections");
            assert_eq!(read_backs() - before, 1, "{count} pictures on {device:?}");
        }
    }
}
