//! How much of two boxes, or of two masks, is the same (`bbIou` and `rleIou` of COCO's `maskApi.c`).

use crate::structures::Rle;

/// Intersection over union of two boxes of left, top, width and height, 0..1; over the area of the
/// found box where the true one is around a crowd. 0 where they do not touch.
pub fn box_overlap(found: &[f64; 4], truth: &[f64; 4], crowd: bool) -> f64 {
    let side =
        |axis: usize| (found[axis] + found[axis + 2]).min(truth[axis] + truth[axis + 2]) - found[axis].max(truth[axis]);
    let (width, height) = (side(0), side(1));
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let (intersection, area) = (width * height, found[2] * found[3]);
    intersection / if crowd { area } else { area + truth[2] * truth[3] - intersection }
}

/// As [`box_overlap`], in pixels of two masks; `None` where they are of images of different sizes.
pub fn mask_overlap(found: &Rle, truth: &Rle, crowd: bool) -> Option<f64> {
    if (found.width(), found.height()) != (truth.width(), truth.height()) {
        return None;
    }
    let intersection = intersection(found, truth);
    if intersection == 0 {
        return Some(0.0);
    }
    let union = if crowd { found.area() } else { found.area() + truth.area() - intersection };
    Some(intersection as f64 / union as f64)
}

/// Number of pixels that are in both masks, which are of the same size.
fn intersection(a: &Rle, b: &Rle) -> u64 {
    let (mut a, mut b) = (a.runs().peekable(), b.runs().peekable());
    let mut pixels = 0;
    while let (Some(&first), Some(&second)) = (a.peek(), b.peek()) {
        pixels += first.1.min(second.1).saturating_sub(first.0.max(second.0)) as u64;
        // The run that ends first meets nothing more.
        if first.1 <= second.1 {
            a.next();
        } else {
            b.next();
        }
    }
    pixels
}
