//! The scale at which a network sees images.

use super::InputSettings;
use super::limits::MAX_IMAGE_SIDE;

impl InputSettings {
    /// Height and width that an image is resized to: the shorter side to `min_size`, or more where
    /// that would be less than `min_scale`, or less where the longer one would exceed `max_size`; at
    /// least one pixel.
    pub fn resized(&self, (height, width): (usize, usize)) -> (usize, usize) {
        let scale = self.scale((height, width));
        let side = |length: usize| ((length as f64 * scale).floor() as usize).max(1);
        (side(height), side(width))
    }

    /// The factor of [`InputSettings::resized`].
    pub fn scale(&self, (height, width): (usize, usize)) -> f64 {
        self.unlimited_scale((height, width)).min(self.max_size as f64 / height.max(width) as f64)
    }

    /// Whether an image is resized as `min_size` and `min_scale` say, which `max_size` does not hinder.
    pub fn is_unshrunk(&self, (height, width): (usize, usize)) -> bool {
        self.unlimited_scale((height, width)) * height.max(width) as f64 <= self.max_size as f64
    }

    fn unlimited_scale(&self, (height, width): (usize, usize)) -> f64 {
        (self.min_size as f64 / height.min(width) as f64).max(self.min_scale)
    }

    /// These settings, with images of all sizes resized by this factor.
    pub fn at_scale(&self, scale: f64) -> Self {
        Self { min_size: 1, max_size: MAX_IMAGE_SIDE, min_scale: scale, ..self.clone() }
    }

    /// Whether the model sees objects at a scale of their own, and not at one that depends on the size of the image.
    pub fn has_own_scale(&self) -> bool {
        self.min_scale > 0.0 || self.object_diameter.is_some()
    }
}
