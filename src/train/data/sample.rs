//! What the network is shown in training: an image and the objects in it.

use crate::image::Image;
use crate::structures::{BoundingBox, MaskRect};
use crate::train::LabelledClasses;

/// An image and its ground truth. All coordinates are pixels of this image.
///
/// A data set gives it as it is stored; [`Augment`](crate::train::Augment) makes it what the network gets, which is
/// no longer resized.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The image.
    pub image: Image,
    /// The ground-truth objects; may be empty.
    pub objects: Vec<Object>,
    /// Where nothing is right and nothing is wrong: COCO's crowd regions.
    pub ignored: Vec<BoundingBox>,
    /// The classes of which there are no objects but the ground truth.
    pub labelled: LabelledClasses,
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

/// The mask of an object, cut out of its image. Outside of the part it is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMask {
    /// Which part of the image it covers.
    pub part: MaskRect,
    /// `[part.height, part.width]`, rows from top to bottom, 0 or 1.
    pub pixels: Vec<u8>,
}

impl ObjectMask {
    /// Number of pixels inside.
    pub fn area(&self) -> usize {
        self.pixels.iter().filter(|&&pixel| pixel != 0).count()
    }

    /// The pixels inside, as column and row of the image, row by row.
    pub(crate) fn inside(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let MaskRect { x, y, width, .. } = self.part;
        let pixels = self.pixels.iter().enumerate().filter(|(_, pixel)| **pixel != 0);
        pixels.map(move |(i, _)| (x + i % width, y + i / width))
    }

    /// The box around the part that the mask covers: the smallest one around all pixels inside
    /// where the mask is trimmed.
    pub fn bounding_box(&self) -> BoundingBox {
        let MaskRect { x, y, width, height } = self.part;
        BoundingBox { x1: x as f32, y1: y as f32, x2: (x + width) as f32, y2: (y + height) as f32 }
    }

    /// The part of the mask in a window, which is moved to a column and a row; `None` where no pixel is inside.
    pub fn moved(&self, window: MaskRect, (x, y): (usize, usize)) -> Option<Self> {
        let part = self.part;
        let columns = part.x.max(window.x)..(part.x + part.width).min(window.x + window.width);
        let rows = part.y.max(window.y)..(part.y + part.height).min(window.y + window.height);
        if columns.is_empty() || rows.is_empty() {
            return None;
        }
        let line = |row: usize| &self.pixels[(row - part.y) * part.width + columns.start - part.x..][..columns.len()];
        let pixels = rows.clone().flat_map(line).copied().collect();
        let part = MaskRect {
            x: columns.start - window.x + x,
            y: rows.start - window.y + y,
            width: columns.len(),
            height: rows.len(),
        };
        Self { part, pixels }.trimmed()
    }

    /// The same mask, covering no more than needed; `None` where no pixel is inside.
    pub fn trimmed(self) -> Option<Self> {
        let MaskRect { x, y, width, height } = self.part;
        let mut rows = (0..height).filter(|row| self.pixels[row * width..][..width].contains(&1));
        let top = rows.next()?;
        let bottom = rows.next_back().unwrap_or(top) + 1;
        let inside = |column: &usize| (top..bottom).any(|row| self.pixels[row * width + column] == 1);
        let left = (0..width).find(inside)?;
        let right = (0..width).rfind(inside)? + 1;
        let part = MaskRect { x: x + left, y: y + top, width: right - left, height: bottom - top };
        let line = |row: usize| &self.pixels[row * width + left..row * width + right];
        let pixels = (top..bottom).flat_map(line).copied().collect();
        Some(Self { part, pixels })
    }
}
