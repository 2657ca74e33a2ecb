//! Which level of the pyramid a region of interest is pooled from
//! (Lin et al. 2017, equation 1; `LevelMapper` in `torchvision/ops/poolers.py`).

/// Minimum sides of a square region on P3, P4 and P5, in pixels of the resized image when P2's scale is
/// 1/4; they are inversely proportional to that scale.
///
/// torchvision takes `floor(4 + log2(side / 224) + 1e-6)` in float32. Comparing with the sides
/// where that steps up gives the same levels without a logarithm, which GPUs compute less exactly.
pub(crate) const LEVEL_SIDES: [f32; 3] = [111.999_93, 223.999_85, 447.999_7];

/// The pyramid level, 0 for P2 to 3 for P5, of a box of this area in square pixels; `p2_scale` is
/// that of [`level_scale`] for P2.
pub(crate) fn level_of(area: f32, p2_scale: f32) -> usize {
    let side = area.sqrt() * (4.0 * p2_scale);
    LEVEL_SIDES.iter().filter(|&&min_side| side >= min_side).count()
}

/// Pixels of a level per pixel of the resized image: a power of two
/// (`MultiScaleRoIAlign._setup_scales` in `torchvision/ops/poolers.py`).
///
/// `feature` and `image` are heights; the image's is the one before padding, of the tallest
/// image of the batch. So where padding is a large part of the height, P2's scale is not 1/4;
/// torchvision's is the same.
pub fn level_scale(feature: usize, image: usize) -> f32 {
    let ratio = feature as f32 / image as f32;
    ratio.log2().round().exp2()
}
