//! The largest values that settings, images and checkpoints may have, the same on every platform.

use crate::image::Image;

/// Longest side of an image, in pixels.
pub const MAX_IMAGE_SIDE: usize = Image::MAX_SIDE;

/// Most detections of an image.
pub const MAX_DETECTIONS: usize = 1000;

/// Most candidates of a pyramid level before non-maximum suppression. With [`MAX_PROPOSALS`], five levels
/// and 91 classes it keeps the table of overlapping pairs below 64 MiB.
pub const MAX_CANDIDATES: usize = 8192;

/// Most proposals of an image.
pub const MAX_PROPOSALS: usize = 2048;

/// Most classes, including the background.
pub const MAX_CLASSES: usize = 4096;

/// Smallest and largest value of settings that have no natural bounds: they only keep the arithmetic finite.
pub const MIN_POSITIVE: f32 = 1e-4;
/// See [`MIN_POSITIVE`].
pub const MAX_MAGNITUDE: f32 = 1e4;
