//! Masks from the grid over a box to the pixels of the image
//! (`paste_masks_in_image` in `torchvision/models/detection/roi_heads.py` and, for those that are
//! aligned, in `detectron2/layers/mask_ops.py`).

use super::{BoundingBox, Mask, MaskRect, Rle};
use crate::error::Result;

/// The probability from which on a pixel belongs to an object (He et al. 2017, section 3.1).
pub const MASK_THRESHOLD: f32 = 0.5;

/// A mask in pixels of the image: only the rectangle that it can reach.
#[derive(Debug, Clone, PartialEq)]
pub struct PastedMask {
    /// Left column of the rectangle.
    pub x: usize,
    /// Upper row of the rectangle.
    pub y: usize,
    /// Columns of the rectangle; 0 where the box lies outside of the image.
    pub width: usize,
    /// Rows of the rectangle; 0 where the box lies outside of the image.
    pub height: usize,
    /// Probability of each pixel, 0..1, `[height, width]`.
    pub probabilities: Vec<f32>,
}

impl PastedMask {
    /// The rectangle.
    pub fn rect(&self) -> MaskRect {
        MaskRect { x: self.x, y: self.y, width: self.width, height: self.height }
    }

    /// 1 for each pixel of the rectangle whose probability reaches the threshold, else 0.
    pub fn binary(&self, threshold: f32) -> Vec<u8> {
        self.probabilities.iter().map(|&probability| u8::from(probability >= threshold)).collect()
    }

    /// The pixels whose probability reaches the threshold, in an image of `width × height` pixels.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] where the rectangle reaches over the image's edge, or a side
    /// is over [`crate::image::Image::MAX_SIDE`].
    pub fn to_rle(&self, threshold: f32, width: usize, height: usize) -> Result<Rle> {
        Rle::from_cropped(width, height, self.rect(), &self.binary(threshold))
    }
}

/// The pixels of one side that a mask covers, and where each lies on the mask's grid.
struct Span {
    start: usize,
    /// Lower grid cell, higher grid cell, weight of the higher, for each pixel.
    samples: Vec<(usize, usize, f32)>,
}

/// Brings a mask to an image of `width × height` pixels.
///
/// The grid gets a border of one empty cell, and each pixel is interpolated between the cells around
/// it. The box is expanded with the grid; unless the mask is aligned, it is then rounded to whole
/// pixels.
pub fn paste(mask: &Mask, bounding_box: &BoundingBox, width: usize, height: usize) -> PastedMask {
    let grid = mask.size + 2;
    let expansion = grid as f32 / mask.size as f32;
    let span = |low: f32, high: f32, length: usize| {
        let half = (high - low) * 0.5 * expansion;
        let (low, high) = ((high + low) * 0.5 - half, (high + low) * 0.5 + half);
        if mask.aligned { exact_span(low, high, grid, length) } else { rounded_span(low, high, grid, length) }
    };
    let columns = span(bounding_box.x1, bounding_box.x2, width);
    let rows = span(bounding_box.y1, bounding_box.y2, height);
    let at = |row: usize, column: usize| {
        let inside = (1..=mask.size).contains(&row) && (1..=mask.size).contains(&column);
        if inside { mask.probabilities[(row - 1) * mask.size + column - 1] } else { 0.0 }
    };
    let mut probabilities = Vec::with_capacity(rows.samples.len() * columns.samples.len());
    for &(top, bottom, dy) in &rows.samples {
        for &(left, right, dx) in &columns.samples {
            let upper = at(top, left) * (1.0 - dx) + at(top, right) * dx;
            let lower = at(bottom, left) * (1.0 - dx) + at(bottom, right) * dx;
            probabilities.push(upper * (1.0 - dy) + lower * dy);
        }
    }
    PastedMask {
        x: columns.start,
        y: rows.start,
        width: columns.samples.len(),
        height: rows.samples.len(),
        probabilities,
    }
}

/// The pixels between the edges of an expanded box; a pixel takes what is at its centre.
fn exact_span(low: f32, high: f32, grid: usize, length: usize) -> Span {
    let step = grid as f32 / (high - low).max(f32::MIN_POSITIVE);
    let start = (low.floor() as i64).clamp(0, length as i64);
    let end = (high.ceil() as i64).clamp(start, length as i64);
    let samples = (start..end).map(|pixel| sample(step * (pixel as f32 + 0.5 - low) - 0.5, grid)).collect();
    Span { start: start as usize, samples }
}

/// The pixels of an expanded box whose edges are rounded as torchvision does.
fn rounded_span(low: f32, high: f32, grid: usize, length: usize) -> Span {
    let (low, high) = (low as i64, high as i64);
    let pixels = (high - low + 1).max(1);
    let step = grid as f32 / pixels as f32;
    let start = low.clamp(0, length as i64);
    let end = (high + 1).clamp(start, length as i64);
    let samples = (start..end).map(|pixel| sample(step * ((pixel - low) as f32 + 0.5) - 0.5, grid)).collect();
    Span { start: start as usize, samples }
}

/// The cells around a position on the grid, and the weight of the higher one.
fn sample(position: f32, grid: usize) -> (usize, usize, f32) {
    let position = position.max(0.0);
    let cell = (position as usize).min(grid - 1);
    (cell, (cell + 1).min(grid - 1), (position - cell as f32).min(1.0))
}
