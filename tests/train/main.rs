//! Training, mirroring `src/train`.

#![cfg(feature = "train")]
#![allow(clippy::disallowed_methods, reason = "tests are native, where waiting for the device is allowed")]

#[path = "../devices/mod.rs"]
mod devices;

mod augment;
mod average;
mod beginning;
mod combine;
mod confidence;
mod config;
mod data_sets;
mod dataset;
mod defaults;
mod efficientnet_lite;
mod fixtures;
mod help;
mod loader;
mod matching;
mod objective;
mod parity;
mod reference;
mod run;
mod sampling;
mod schedule;
mod states;
mod synth;
mod targets;
mod trainer;
