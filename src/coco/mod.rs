//! COCO's JSON: data sets, results, and the masks in them
//! (<https://cocodataset.org/#format-data>). Native only.

mod annotation_reader;
mod annotations;
mod class_map;
mod dataset_reader;
mod entries;
mod file;
mod id;
mod image_files;
pub(crate) mod image_index;
mod polygon;
mod results;
mod scalar;
pub(crate) mod segmentation;
mod warnings;
mod written;
mod written_mask;

pub use annotations::{CocoAnnotation, CocoCategory, CocoDataset, CocoImage};
pub use class_map::ClassMap;
pub use id::CocoId;
pub use image_files::ImageFiles;
pub use results::{CocoResult, CocoResults};
pub use segmentation::{CocoCounts, CocoSegmentation};
pub use warnings::{Warning, WarningKind, Warnings};
