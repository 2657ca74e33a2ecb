//! The whole network: torchvision's detections, batches, pictures of any shape, refusals.

#![allow(clippy::disallowed_methods, reason = "tests run natively and may wait for the device")]

#[path = "../devices/mod.rs"]
mod devices;

mod batch;
mod branches;
mod contrast;
mod flop_count;
mod half_precision;
mod inspection;
mod pictures;
mod single_colour;
mod warm_up;

use burn::tensor::Device;
use devices::devices;
use maskrcnn_web::model::MaskRcnn;
use maskrcnn_web::structures::{Detections, Image};
use maskrcnn_web::weights::{self, WeightsOptions};
use maskrcnn_web::{Error, PredictOptions};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("the file is there")
}

/// The narrow network of the references, as they were made: 128 pixels, 500 and 200 proposals.
fn tiny(options: &WeightsOptions, device: &Device) -> MaskRcnn {
    let mut network =
        weights::load(file("models/reference-tiny.safetensors"), options, device).expect("the checkpoint loads");
    let config = network.config_mut();
    config.transform.min_size = 128;
    config.rpn.pre_nms_top_n = 500;
    config.rpn.post_nms_top_n = 200;
    network
}

fn predict(network: &MaskRcnn, images: &[Image], options: &PredictOptions) -> Result<Vec<Detections>, Error> {
    futures_lite::future::block_on(network.predict(images, options))
}
