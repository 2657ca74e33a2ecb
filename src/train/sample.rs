//! What the network is shown in training: a picture and the objects in it.

use crate::structures::{BoundingBox, Image, MaskRect};

/// A picture as the network gets it, and what it is to find there. All coordinates are pixels of
/// this picture, which is not resized any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The picture.
    pub image: Image,
    /// The objects to find; there may be none.
    pub objects: Vec<Object>,
    /// Where nothing is right and nothing is wrong: COCO's crowd regions.
    pub ignored: Vec<BoundingBox>,
}

/// An object that the network is to find.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The smallest box around it, with sides longer than 0.
    pub bounding_box: BoundingBox,
    /// Its class, 1 and more; 0 is the background.
    pub class_id: usize,
    /// Its mask; `None` in a data set that has boxes only.
    pub mask: Option<ObjectMask>,
}

/// The mask of an object, cut out of its picture. Outside of the part it is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMask {
    /// Which part of the picture it covers.
    pub part: MaskRect,
    /// `[part.height, part.width]`, rows from top to bottom, 0 or 1.
    pub pixels: Vec<u8>,
}
