//! Checkpoints: the formats, torchvision's layouts, and files that are damaged or hostile.

mod damage;
mod fixtures;
mod folding;
mod formats;
mod loading;
mod pickles;
mod torchvision;
