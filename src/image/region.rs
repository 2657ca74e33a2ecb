//! Rectangles of an image in whole pixels.

use super::Image;
use crate::error::{Error, Result};

/// A rectangle of an image in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Region {
    /// Columns of the image left of it.
    pub x: usize,
    /// Rows of the image above it.
    pub y: usize,
    /// Its columns.
    pub width: usize,
    /// Its rows.
    pub height: usize,
}

impl Region {
    /// The column after the last one.
    pub fn right(&self) -> usize {
        self.x + self.width
    }

    /// The row after the last one.
    pub fn bottom(&self) -> usize {
        self.y + self.height
    }

    /// Number of its pixels.
    pub fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// What it has in common with another one; `None` where that is empty.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        (x < right && y < bottom).then(|| Self { x, y, width: right - x, height: bottom - y })
    }

    /// # Errors
    /// [`Error::InvalidInput`] where it is empty, reaches over the edge of an image of `width × height` pixels, or has a
    /// side over [`Image::MAX_SIDE`].
    pub fn check(&self, width: usize, height: usize) -> Result<()> {
        let Self { x, y, width: w, height: h } = *self;
        let is_within =
            |start: usize, length: usize, side: usize| start.checked_add(length).is_some_and(|end| end <= side);
        if w == 0 || h == 0 || !is_within(x, w, width) || !is_within(y, h, height) {
            return Err(Error::InvalidInput(format!(
                "the region of {w}×{h} pixels at ({x}, {y}) must be within the image of {width}×{height} pixels, and \
                 not empty"
            )));
        }
        if w > Image::MAX_SIDE || h > Image::MAX_SIDE {
            return Err(Error::InvalidInput(format!(
                "the region has {w}×{h} pixels; a side may have at most {}",
                Image::MAX_SIDE
            )));
        }
        Ok(())
    }
}
