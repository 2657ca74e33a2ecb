//! The whole network: torchvision's detections, batches, images of any shape, refusals.

#![allow(clippy::disallowed_methods, reason = "tests run natively and may wait for the device")]

#[path = "../devices/mod.rs"]
mod devices;

mod batch;
mod branches;
mod flop_count;
mod half_precision;
mod inspection;
mod packed;
mod pictures;
mod proposals;
mod single_colour;
mod tiles;
mod warm_up;

use burn::tensor::Device;
use devices::devices;
use maskrcnn_web::image::Image;
use maskrcnn_web::structures::Detections;
use maskrcnn_web::weights::{self, Model, WeightsOptions};
use maskrcnn_web::{Error, Settings};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("the file is there")
}

/// The narrow network of the references, as they were made: 128 pixels, 500 and 200 proposals.
fn tiny(options: &WeightsOptions, device: &Device) -> Model {
    let model =
        weights::load(file("models/reference-tiny.safetensors"), options, device).expect("the checkpoint loads");
    with(model, |settings| {
        settings.input.min_size = 128;
        settings.proposals.pre_nms_top_n = 500;
        settings.proposals.post_nms_top_n = 200;
    })
}

/// The model with other settings.
fn with(mut model: Model, change: impl FnOnce(&mut Settings)) -> Model {
    change(&mut model.settings);
    model
}

fn predict(model: &Model, images: &[Image]) -> Result<Vec<Detections>, Error> {
    futures_lite::future::block_on(model.network.predict(images, &model.settings))
}
