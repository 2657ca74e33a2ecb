//! Images that are on the device already.

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use super::band::{Packing, ResizeBand};
use super::{BAND_WORDS, ResizeBackend, ResizeGeometry};
use crate::error::{Error, Result};
use crate::image::{Image, SampleFormat, Tone};
use crate::structures::Size;

/// An image of 8-bit RGBA that is on the device already, such as a frame of a video that was copied there, and its tone.
#[derive(Debug, Clone)]
pub struct DeviceImage {
    words: Tensor<1, Int>,
    size: Size,
    tone: Tone,
}

impl DeviceImage {
    /// Rows begin at multiples of this many words: 256 bytes, as WebGPU copies textures to buffers.
    const ROW_ALIGNMENT: usize = 64;

    /// Words from the start of one row to that of the next, of an image of this width in pixels.
    pub fn row_words(width: usize) -> usize {
        width.next_multiple_of(Self::ROW_ALIGNMENT)
    }

    /// Whether an image of this size can be on the device as a whole: of no more than
    /// [`Image::MAX_SIDE`] and, with the words between its rows, 16 Mi pixels.
    pub fn fits(size: Size) -> bool {
        let Size { height, width } = size;
        let is_side = |side| (1..=Image::MAX_SIDE).contains(&side);
        is_side(height) && is_side(width) && Self::row_words(width) * height <= BAND_WORDS
    }

    /// The image of these pixels.
    ///
    /// # Shapes
    /// - words: `[height × row_words(width)]` of 32 bits, one a pixel, red in its lowest byte; those between the rows
    ///   are never read
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another number of words, a size that does not [fit](Self::fits), and a tone that is not
    /// for 8-bit RGBA.
    pub fn new(words: Tensor<1, Int>, size: Size, tone: Tone) -> Result<Self> {
        // A stand-in: what a tone fits depends on the type of the samples and on the number of channels.
        Image::from_rgba(1, 1, vec![0; 4])?.with_tone(tone)?;
        let Size { height, width } = size;
        let [found] = words.dims();
        let wanted = Self::row_words(width) * height;
        if !Self::fits(size) || found != wanted {
            return Err(Error::InvalidInput(format!(
                "an image of {width}×{height} pixels on the device must have {wanted} words, at most {BAND_WORDS}, not \
                 {found}"
            )));
        }
        Ok(Self { words, size, tone })
    }

    /// Height and width.
    pub fn size(&self) -> Size {
        self.size
    }

    /// As [`resize`](super::resize()) of an image with these pixels.
    pub fn resize(&self, geometry: ResizeGeometry) -> Tensor<4> {
        let Size { height, width } = self.size;
        let band = ResizeBand {
            packing: Packing {
                format: SampleFormat::U8,
                inputs: self.tone.channels().sources(),
                rows: height,
                row_samples: Self::row_words(width),
            },
            source: (height, width),
            resized: geometry.resized,
            pixel_ratio: geometry.pixel_ratio,
            first_source_row: 0,
            first_row: 0,
            rows: geometry.padded.0,
            padded_width: geometry.padded.1,
        };
        let curves = self.tone.curves(geometry.mean, geometry.std);
        Tensor::from_dispatch(Dispatch::resize(self.words.clone().into_dispatch(), band, curves))
    }
}
