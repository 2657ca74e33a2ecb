//! Checkpoints: the formats, torchvision's layouts, and files that are damaged or hostile.

mod conventions;
#[cfg(feature = "convert")]
mod convert;
mod damage;
mod detectron2;
mod efficientnet_lite;
#[cfg(feature = "convert")]
mod embedded;
mod fixtures;
mod folding;
mod formats;
mod legacy;
mod loading;
#[cfg(feature = "cli")]
mod manifest;
mod pickle_builder;
mod pickles;
#[cfg(feature = "convert")]
mod quantised;
mod state_dicts;
mod torchvision;
