//! Checkpoints: the formats, torchvision's layouts, and files that are damaged or hostile.

mod damage;
mod fixtures;
mod folding;
mod formats;
mod loading;
#[cfg(feature = "cli")]
mod manifest;
mod pickles;
mod torchvision;
