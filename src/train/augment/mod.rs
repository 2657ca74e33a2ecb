//! Variation of the images in training, so that the network learns what matters: where an object
//! lies, which way up, how large and how bright is left to chance.

pub(in crate::train) mod blur;
mod colour;
mod config;
mod copy_paste;
mod counterstain;
mod draw;
mod frame;
mod matrix;
mod mosaic;
mod noise;
mod resampling;
pub(in crate::train) mod stain;
mod symmetry;
mod tone;

pub use config::{AugmentConfig, Jitter};
pub use frame::Frame;
pub use symmetry::Symmetry;

use std::borrow::Cow;

use super::{Object, Random, Sample};
use crate::config::InputSettings;
use crate::error::Result;
use crate::image::Image;

/// From an image of a data set to what the network is shown of it.
#[derive(Debug, Clone)]
pub struct Augment {
    config: AugmentConfig,
    input: InputSettings,
}

impl Augment {
    /// For a network that sees images with these `input` settings.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] for a value out of range, see [`AugmentConfig::check`].
    pub fn new(config: AugmentConfig, input: &InputSettings) -> Result<Self> {
        config.check()?;
        Ok(Self { config, input: input.clone() })
    }

    /// A random variation of an image, in the network's pixels.
    ///
    /// It may be smaller than the configuration's `crop`: it is not padded here, because
    /// [`InputSettings::normalise`] pads the images of a batch as it does at deployment.
    ///
    /// # Errors
    /// As [`InputSettings::tone`](crate::config::InputSettings::tone), where channels are not known or samples are out of
    /// range.
    pub fn apply(&self, sample: &Sample, random: &mut Random) -> Result<Sample> {
        let config = &self.config;
        let frame = Frame::draw(config, &self.input, sample, random);
        let InputSettings { channels, contrast, .. } = &self.input;
        let is_as_seen = channels.is_none() && contrast.is_none();
        let image = &*if is_as_seen { self.bytes(&sample.image)? } else { self.rendered(&sample.image)? };
        let mut planes = frame.planes(image, &tone::draw(config, image, random));
        stain::vary(config, image, &mut planes, random);
        colour::vary(config, &mut planes, random);
        if let Some(sigma) = draw::uniform(&config.blur, random) {
            let (width, height) = (frame.window.width, frame.window.height);
            planes.chunks_exact_mut(width * height).for_each(|plane| blur::blur(plane, width, sigma));
        }
        noise::add(config, &mut planes, random);
        counterstain::add(config, self.show(&frame, sample, &planes)?, random)
    }

    /// The image that [`Augment::apply`] made, put together with others where that is drawn: as one of the four of a
    /// mosaic, then with objects of another one pasted into it. `other` gives a variation of another image, or `None`
    /// where there is none that goes with it.
    ///
    /// # Errors
    /// Those of `other`.
    pub fn combine(
        &self,
        sample: Sample,
        mut other: impl FnMut(&mut Random) -> Result<Option<Sample>>,
        random: &mut Random,
    ) -> Result<Sample> {
        let config = &self.config;
        let mut sample = sample;
        // Nothing is drawn for what never happens, so that a run without is the same run.
        if config.mosaic > 0.0 && random.chance(config.mosaic) {
            let others = [other(random)?, other(random)?, other(random)?];
            if let [Some(second), Some(third), Some(fourth)] = others {
                sample = mosaic::join(config, [sample, second, third, fourth], random)?;
            }
        }
        if config.copy_paste > 0.0
            && random.chance(config.copy_paste)
            && let Some(from) = other(random)?
        {
            sample = copy_paste::paste(config, sample, &from, random)?;
        }
        Ok(sample)
    }

    /// What a frame shows of an image, its colours unchanged.
    ///
    /// # Errors
    /// None for a frame drawn for this sample, if its image is in 8-bit RGBA; else as [`Augment::apply`].
    pub fn frame(&self, frame: &Frame, sample: &Sample) -> Result<Sample> {
        let light = core::array::from_fn(|byte| byte as f32 / 255.0);
        self.show(frame, sample, &frame.planes(&*self.bytes(&sample.image)?, &[light; 3]))
    }

    /// An image in 8-bit RGBA: as it is, if it is of that kind, else as the network sees it.
    fn bytes<'a>(&self, image: &'a Image) -> Result<Cow<'a, Image>> {
        if image.as_rgba().is_some() { Ok(Cow::Borrowed(image)) } else { self.rendered(image) }
    }

    /// An image as the network sees it, in 8-bit RGBA.
    fn rendered(&self, image: &Image) -> Result<Cow<'static, Image>> {
        Ok(Cow::Owned(self.input.tone(image)?.render(image)?))
    }

    fn show(&self, frame: &Frame, sample: &Sample, planes: &[f32]) -> Result<Sample> {
        let (width, height) = (frame.window.width, frame.window.height);
        let size = (sample.image.height(), sample.image.width());
        let magnification = frame.magnification(size);
        let masks = frame.masks(size);
        let image = to_image(planes, width, height)?;
        let labelled = sample.labelled.clone();
        let mut shown = Sample { image, objects: Vec::new(), ignored: Vec::new(), labelled };
        for object in &sample.objects {
            let whole = frame.place(&object.bounding_box, size);
            let Some(part) = whole.clipped(width, height) else { continue };
            let (bounding_box, mask, pixels, all) = match &object.mask {
                None => (part, None, part.area(), whole.area()),
                Some(mask) => {
                    let all = mask.area() as f32 * magnification;
                    let Some(mask) = masks.show(mask) else { continue };
                    let pixels = mask.area() as f32;
                    (mask.bounding_box(), Some(mask), pixels, all)
                }
            };
            if self.config.is_hidden(pixels, all) {
                shown.ignored.push(bounding_box);
            } else {
                shown.objects.push(Object { bounding_box, class_id: object.class_id, mask });
            }
        }
        let ignored = sample.ignored.iter().map(|ignored| frame.place(ignored, size));
        shown.ignored.extend(ignored.filter_map(|ignored| ignored.clipped(width, height)));
        Ok(shown)
    }
}

/// Planes `[3, height, width]` on 0..1 as an image; what is outside is cut off.
pub(super) fn to_image(planes: &[f32], width: usize, height: usize) -> Result<Image> {
    let (red, rest) = planes.split_at(width * height);
    let (green, blue) = rest.split_at(width * height);
    // A cast saturates.
    let byte = |light: &f32| (light * 255.0 + 0.5) as u8;
    let pixels = red.iter().zip(green).zip(blue);
    let rgba = pixels.flat_map(|((red, green), blue)| [byte(red), byte(green), byte(blue), 255]).collect();
    Image::from_rgba(width, height, rgba)
}
