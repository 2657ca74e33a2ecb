//! Training, mirroring `src/train`.

#![cfg(feature = "train")]

mod augment;
mod dataset;
mod fixtures;
mod loader;
