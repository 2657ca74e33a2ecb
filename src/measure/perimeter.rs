//! The perimeter of an object (`perimeter` in `skimage/measure/_regionprops_utils.py`; Benkrid and Crookes 2000).

use std::f64::consts::SQRT_2;

use crate::structures::MaskRect;

/// The length in pixels of the outlines of an object, those of holes included. `pixels` are those of its rectangle,
/// `[height, width]`, 0 or 1.
///
/// The outline goes through the centres of the pixels that have one of their four neighbours outside; how much of it a
/// pixel holds depends on which of its eight neighbours are such pixels, too.
pub(super) fn perimeter(rect: MaskRect, pixels: &[u8]) -> f64 {
    // With a pixel of nothing around, so that each pixel has eight neighbours.
    let stride = rect.width + 2;
    let mut inside = vec![false; stride * (rect.height + 2)];
    for (row, pixels) in pixels.chunks_exact(rect.width).enumerate() {
        for (column, &pixel) in pixels.iter().enumerate() {
            inside[(row + 1) * stride + column + 1] = pixel != 0;
        }
    }
    let is_border = |at: usize| inside[at] && !straight(at, stride).into_iter().all(|near| inside[near]);
    let border: Vec<bool> = (0..inside.len()).map(is_border).collect();
    let count = |near: [usize; 4]| near.into_iter().filter(|&near| border[near]).count();
    let at_border = (0..border.len()).filter(|&at| border[at]);
    at_border.map(|at| length(count(straight(at, stride)), count(diagonal(at, stride)))).sum()
}

/// The four neighbours that share an edge.
fn straight(at: usize, stride: usize) -> [usize; 4] {
    [at - stride, at - 1, at + 1, at + stride]
}

/// The four neighbours that share a corner.
fn diagonal(at: usize, stride: usize) -> [usize; 4] {
    [at - stride - 1, at - stride + 1, at + stride - 1, at + stride + 1]
}

/// The length of the outline in a pixel of the border, by the numbers of its neighbours that are of the border.
fn length(straight: usize, diagonal: usize) -> f64 {
    match (straight, diagonal) {
        (2 | 3, 0..=2) => 1.0,
        (0, 2) | (1, 3) => SQRT_2,
        (1, 1 | 2) => (1.0 + SQRT_2) / 2.0,
        _ => 0.0,
    }
}
