//! What flows through the crate on the CPU: pictures, boxes, masks, detections.

mod bounding_box;
mod detections;
#[cfg(feature = "cli")]
mod file_content;
mod image;
#[cfg(feature = "cli")]
mod image_file;
mod rle;

pub use bounding_box::BoundingBox;
pub use detections::{Detection, Detections, Mask};
#[cfg(feature = "cli")]
pub use file_content::FileContent;
pub use image::Image;
#[cfg(feature = "cli")]
pub use image_file::ImageFile;
pub use rle::{MaskRect, Rle};
