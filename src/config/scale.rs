//! The scale at which a network sees images.

use super::InputSettings;
use super::limits::MAX_IMAGE_SIDE;

/// How much of a pixel of the network's input is an error of rounding.
const ROUNDING: f64 = 1e-6;

impl InputSettings {
    /// Height and width that an image is resized to: the shorter side to `min_size`, or more where
    /// that would be less than `min_scale`, or less where the longer one would exceed `max_size`; at
    /// least one pixel.
    ///
    /// Sides are rounded down, as torchvision does. Where the scale is `min_scale`, whatever the image's size, it is kept
    /// exactly, so that parts of an image look as in the whole, and a pixel that the image fills in part is one more.
    pub fn resized(&self, size: (usize, usize)) -> (usize, usize) {
        let scale = self.scale(size);
        let side = |length: usize| match self.is_at_min_scale(size) {
            true => (length as f64 * scale - ROUNDING).ceil(),
            false => (length as f64 * scale).floor(),
        };
        ((side(size.0) as usize).max(1), (side(size.1) as usize).max(1))
    }

    /// Height and width, in pixels of an image of this size, of a pixel of the image that [`InputSettings::resized`]
    /// makes of it.
    pub fn pixel_ratio(&self, (height, width): (usize, usize)) -> (f32, f32) {
        if self.is_at_min_scale((height, width)) {
            let ratio = (1.0 / self.min_scale) as f32;
            return (ratio, ratio);
        }
        let (resized_height, resized_width) = self.resized((height, width));
        (height as f32 / resized_height as f32, width as f32 / resized_width as f32)
    }

    /// The factor of [`InputSettings::resized`].
    pub fn scale(&self, (height, width): (usize, usize)) -> f64 {
        self.unlimited_scale((height, width)).min(self.max_size as f64 / height.max(width) as f64)
    }

    /// Whether an image is resized as `min_size` and `min_scale` say, which `max_size` does not hinder.
    pub fn is_unshrunk(&self, (height, width): (usize, usize)) -> bool {
        self.unlimited_scale((height, width)) * height.max(width) as f64 <= self.max_size as f64
    }

    /// Whether `min_scale` is what gives the scale.
    fn is_at_min_scale(&self, size: (usize, usize)) -> bool {
        self.unlimited_scale(size) <= self.min_scale && self.is_unshrunk(size)
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
