//! What flows through the crate on the CPU: boxes, masks, detections.

mod bounding_box;
mod detections;
mod grid_index;
mod mask_crops;
mod mask_overlap;
mod objects;
mod pasted_mask;
mod rle;
mod size;

pub use bounding_box::BoundingBox;
pub use detections::{Detection, Detections, Mask};
pub use grid_index::GridIndex;
pub use mask_crops::{MaskCrops, Span};
pub use objects::Objects;
pub use pasted_mask::{MASK_THRESHOLD, PastedMask, paste};
pub use rle::{MaskRect, Rle};
pub use size::Size;
