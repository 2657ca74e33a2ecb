//! Images in memory.

use serde::{Deserialize, Serialize};

use super::{ChannelMap, Tone};
use crate::error::{Error, Result};

/// An image: samples of 8 or 16 bits or f32, of one or more channels, rows from top to bottom.
///
/// Samples are the raw values of a file or a detector. What they become for the network is a [`Tone`], which is
/// measured on the image unless it was given one ([`Image::with_tone`]).
///
/// Transparency is ignored: the network sees the colour channels as they are, as `PIL.Image.convert("RGB")` (what
/// torchvision's users feed it) does.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    shape: ImageShape,
    samples: Samples,
    /// Whether the last channel is transparency.
    has_alpha: bool,
    /// Whether three channels are separate ones rather than red, green and blue.
    is_separate: bool,
    pixel_size: Option<f64>,
    tone: Option<Tone>,
}

/// The samples of an image, in the order of its [`SampleLayout`].
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 8 bits, 0..255.
    U8(Vec<u8>),
    /// 16 bits, 0..65535. Detectors of 10, 12 or 14 bits use only a part of them.
    U16(Vec<u16>),
    /// Single precision, in any unit; finite, of a magnitude up to [`Samples::MAX_MAGNITUDE`].
    F32(Vec<f32>),
}

/// The type of an image's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleFormat {
    /// 8 bits.
    U8,
    /// 16 bits.
    U16,
    /// Single precision.
    F32,
}

/// The order of an image's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleLayout {
    /// All channels of a pixel together: `[height, width, channels]`.
    #[default]
    Interleaved,
    /// One channel after the other: `[channels, height, width]`.
    Planar,
}

/// How an image's samples are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// Width in pixels, 1 to [`Image::MAX_SIDE`].
    pub width: usize,
    /// Height in pixels, 1 to [`Image::MAX_SIDE`].
    pub height: usize,
    /// Number of channels, 1 to [`Image::MAX_CHANNELS`].
    pub channels: usize,
    /// The order of the samples.
    pub layout: SampleLayout,
}

impl Samples {
    /// The largest magnitude of an f32 sample: differences of samples stay finite.
    pub const MAX_MAGNITUDE: f32 = 1e37;

    /// The type of the samples.
    pub fn format(&self) -> SampleFormat {
        match self {
            Self::U8(_) => SampleFormat::U8,
            Self::U16(_) => SampleFormat::U16,
            Self::F32(_) => SampleFormat::F32,
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Number of bytes that they take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::U8(samples) => size_of_val(&samples[..]),
            Self::U16(samples) => size_of_val(&samples[..]),
            Self::F32(samples) => size_of_val(&samples[..]),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn check(&self) -> Result<()> {
        let Self::F32(samples) = self else { return Ok(()) };
        // NaN is not in the range either.
        let is_valid = |sample: &f32| (-Self::MAX_MAGNITUDE..=Self::MAX_MAGNITUDE).contains(sample);
        match samples.iter().position(|sample| !is_valid(sample)) {
            None => Ok(()),
            Some(index) => Err(Error::InvalidInput(format!(
                "f32 samples must be finite and at most {:e} in magnitude, but sample {index} is {}; replace samples \
                 that hold no data, for example by 0",
                Self::MAX_MAGNITUDE,
                samples[index]
            ))),
        }
    }
}

impl ImageShape {
    pub(super) fn check(&self, samples: usize) -> Result<()> {
        let Self { width, height, channels, .. } = *self;
        if width == 0 || height == 0 {
            return Err(Error::InvalidInput(format!("the picture is empty ({width}×{height} pixels)")));
        }
        if width > Image::MAX_SIDE || height > Image::MAX_SIDE {
            return Err(Error::InvalidInput(format!(
                "the picture has {width}×{height} pixels; a side may have at most {}",
                Image::MAX_SIDE
            )));
        }
        if !(1..=Image::MAX_CHANNELS).contains(&channels) {
            return Err(Error::InvalidInput(format!(
                "an image has 1 to {} channels, not {channels}",
                Image::MAX_CHANNELS
            )));
        }
        // In 64 bits: wasm32 counts to 2³² only.
        let expected = (width * height) as u64 * channels as u64;
        if samples as u64 != expected {
            return Err(Error::InvalidInput(format!(
                "an image of {width}×{height} pixels and {channels} {} needs {expected} samples, not {samples}",
                if channels == 1 { "channel" } else { "channels" },
            )));
        }
        Ok(())
    }
}

impl Image {
    /// The longest side that is taken, in pixels.
    pub const MAX_SIDE: usize = 16_384;
    /// The most channels that are taken.
    pub const MAX_CHANNELS: usize = 1024;

    /// An image from raw samples.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a width, height or number of channels out of range, samples that are not
    /// `width × height × channels`, and f32 samples that are NaN, infinite or over [`Samples::MAX_MAGNITUDE`].
    pub fn new(shape: ImageShape, samples: Samples) -> Result<Self> {
        shape.check(samples.len())?;
        samples.check()?;
        Ok(Self { shape, samples, has_alpha: false, is_separate: false, pixel_size: None, tone: None })
    }

    /// An image from RGBA bytes, `[height, width, 4]`, as a canvas has them.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn from_rgba(width: usize, height: usize, rgba: Vec<u8>) -> Result<Self> {
        let shape = ImageShape { width, height, channels: 4, layout: SampleLayout::Interleaved };
        Ok(Self { has_alpha: true, ..Self::new(shape, Samples::U8(rgba))? })
    }

    /// An image from RGB bytes, `[height, width, 3]`, which becomes an RGBA image.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn from_rgb(width: usize, height: usize, rgb: &[u8]) -> Result<Self> {
        ImageShape { width, height, channels: 3, layout: SampleLayout::Interleaved }.check(rgb.len())?;
        let rgba = rgb.as_chunks::<3>().0.iter().flat_map(|&[red, green, blue]| [red, green, blue, 255]);
        Self::from_rgba(width, height, rgba.collect())
    }

    /// The image with channels that are separate ones, such as a microscope's, however many they are; without this three
    /// are red, green and blue.
    pub fn with_separate_channels(self) -> Self {
        Self { is_separate: true, ..self }
    }

    /// The image with the length of a pixel's side in micrometres, for measures.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] unless it is positive and finite.
    pub fn with_pixel_size(self, micrometres: f64) -> Result<Self> {
        if !(micrometres.is_finite() && micrometres > 0.0) {
            return Err(Error::InvalidInput(format!(
                "the pixel size is {micrometres} µm; expected a positive, finite number of micrometres"
            )));
        }
        Ok(Self { pixel_size: Some(micrometres), ..self })
    }

    /// The image with a tone that was measured on another one, so that all tiles of a large image, or all images of
    /// a series, are seen alike.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the tone is for another type of samples, or for a missing channel.
    pub fn with_tone(self, tone: Tone) -> Result<Self> {
        tone.check(&self)?;
        Ok(Self { tone: Some(tone), ..self })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.shape.width
    }
    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.shape.height
    }
    /// Number of channels, transparency included.
    pub fn channels(&self) -> usize {
        self.shape.channels
    }
    /// Number of channels without transparency.
    pub fn colours(&self) -> usize {
        self.shape.channels - usize::from(self.has_alpha)
    }
    /// Whether the channels are separate ones rather than red, green and blue.
    pub fn has_separate_channels(&self) -> bool {
        self.is_separate
    }
    /// Length of a pixel's side in micrometres, where it is known.
    pub fn pixel_size(&self) -> Option<f64> {
        self.pixel_size
    }
    /// The tone that the image was given.
    pub fn tone(&self) -> Option<&Tone> {
        self.tone.as_ref()
    }
    /// The order of the samples.
    pub fn layout(&self) -> SampleLayout {
        self.shape.layout
    }
    /// The raw samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The bytes of an 8-bit RGBA image, `[height, width, 4]`; `None` for any other image.
    pub fn as_rgba(&self) -> Option<&[u8]> {
        match &self.samples {
            Samples::U8(bytes) if self.has_alpha => Some(bytes),
            _ => None,
        }
    }

    /// The bytes of an 8-bit RGBA image, `[height, width, 4]`, as files and canvases give it.
    ///
    /// # Panics
    /// For any other image; [`Tone::render`] makes an RGBA image of it.
    pub fn rgba(&self) -> &[u8] {
        self.as_rgba().expect("an 8-bit RGBA image")
    }

    /// An image of another size, of the same kind otherwise.
    pub(super) fn with_shape_and_samples(&self, shape: ImageShape, samples: Samples) -> Self {
        Self { shape, samples, ..*self }
    }

    /// One channel of `samples`, which are this image's.
    pub(crate) fn channel<'a, T>(&self, samples: &'a [T], channel: usize) -> Channel<'a, T> {
        let pixels = self.width() * self.height();
        match self.layout() {
            SampleLayout::Interleaved => Channel { samples: &samples[channel..], step: self.channels() },
            SampleLayout::Planar => Channel { samples: &samples[channel * pixels..][..pixels], step: 1 },
        }
    }

    /// The channels of `samples`, which are this image's, for the network's inputs.
    pub(crate) fn inputs<'a, T>(&self, samples: &'a [T], map: ChannelMap) -> [Channel<'a, T>; super::INPUTS] {
        map.sources().map(|source| self.channel(samples, source))
    }
}

/// The samples of one channel, in the order of the pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Channel<'a, T> {
    /// From the first pixel's on.
    samples: &'a [T],
    /// From one pixel's to the next one's.
    step: usize,
}

impl<'a, T: Copy> Channel<'a, T> {
    /// The sample of a pixel, counted along the rows.
    pub(crate) fn at(&self, pixel: usize) -> T {
        self.samples[pixel * self.step]
    }

    /// All samples.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        self.samples.iter().step_by(self.step).copied()
    }

    /// The samples of some pixels in a row.
    pub(crate) fn part(&self, pixels: core::ops::Range<usize>) -> Self {
        let end = ((pixels.end - 1) * self.step + 1).min(self.samples.len());
        Self { samples: &self.samples[pixels.start * self.step..end], ..*self }
    }
}
