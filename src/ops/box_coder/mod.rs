//! Boxes from the network's deltas (Girshick et al. 2014, appendix C;
//! `BoxCoder` in `torchvision/models/detection/_utils.py`).

use burn::tensor::Tensor;

use crate::structures::Size;

/// Upper bound of the deltas of width and height, which are logarithms of scale factors.
pub const MAX_LOG_SCALE: f32 = 4.135_166_6; // ln(1000 / 16)

/// Weights of the region proposal network's deltas.
pub const RPN_WEIGHTS: [f32; 4] = [1.0; 4];

/// Weights of the box head's deltas (Girshick et al. 2014; `RoIHeads` in torchvision).
pub const BOX_WEIGHTS: [f32; 4] = [10.0, 10.0, 5.0, 5.0];

/// Moves and scales reference boxes by deltas.
///
/// # Shapes
/// - deltas: `[n, 4]`: shift of the centre in widths and heights, logarithm of the scale in width
///   and height, each times its weight
/// - boxes: `[n, 4]`, x1, y1, x2, y2
/// - output: `[n, 4]`, in the unit of `boxes`
pub fn decode(deltas: Tensor<2>, boxes: Tensor<2>, weights: [f32; 4]) -> Tensor<2> {
    let column = |tensor: &Tensor<2>, index: usize| tensor.clone().narrow(1, index, 1);
    let [x1, y1, x2, y2] = core::array::from_fn(|index| column(&boxes, index));
    let (width, height) = (x2 - x1.clone(), y2 - y1.clone());
    let (centre_x, centre_y) = (x1 + width.clone() * 0.5, y1 + height.clone() * 0.5);

    let [dx, dy, dw, dh] = core::array::from_fn(|index| column(&deltas, index) / weights[index]);
    let centre_x = dx * width.clone() + centre_x;
    let centre_y = dy * height.clone() + centre_y;
    let half_width = dw.clamp_max(MAX_LOG_SCALE).exp() * width * 0.5;
    let half_height = dh.clamp_max(MAX_LOG_SCALE).exp() * height * 0.5;
    Tensor::cat(
        vec![
            centre_x.clone() - half_width.clone(),
            centre_y.clone() - half_height.clone(),
            centre_x + half_width,
            centre_y + half_height,
        ],
        1,
    )
}

/// Clips boxes `[n, 4]` to an image of this size (`clip_boxes_to_image` in
/// `torchvision/ops/boxes.py`).
pub fn clip(boxes: Tensor<2>, image: Size) -> Tensor<2> {
    let x = boxes.clone().slice_dim(1, burn::tensor::s![0..4;2]).clamp(0.0, image.width as f32);
    let y = boxes.slice_dim(1, burn::tensor::s![1..4;2]).clamp(0.0, image.height as f32);
    let [n, _] = x.dims();
    Tensor::stack::<3>(vec![x, y], 2).reshape([n, 4])
}

/// 1 where both sides of a box are at least `min_size` long, else 0.
///
/// # Shapes
/// - boxes: `[n, 4]`
/// - output: `[n]`
pub fn is_large(boxes: Tensor<2>, min_size: f32) -> Tensor<1, burn::tensor::Bool> {
    let [n, _] = boxes.dims();
    let sides = boxes.clone().narrow(1, 2, 2) - boxes.narrow(1, 0, 2);
    sides.min_dim(1).reshape([n]).greater_equal_elem(min_size)
}

/// [`decode`] and [`clip`] for one box on the CPU.
///
/// `deltas` have already been divided by their weights; boxes are x1, y1, x2, y2.
pub fn decode_clipped(deltas: [f32; 4], corners: [f32; 4], image: Size) -> [f32; 4] {
    let side = |axis: usize, limit: usize| {
        let length = corners[axis + 2] - corners[axis];
        let centre = deltas[axis] * length + (corners[axis] + length * 0.5);
        let half = deltas[axis + 2].min(MAX_LOG_SCALE).exp() * length * 0.5;
        [centre - half, centre + half].map(|end| end.clamp(0.0, limit as f32))
    };
    let ([x1, x2], [y1, y2]) = (side(0, image.width), side(1, image.height));
    [x1, y1, x2, y2]
}

/// [`is_large`] for one box on the CPU.
pub fn is_large_box([x1, y1, x2, y2]: [f32; 4], min_size: f32) -> bool {
    (x2 - x1).min(y2 - y1) >= min_size
}
