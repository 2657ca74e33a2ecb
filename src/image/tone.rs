//! What the raw samples of an image become for the network: contrast stretching (Gonzalez and Woods, Digital Image
//! Processing, section 3.2), and the normalisation by mean and standard deviation after it.

use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::quantiles::{quantiles, quantiles_of};
use super::{ByteStatistics, ChannelMap, INPUTS, Image, SampleFormat, Samples, single_colour};
use crate::error::{Error, Result};

/// Which channel each of the network's inputs sees, and which raw samples are black and white for it.
///
/// All inputs have the same black and white, so that hues stay. A tone is measured once and may be given to other
/// images ([`Image::with_tone`]), such as the tiles of one.
///
/// As plain data it is an object of these four fields, so that one that was measured in one place can be used in others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PlainTone")]
pub struct Tone {
    channels: ChannelMap,
    format: SampleFormat,
    black: f32,
    white: f32,
}

/// A [`Tone`] that is yet to be checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainTone {
    channels: ChannelMap,
    format: SampleFormat,
    black: f32,
    white: f32,
}

impl TryFrom<PlainTone> for Tone {
    type Error = Error;

    fn try_from(plain: PlainTone) -> Result<Self> {
        let PlainTone { channels, format, black, white } = plain;
        let is_sample = |value: f32| value.is_finite() && value.abs() <= Samples::MAX_MAGNITUDE;
        if !is_sample(black) || !is_sample(white) || black >= white {
            return Err(Error::InvalidInput(format!(
                "a tone's black is {black} and its white {white}; both must be finite, and black less than white"
            )));
        }
        Ok(Self { channels, format, black, white })
    }
}

/// What the samples of the network's inputs become: the tone, mean and standard deviation in one curve an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Curves {
    /// For 8-bit samples, the value of each: exactly what torchvision computes, and what training sees, which stores
    /// stretched images in 8 bits.
    Table(Box<[[f32; 256]; INPUTS]>),
    /// For all other samples.
    Affine([Curve; INPUTS]),
}

/// What a sample becomes: `(sample.clamp(black, white) - black) × scale + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Smaller samples are seen as this one.
    pub black: f32,
    /// Larger samples are seen as this one.
    pub white: f32,
    /// Standard deviations for one unit of the samples.
    pub scale: f32,
    /// What black becomes, in standard deviations.
    pub offset: f32,
}

impl Curve {
    /// What a sample becomes, in standard deviations.
    pub fn apply(&self, sample: f32) -> f32 {
        (sample.clamp(self.black, self.white) - self.black) * self.scale + self.offset
    }
}

impl SampleFormat {
    /// Black and white of an image whose contrast is not stretched.
    fn range(self) -> [f32; 2] {
        match self {
            Self::U8 => [0.0, 255.0],
            Self::U16 => [0.0, 65535.0],
            Self::F32 => [0.0, 1.0],
        }
    }

    /// The smallest difference of black and white that contrast is stretched to; it keeps flat images from becoming
    /// noise. Of 16 bits, where cameras use only some, it is three times what the read noise of one spans. Of f32,
    /// whose unit is unknown, it only keeps the arithmetic finite.
    fn min_contrast(self) -> f32 {
        match self {
            Self::U8 => 8.0,
            Self::U16 => 64.0,
            Self::F32 => 1e-30,
        }
    }
}

impl Tone {
    /// A pixel is white where all inputs see an 8-bit sample above this.
    pub const WHITE: u8 = single_colour::WHITE as u8;

    /// Measures the tone of an image.
    ///
    /// `channels` says which channels the network sees; `None`: those of [`ChannelMap::of`].
    ///
    /// `contrast` are the shares of all samples, 0..1, that become black and white. With it, an image in a single
    /// saturated colour, as a fluorescence channel is often shown, is seen in grey: two unused channels would otherwise
    /// count as darkness, and a network that learnt from grey images would see a third of the light. `None` leaves
    /// images as they are: 0 is black; white is 255, 65535 or, in f32, 1.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the image lacks one of the channels or their meaning is not clear, and for f32
    /// samples outside of 0..1 without `contrast`.
    pub fn measure(
        image: &Image,
        channels: Option<&ChannelMap>,
        contrast: Option<RangeInclusive<f32>>,
    ) -> Result<Self> {
        let channels = channels.copied().map_or_else(|| ChannelMap::of(image), Ok)?;
        channels.check(image)?;
        let format = image.samples().format();
        let Some(contrast) = contrast else {
            let [black, white] = format.range();
            check_range(image, &channels)?;
            return Ok(Self { channels, format, black, white });
        };
        let channels = single_colour::input(image, &channels).map_or(channels, |input| channels.grey(input));
        let quantiles = quantiles(image, &channels, contrast);
        Ok(Self::stretched(channels, format, quantiles))
    }

    /// As [`measure`](Self::measure) with a contrast, of an image of 8-bit RGBA of which this was counted.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the image lacks one of the channels.
    pub fn of_statistics(
        statistics: &ByteStatistics,
        channels: ChannelMap,
        contrast: RangeInclusive<f32>,
    ) -> Result<Self> {
        let &ByteStatistics { ref histograms, white, others } = statistics;
        channels.check(&Image::from_rgba(1, 1, vec![0; 4])?)?;
        let is_grey = channels.is_grey();
        let input = if is_grey { None } else { single_colour::input_of(white.into(), others.into()) };
        let channels = input.map_or(channels, |input| channels.grey(input));
        Ok(Self::stretched(channels, SampleFormat::U8, quantiles_of(histograms, &channels, contrast)))
    }

    fn stretched(channels: ChannelMap, format: SampleFormat, [black, white]: [f32; 2]) -> Self {
        let white = white.max(black + format.min_contrast()).max(black.next_up());
        Self { channels, format, black, white }
    }

    /// From one of the pixels on which it is decided whether an image is in a single colour to the next, row by row from
    /// the first, of an image with this many pixels.
    pub fn sampling_step(pixels: usize) -> usize {
        single_colour::step(pixels)
    }

    /// The channel of each of the network's inputs.
    pub fn channels(&self) -> &ChannelMap {
        &self.channels
    }

    /// The raw sample that is black.
    pub fn black(&self) -> f32 {
        self.black
    }

    /// The raw sample that is white.
    pub fn white(&self) -> f32 {
        self.white
    }

    /// The curve of each input, which ends in standard deviations; `mean` and `std` are on 0..1.
    pub fn curves(&self, mean: [f32; INPUTS], std: [f32; INPUTS]) -> Curves {
        match self.format {
            SampleFormat::U8 => {
                let bytes = self.bytes();
                let table = |input: usize| bytes.map(|byte| (f32::from(byte) / 255.0 - mean[input]) / std[input]);
                Curves::Table(Box::new(core::array::from_fn(table)))
            }
            SampleFormat::U16 | SampleFormat::F32 => {
                let range = f64::from(self.white) - f64::from(self.black);
                Curves::Affine(core::array::from_fn(|input| Curve {
                    black: self.black,
                    white: self.white,
                    scale: (1.0 / (range * f64::from(std[input]))) as f32,
                    offset: -mean[input] / std[input],
                }))
            }
        }
    }

    /// The image as the network sees it before it is resized, in 8-bit RGBA: to be shown, or trained on.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the tone is for another type of samples, or for a missing channel.
    pub fn render(&self, image: &Image) -> Result<Image> {
        self.check(image)?;
        let map = self.channels;
        let rgba = match image.samples() {
            Samples::U8(samples) => {
                let bytes = self.bytes();
                let light = |sample: u8| bytes[usize::from(sample)];
                match image.as_rgba() {
                    None => rgba(image, samples, map, light),
                    Some(rgba) => {
                        let [red, green, blue] = map.sources();
                        let pixels = rgba.as_chunks::<4>().0.iter();
                        pixels.flat_map(|p| [light(p[red]), light(p[green]), light(p[blue]), p[3]]).collect()
                    }
                }
            }
            Samples::U16(samples) => rgba(image, samples, map, |sample| self.byte(sample.into())),
            Samples::F32(samples) => rgba(image, samples, map, |sample| self.byte(sample)),
        };
        let rendered = Image::from_rgba(image.width(), image.height(), rgba)?;
        match image.pixel_size() {
            None => Ok(rendered),
            Some(size) => rendered.with_pixel_size(size),
        }
    }

    /// # Errors
    /// [`Error::InvalidInput`] where the tone does not fit the image.
    pub(super) fn check(&self, image: &Image) -> Result<()> {
        let format = image.samples().format();
        if format != self.format {
            return Err(Error::InvalidInput(format!(
                "the tone is for samples of type {:?}, but the image's are {format:?}; measure it on an image of the \
                 same type",
                self.format
            )));
        }
        self.channels.check(image)
    }

    /// What each 8-bit sample becomes, in 8 bits.
    fn bytes(&self) -> [u8; 256] {
        core::array::from_fn(|byte| self.byte(byte as f32))
    }

    /// What a sample becomes, in 8 bits.
    fn byte(&self, sample: f32) -> u8 {
        // A cast saturates.
        ((sample - self.black) / (self.white - self.black) * 255.0 + 0.5) as u8
    }
}

/// # Errors
/// [`Error::InvalidInput`] for f32 samples outside of 0..1 in one of the channels.
fn check_range(image: &Image, channels: &ChannelMap) -> Result<()> {
    let Samples::F32(samples) = image.samples() else { return Ok(()) };
    for (source, _) in channels.distinct() {
        let values = || image.channel(samples, source).iter();
        if values().any(|sample| !(0.0..=1.0).contains(&sample)) {
            let (least, greatest) =
                (values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max));
            return Err(Error::InvalidInput(format!(
                "without contrast stretching f32 samples must be in 0..1, but those of channel {source} are in \
                 {least}..{greatest}; divide them by their largest value, or set `contrast`"
            )));
        }
    }
    Ok(())
}

/// The inputs that `map` chooses as opaque RGBA, each sample having become `light` of it.
fn rgba<T: Copy>(image: &Image, samples: &[T], map: ChannelMap, light: impl Fn(T) -> u8) -> Vec<u8> {
    let inputs = image.inputs(samples, map);
    let pixels = 0..image.width() * image.height();
    let colours = pixels.map(|pixel| inputs.map(|input| light(input.at(pixel))));
    colours.flat_map(|[red, green, blue]| [red, green, blue, 255]).collect()
}
