//! What one image gives: detections, each with a box, a class, a score and a mask.

use super::BoundingBox;

/// All that was found on one image, best score first.
#[derive(Debug, Clone, PartialEq)]
pub struct Detections {
    /// Width of the image in pixels.
    pub width: usize,
    /// Height of the image in pixels.
    pub height: usize,
    /// The detections, best score first.
    pub items: Vec<Detection>,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Where it is, in pixels of the image.
    pub bounding_box: BoundingBox,
    /// Its class, 1 or more (0 is the background and is never reported).
    pub class_id: usize,
    /// How sure the network is, 0..1.
    pub score: f32,
    /// Its mask relative to the box; `None` for a network without the mask branch.
    pub mask: Option<Mask>,
}

/// The mask of one object as the network gives it: a square grid of probabilities over the box.
///
/// [`paste`](super::paste) brings it to the image's size.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Cells a side (28 in torchvision's networks).
    pub size: usize,
    /// Probability of each cell, 0..1, `[size, size]`, rows from top to bottom.
    pub probabilities: Vec<f32>,
    /// Whether the grid covers the box exactly. As torchvision teaches and pastes masks, it does so
    /// only to whole pixels.
    pub aligned: bool,
}
