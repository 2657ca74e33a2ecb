//! Mask R-CNN (He et al. 2017) on [burn](https://burn.dev): instance segmentation that runs with
//! WebGPU in the browser, and natively on CPU or GPU.
//!
//! # The objects in an image
//! The default model finds cell nuclei; [`weights::ModelFolder`] and [`weights::load`] read others.
//!
#![cfg_attr(all(feature = "convert", feature = "cpu", feature = "image-files"), doc = "```")]
#![cfg_attr(not(all(feature = "convert", feature = "cpu", feature = "image-files")), doc = "```ignore")]
//! # fn main() -> maskrcnn_web::Result<()> {
//! use std::path::Path;
//!
//! use burn::tensor::Device;
//! use futures_lite::future::block_on;
//! use maskrcnn_web::image::Image;
//! use maskrcnn_web::weights::{self, WeightsOptions};
//!
//! let (manifest, checkpoint) = weights::default_model()?;
//! let model = weights::load(checkpoint, &WeightsOptions::default(), &Device::flex())?;
//! let image = Image::read(Path::new("www/example.png"))?;
//! for found in block_on(model.network.predict(&[image], &manifest.settings))? {
//!     assert!(found.items.len() > 50);
//!     for detection in found.items {
//!         println!("{} {:.2}", manifest.labels[detection.class_id], detection.score);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `examples/` draws the masks, and fine-tunes the model on a data set.
// Without a backend there are only the readers of files, and nobody calls the network.
#![cfg_attr(not(any(feature = "cpu", feature = "webgpu")), allow(unused))]

#[cfg(feature = "coco")]
pub mod coco;
pub mod config;
pub mod error;
#[cfg(feature = "eval")]
pub mod eval;
pub mod export;
pub mod image;
pub mod inference;
pub mod measure;
pub mod model;
pub mod ops;
pub mod structures;
pub mod text;
pub mod tiling;
#[cfg(feature = "train")]
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;

pub use config::{Layout, Settings};
pub use error::{Error, Result};
pub use weights::Model;
