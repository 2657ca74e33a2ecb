//! Which level of the pyramid a region of interest is pooled from
//! (Lin et al. 2017, equation 1; `LevelMapper` in `torchvision/ops/poolers.py`).

/// Sides of a square region from which on it belongs to the second, third and fourth level.
///
/// torchvision takes `floor(4 + log2(side / 224) + 1e-6)` in float32. Comparing with the sides
/// where that steps up gives the same levels without a logarithm, which GPUs compute less exactly.
pub(crate) const LEVEL_SIDES: [f32; 3] = [111.999_93, 223.999_85, 447.999_7];

/// The pyramid level, 0 for P2 to 3 for P5, of a box of this area in square pixels.
#[cfg(any(feature = "cpu", test))]
pub(crate) fn level_of(area: f32) -> usize {
    let side = area.sqrt();
    LEVEL_SIDES.iter().filter(|&&least| side >= least).count()
}

/// Pixels of a level for each pixel of the resized picture: a power of two
/// (`MultiScaleRoIAlign._setup_scales` in `torchvision/ops/poolers.py`).
///
/// `feature` and `picture` are heights; the picture's is the one before padding.
pub fn level_scale(feature: usize, picture: usize) -> f32 {
    let ratio = feature as f32 / picture as f32;
    ratio.log2().round().exp2()
}
