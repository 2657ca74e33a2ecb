//! What flows through the crate on the CPU: pictures, boxes, masks, detections.

mod bounding_box;
mod detections;
#[cfg(feature = "image-files")]
mod file_content;
mod image;
#[cfg(feature = "image-files")]
mod image_file;
mod rle;
mod size;

pub use bounding_box::BoundingBox;
pub use detections::{Detection, Detections, Mask};
#[cfg(feature = "image-files")]
pub use file_content::FileContent;
pub use image::Image;
#[cfg(feature = "image-files")]
pub use image_file::ImageFile;
pub use rle::{MaskRect, Rle};
pub use size::Size;
