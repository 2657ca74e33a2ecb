//! Images that are read by region: in memory, or in a file that is too large for that.

use super::image::Channel;
use super::{Image, ImageShape, Region, SampleFormat, SampleLayout, Samples};
use crate::error::Result;

/// An image of which regions are read one at a time. Its sides may exceed [`Image::MAX_SIDE`]; those of a region may
/// not.
pub trait ImageSource {
    /// Width in pixels, 1 or more.
    fn width(&self) -> usize;

    /// Height in pixels, 1 or more. With the width it is at most 2³²−1 pixels.
    fn height(&self) -> usize;

    /// Number of channels, transparency included.
    fn channels(&self) -> usize;

    /// The type of the samples.
    fn format(&self) -> SampleFormat;

    /// Length of a pixel's side in micrometres, where it is known.
    fn pixel_size(&self) -> Option<f64>;

    /// The channels' names, one for each; empty where they have none.
    fn channel_names(&self) -> &[String];

    /// The pixels of a region, all channels of them, with the raw samples.
    ///
    /// # Errors
    /// Those of [`Region::check`]; [`crate::Error::InvalidInput`] and [`crate::Error::Io`] where the file is damaged or
    /// cannot be read.
    fn read(&self, region: Region) -> Result<Image>;

    /// The whole image, where it is in memory.
    fn as_image(&self) -> Option<&Image> {
        None
    }
}

impl ImageSource for Image {
    fn width(&self) -> usize {
        self.width()
    }

    fn height(&self) -> usize {
        self.height()
    }

    fn channels(&self) -> usize {
        self.channels()
    }

    fn format(&self) -> SampleFormat {
        self.samples().format()
    }

    fn pixel_size(&self) -> Option<f64> {
        self.pixel_size()
    }

    fn channel_names(&self) -> &[String] {
        &[]
    }

    fn read(&self, region: Region) -> Result<Image> {
        self.crop(region)
    }

    fn as_image(&self) -> Option<&Image> {
        Some(self)
    }
}

impl Image {
    /// A copy of the pixels of a region, with the tone and the pixel size of the whole.
    ///
    /// # Errors
    /// Those of [`Region::check`].
    pub fn crop(&self, region: Region) -> Result<Self> {
        region.check(self.width(), self.height())?;
        let samples = match self.samples() {
            Samples::U8(samples) => Samples::U8(self.cropped(samples, region)),
            Samples::U16(samples) => Samples::U16(self.cropped(samples, region)),
            Samples::F32(samples) => Samples::F32(self.cropped(samples, region)),
        };
        let Region { width, height, .. } = region;
        let shape = ImageShape { width, height, channels: self.channels(), layout: self.layout() };
        Ok(self.with_shape_and_samples(shape, samples))
    }

    fn cropped<T: Copy>(&self, samples: &[T], region: Region) -> Vec<T> {
        let rows = (region.y..region.bottom()).map(|row| {
            let start = row * self.width() + region.x;
            start..start + region.width
        });
        match self.layout() {
            SampleLayout::Interleaved => {
                let channels = self.channels();
                rows.flat_map(|row| &samples[row.start * channels..row.end * channels]).copied().collect()
            }
            SampleLayout::Planar => {
                let channels = (0..self.channels()).map(|channel| self.channel(samples, channel));
                channels
                    .flat_map(|channel: Channel<'_, T>| rows.clone().flat_map(move |row| channel.part(row).iter()))
                    .collect()
            }
        }
    }
}
