//! Mask R-CNN (He et al. 2017) on [burn](https://burn.dev): instance segmentation that runs with
//! WebGPU in the browser, and natively on CPU or GPU.
// Without a backend there are only the readers of files, and nobody calls the network.
#![cfg_attr(not(any(feature = "cpu", feature = "webgpu")), allow(unused))]

#[cfg(feature = "coco")]
pub mod coco;
pub mod config;
pub mod error;
#[cfg(feature = "eval")]
pub mod eval;
pub mod inference;
pub mod model;
pub mod ops;
pub mod structures;
pub mod text;
#[cfg(feature = "train")]
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;

pub use config::{Layout, Settings};
pub use error::{Error, Result};
pub use weights::Model;
