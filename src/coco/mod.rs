//! COCO's JSON: data sets, results, and the masks in them
//! (<https://cocodataset.org/#format-data>). Native only.

mod annotations;
mod class_map;
mod file;
mod image_folder;
mod polygon;
mod results;
mod segmentation;

pub use annotations::{CocoAnnotation, CocoCategory, CocoDataset, CocoImage};
pub use class_map::ClassMap;
pub use image_folder::image_folder;
pub use results::{CocoResult, CocoResults};
pub use segmentation::{CocoCounts, CocoSegmentation};
