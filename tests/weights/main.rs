//! Checkpoints: the formats, torchvision's layouts, and files that are damaged or hostile.

#[cfg(feature = "convert")]
mod convert;
mod damage;
mod detectron2;
#[cfg(feature = "convert")]
mod embedded;
mod fixtures;
mod folding;
mod formats;
mod loading;
#[cfg(feature = "cli")]
mod manifest;
mod pickles;
#[cfg(feature = "convert")]
mod quantised;
mod torchvision;
