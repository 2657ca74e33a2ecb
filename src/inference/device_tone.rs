//! The tone of an image that is on the device.

use burn::tensor::{Int, Tensor};

use super::read_back::read_integers;
use crate::config::{ContrastSettings, InputSettings};
use crate::error::Result;
use crate::image::{Image, Tone};
use crate::ops::image_statistics::{PixelLayout, image_statistics, statistics};
use crate::ops::resize::DeviceImage;
use crate::structures::Size;

impl InputSettings {
    /// As [`tone`](InputSettings::tone), of an image of 8-bit RGBA with the words of a [`DeviceImage`]. Where contrast is
    /// stretched, the device is waited for once, for what it counts.
    ///
    /// # Errors
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for channels that such images do not have;
    /// [`Error::DeviceLost`](crate::Error::DeviceLost) or [`Error::OutOfMemory`](crate::Error::OutOfMemory) when the
    /// device gave up.
    pub async fn tone_on_device(&self, words: Tensor<1, Int>, size: Size) -> Result<Tone> {
        let stand_in = Image::from_rgba(1, 1, vec![0; 4])?;
        // Without contrast stretching it is that of any such image, with the same channels.
        let plain = Tone::measure(&stand_in, self.channels.as_ref(), None)?;
        let Some(ContrastSettings { low, high }) = self.contrast else { return Ok(plain) };
        let channels = *plain.channels();
        let Size { height, width } = size;
        let row_words = DeviceImage::row_words(width);
        let layout = PixelLayout { height, width, row_words, inputs: channels.sources() };
        let numbers = read_integers(image_statistics(words, layout)).await?;
        Tone::of_statistics(&statistics(&numbers), channels, low..=high)
    }
}
