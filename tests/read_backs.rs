//! How often the device is waited for. A test program of its own, for the counter is the program's.

use std::sync::Mutex;

#[path = "devices/mod.rs"]
mod devices;

use burn::tensor::{DType, Int, Tensor};
use devices::devices;
use futures_util::FutureExt;
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::{counting_read_backs, read_backs};
use maskrcnn_web::ops::resize::DeviceImage;
use maskrcnn_web::structures::Size;
use maskrcnn_web::weights::{self, Model, WeightsOptions};

/// The counter is the program's: one test counts at a time.
static COUNTING: Mutex<()> = Mutex::new(());

#[test]
fn one_picture_or_two_take_one_read_back() {
    let _counting = COUNTING.lock();
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

#[test]
fn read_backs_of_calls_that_overlap_are_counted_apart() {
    let _counting = COUNTING.lock();
    let checkpoint = format!("{}/models/reference-tiny.safetensors", env!("CARGO_MANIFEST_DIR"));
    let images = [Image::from_rgba(64, 48, vec![99; 64 * 48 * 4]).expect("an image")];
    for device in devices() {
        let bytes = std::fs::read(&checkpoint).expect("the checkpoint is there");
        let Model { network, mut settings } =
            weights::load(bytes, &WeightsOptions::default(), &device).expect("the checkpoint loads");
        settings.input.min_size = 64;
        let [one, inspected] = [
            counting_read_backs(async { network.predict(&images, &settings).await.map(drop) }).boxed_local(),
            counting_read_backs(async { network.inspect(&images[0], &settings).await.map(drop) }).boxed_local(),
        ];
        let ((one, few), (inspection, many)) =
            futures_lite::future::block_on(futures_util::future::join(one, inspected));
        assert!(one.is_ok() && inspection.is_ok());
        assert_eq!(few, 1, "on {device:?}");
        assert!(many > 10, "{many} on {device:?}");
    }
}

#[test]
fn what_stays_on_the_device_takes_none() {
    let _counting = COUNTING.lock();
    let checkpoint = format!("{}/models/reference-tiny.safetensors", env!("CARGO_MANIFEST_DIR"));
    let image = Image::from_rgba(64, 48, vec![99; 64 * 48 * 4]).expect("an image");
    for device in devices() {
        let bytes = std::fs::read(&checkpoint).expect("the checkpoint is there");
        let Model { network, mut settings } =
            weights::load(bytes, &WeightsOptions::default(), &device).expect("the checkpoint loads");
        settings.input.min_size = 64;
        let words = Tensor::<1, Int>::full([64 * 48], 0x6363_6363, (&device, DType::I32));
        let tone = settings.input.tone(&image).expect("a tone");
        let on_device = DeviceImage::new(words, Size { height: 48, width: 64 }, tone).expect("an image on the device");
        let before = read_backs();
        let packed = futures_lite::future::block_on(network.pack_on_device(&on_device, &settings));
        assert!(packed.is_ok());
        assert_eq!(read_backs() - before, 0, "on {device:?}");
    }
}
