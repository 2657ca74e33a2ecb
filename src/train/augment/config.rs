//! What augmentation may do to an image, how often and how much.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::image::Image;

/// A change that is made with some probability, by an amount drawn from a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    /// How often it is made, 0..1.
    pub probability: f32,
    /// The smallest and the largest amount.
    pub range: [f32; 2],
}

impl Jitter {
    const fn new(probability: f32, range: [f32; 2]) -> Self {
        Self { probability, range }
    }
}

/// How images are varied in training. Amounts of light are on 0..1.
///
/// The defaults are for microscopy, where neither up and down nor bright and dark mean anything.
/// Factors are drawn so that halving and doubling are equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentConfig {
    /// Height and width of the part of an image that is shown, in the network's pixels, 1 to 16384; less where the
    /// image is smaller.
    pub crop: [usize; 2],
    /// The smallest and the largest factor on the size that images have in prediction, more than 0.
    pub scale: [f32; 2],
    /// Probability that the part is placed on an object, 0 to 1; else it is anywhere.
    pub object_in_crop: f32,
    /// Objects of which less than this share of their area is shown, 0 to 1, are ignored: neither to be found nor
    /// wrong to be found.
    pub min_visible: f32,
    /// Objects of which fewer pixels than this are shown are ignored, too.
    pub min_pixels: usize,
    /// Probability that an image is joined with three others of its kind to a mosaic, 0 to 1.
    pub mosaic: f32,
    /// Probability that masked objects of another image of its kind are pasted into an image, 0 to 1.
    pub copy_paste: f32,
    /// Probability of a horizontal flip, 0 to 1.
    pub horizontal_flip: f32,
    /// Probability of a vertical flip, 0 to 1.
    pub vertical_flip: f32,
    /// Probability of a rotation by a right angle, 0 to 1.
    pub quarter_turn: f32,
    /// Probability that the image is inverted, 0 to 1.
    pub invert: f32,
    /// Factor on the light, more than 0.
    pub brightness: Jitter,
    /// Factor on the difference from the image's mean light, more than 0.
    pub contrast: Jitter,
    /// Exponent of the light, more than 0.
    pub gamma: Jitter,
    /// Factor on each channel by itself, more than 0.
    pub channels: Jitter,
    /// Factor on the density of each of two stains by itself, in images with colours, more than 0.
    pub stain: Jitter,
    /// Probability that the image becomes grey, 0 to 1.
    pub grey: f32,
    /// Factor on the saturation of colours, more than 0.
    pub saturation: Jitter,
    /// Turn of the hue, where 1 is once around.
    pub hue: Jitter,
    /// Probability that a grey image of bright objects is shown as a composite, 0 to 1: the objects in one colour, other
    /// stains beside them in other colours.
    pub counterstain: f32,
    /// Standard deviation of a Gaussian blur, in the network's pixels, 0 or more.
    pub blur: Jitter,
    /// Standard deviation of noise that is the same in light and dark (the camera's), 0 or more.
    pub noise: Jitter,
    /// Number of photons of a white pixel, more than 0: fewer make more noise in the light (Poisson).
    pub photons: Jitter,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            crop: [384, 384],
            scale: [0.7, 1.5],
            object_in_crop: 0.9,
            min_visible: 0.2,
            min_pixels: 8,
            mosaic: 0.0,
            copy_paste: 0.0,
            horizontal_flip: 0.5,
            vertical_flip: 0.5,
            quarter_turn: 0.5,
            invert: 0.1,
            brightness: Jitter::new(0.5, [0.6, 1.7]),
            contrast: Jitter::new(0.3, [0.6, 1.5]),
            gamma: Jitter::new(0.4, [0.6, 1.6]),
            channels: Jitter::new(0.1, [0.8, 1.25]),
            stain: Jitter::new(0.5, [0.6, 1.5]),
            grey: 0.15,
            saturation: Jitter::new(0.3, [0.5, 1.6]),
            hue: Jitter::new(0.3, [-0.05, 0.05]),
            counterstain: 0.0,
            blur: Jitter::new(0.15, [0.4, 1.5]),
            noise: Jitter::new(0.2, [0.005, 0.04]),
            photons: Jitter::new(0.1, [50.0, 500.0]),
        }
    }
}

impl AugmentConfig {
    /// No variation: whole images at the size of deployment.
    pub fn off() -> Self {
        let never = Jitter::new(0.0, [1.0, 1.0]);
        Self {
            crop: [Image::MAX_SIDE, Image::MAX_SIDE],
            scale: [1.0, 1.0],
            object_in_crop: 0.0,
            min_visible: 0.0,
            min_pixels: 1,
            mosaic: 0.0,
            copy_paste: 0.0,
            horizontal_flip: 0.0,
            vertical_flip: 0.0,
            quarter_turn: 0.0,
            invert: 0.0,
            brightness: never,
            contrast: never,
            gamma: never,
            channels: never,
            stain: never,
            grey: 0.0,
            saturation: never,
            hue: never,
            counterstain: 0.0,
            blur: never,
            noise: never,
            photons: never,
        }
    }

    /// Whether an object is to be ignored of which these pixels are shown, of all that it has.
    pub(super) fn is_hidden(&self, pixels: f32, all: f32) -> bool {
        pixels < self.min_pixels as f32 || pixels < self.min_visible * all
    }

    /// Checks every value's range.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] naming the value and what is allowed.
    pub fn check(&self) -> Result<()> {
        if self.crop.iter().any(|side| !(1..=Image::MAX_SIDE).contains(side)) {
            let most = Image::MAX_SIDE;
            return Err(Error::InvalidInput(format!("`crop` {:?}: sides are from 1 to {most} pixels", self.crop)));
        }
        for (name, share) in [
            ("object_in_crop", self.object_in_crop),
            ("min_visible", self.min_visible),
            ("mosaic", self.mosaic),
            ("copy_paste", self.copy_paste),
            ("horizontal_flip", self.horizontal_flip),
            ("vertical_flip", self.vertical_flip),
            ("quarter_turn", self.quarter_turn),
            ("invert", self.invert),
            ("grey", self.grey),
            ("counterstain", self.counterstain),
        ] {
            check_share(name, share)?;
        }
        check_range("scale", self.scale, f32::MIN_POSITIVE)?;
        for (name, jitter, least) in [
            ("brightness", self.brightness, f32::MIN_POSITIVE),
            ("contrast", self.contrast, f32::MIN_POSITIVE),
            ("gamma", self.gamma, f32::MIN_POSITIVE),
            ("channels", self.channels, f32::MIN_POSITIVE),
            ("stain", self.stain, f32::MIN_POSITIVE),
            ("saturation", self.saturation, f32::MIN_POSITIVE),
            ("hue", self.hue, f32::MIN),
            ("blur", self.blur, 0.0),
            ("noise", self.noise, 0.0),
            ("photons", self.photons, f32::MIN_POSITIVE),
        ] {
            check_share(name, jitter.probability)?;
            check_range(name, jitter.range, least)?;
        }
        Ok(())
    }
}

fn check_share(name: &str, share: f32) -> Result<()> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!("`{name}` is to happen with probability {share}; it is from 0 to 1")))
}

fn check_range(name: &str, [low, high]: [f32; 2], least: f32) -> Result<()> {
    if low >= least && high >= low && high.is_finite() {
        return Ok(());
    }
    let sign = match least {
        0.0 => ", not negative",
        f32::MIN_POSITIVE => ", greater than 0",
        _ => "",
    };
    Err(Error::InvalidInput(format!("`{name}` ranges from {low} to {high}; give the smaller one first{sign}")))
}
