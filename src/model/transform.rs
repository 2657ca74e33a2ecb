//! From images to the network's input, and the way back for boxes
//! (`GeneralizedRCNNTransform` in `torchvision/models/detection/transform.py`).

use burn::tensor::{Device, Tensor};

use crate::config::InputSettings;
use crate::error::Result;
use crate::image::{Image, Tone};
use crate::ops::join;
use crate::ops::resize::{DeviceImage, ResizeGeometry, resize};
use crate::structures::Size;

/// Height and width of the network's input are zero-padded to a multiple of this many pixels.
const SIZE_DIVISIBLE: usize = 32;

/// Height and width of an image, before and after resizing, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureSize {
    /// As it came.
    pub original: (usize, usize),
    /// As the network sees it, padding not counted.
    pub resized: (usize, usize),
    /// Height and width of a pixel that the network sees, in pixels of the image.
    pub pixel_ratio: (f32, f32),
}

impl PictureSize {
    /// What x1, y1, x2, y2 in the resized image are multiplied with to be those in the original.
    pub fn box_scale(&self) -> [f32; 4] {
        let (y, x) = self.pixel_ratio;
        [x, y, x, y]
    }
}

/// Images of one or more sizes, made one tensor.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[images, 3, height, width]`, normalised, padded with zeros to the right and below.
    pub input: Tensor<4>,
    /// The sizes, in the order of the images.
    pub sizes: Vec<PictureSize>,
}

impl InputSettings {
    /// The tone that an image was given, or that is measured on it with these channels and this contrast.
    ///
    /// # Errors
    /// As [`Tone::measure`].
    pub fn tone(&self, image: &Image) -> Result<Tone> {
        match image.tone() {
            Some(tone) => Ok(*tone),
            None => {
                let contrast = self.contrast.map(|contrast| contrast.low..=contrast.high);
                Tone::measure(image, self.channels.as_ref(), contrast)
            }
        }
    }

    /// Brings images to the network's input, each in its [`tone`](Self::tone). `images` is not
    /// empty.
    ///
    /// # Errors
    /// As [`Tone::measure`].
    pub fn batch(&self, images: &[Image], device: &Device) -> Result<Batch> {
        let tones = images.iter().map(|image| self.tone(image)).collect::<Result<Vec<_>>>()?;
        Ok(self.input(images, &tones, |size| (self.resized(size), self.pixel_ratio(size)), device))
    }

    /// Brings images to the network's input that have its size and contrast already, as those of a
    /// training have. `images` is not empty.
    ///
    /// # Errors
    /// As [`Tone::measure`].
    pub fn normalise(&self, images: &[Image], device: &Device) -> Result<Batch> {
        let tones = images.iter().map(|image| Tone::measure(image, None, None)).collect::<Result<Vec<_>>>()?;
        Ok(self.input(images, &tones, |size| (size, (1.0, 1.0)), device))
    }

    /// Brings an image that is on the device to the network's input.
    pub fn batch_on_device(&self, image: &DeviceImage) -> Batch {
        let Size { height, width } = image.size();
        let original = (height, width);
        let size = PictureSize { original, resized: self.resized(original), pixel_ratio: self.pixel_ratio(original) };
        let (height, width) = size.resized;
        let padded = (height.next_multiple_of(SIZE_DIVISIBLE), width.next_multiple_of(SIZE_DIVISIBLE));
        Batch { input: image.resize(self.geometry(&size, padded)), sizes: vec![size] }
    }

    fn geometry(&self, size: &PictureSize, padded: (usize, usize)) -> ResizeGeometry {
        let PictureSize { resized, pixel_ratio, .. } = *size;
        ResizeGeometry { resized, pixel_ratio, padded, mean: self.mean, std: self.std }
    }

    fn input(
        &self,
        images: &[Image],
        tones: &[Tone],
        resized: impl Fn((usize, usize)) -> ((usize, usize), (f32, f32)),
        device: &Device,
    ) -> Batch {
        let device = device.clone().without_autodiff();
        let sizes: Vec<PictureSize> = images
            .iter()
            .map(|image| {
                let original = (image.height(), image.width());
                let (resized, pixel_ratio) = resized(original);
                PictureSize { original, resized, pixel_ratio }
            })
            .collect();
        let longest = |side: fn(&PictureSize) -> usize| sizes.iter().map(side).max().unwrap_or(1);
        let padded = (
            longest(|size| size.resized.0).next_multiple_of(SIZE_DIVISIBLE),
            longest(|size| size.resized.1).next_multiple_of(SIZE_DIVISIBLE),
        );
        let inputs = images
            .iter()
            .zip(tones)
            .zip(&sizes)
            .map(|((image, tone), size)| resize(image, tone, self.geometry(size, padded), &device));
        Batch { input: join(inputs.collect(), 0), sizes }
    }
}
