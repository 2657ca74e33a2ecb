//! One box on the CPU.

use super::MAX_LOG_SCALE;
use crate::structures::Size;

/// Moves and scales a box by deltas, then clips it to an image of this size.
///
/// `deltas` have already been divided by their weights; boxes are x1, y1, x2, y2.
pub(in crate::ops) fn decode_clipped(deltas: [f32; 4], corners: [f32; 4], image: Size) -> [f32; 4] {
    let side = |axis: usize, limit: usize| {
        let length = corners[axis + 2] - corners[axis];
        let centre = deltas[axis] * length + (corners[axis] + length * 0.5);
        let half = deltas[axis + 2].min(MAX_LOG_SCALE).exp() * length * 0.5;
        [centre - half, centre + half].map(|end| end.clamp(0.0, limit as f32))
    };
    let ([x1, x2], [y1, y2]) = (side(0, image.width), side(1, image.height));
    [x1, y1, x2, y2]
}

/// Whether both sides of a box are at least `min_size` long.
pub(in crate::ops) fn is_large([x1, y1, x2, y2]: [f32; 4], min_size: f32) -> bool {
    (x2 - x1).min(y2 - y1) >= min_size
}
