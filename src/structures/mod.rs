//! What flows through the crate on the CPU: pictures, boxes, masks, detections.

mod bounding_box;
mod detections;
mod image;
#[cfg(feature = "cli")]
mod image_file;
mod rle;

pub use bounding_box::BoundingBox;
pub use detections::{Detection, Detections, Mask};
pub use image::Image;
pub use rle::{MaskRect, Rle};
