//! What the network is to say of a box so that it becomes an object's: the inverse of
//! [`decode`](crate::ops::box_coder::decode) (`BoxCoder.encode` in
//! `torchvision/models/detection/_utils.py`).

use crate::structures::BoundingBox;

/// The deltas that move and scale `reference` to `object`. Both have sides longer than 0.
pub fn encode(object: &BoundingBox, reference: &BoundingBox, weights: [f32; 4]) -> [f32; 4] {
    let centre = |start: f32, length: f32| start + 0.5 * length;
    let shift = |object_start, object_length, start, length| {
        (centre(object_start, object_length) - centre(start, length)) / length
    };
    let (width, height) = (reference.width(), reference.height());
    let deltas = [
        shift(object.x1, object.width(), reference.x1, width),
        shift(object.y1, object.height(), reference.y1, height),
        (object.width() / width).ln(),
        (object.height() / height).ln(),
    ];
    core::array::from_fn(|index| weights[index] * deltas[index])
}
