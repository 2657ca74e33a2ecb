//! From the samples of an image to the network's input, in one pass: tone, normalisation, resizing, padding
//! (`GeneralizedRCNNTransform` in `torchvision/models/detection/transform.py`).

mod band;
mod device_image;

use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::join;
use crate::image::{Curves, Image, Tone};
pub use band::{Packing, ResizeBand};
pub use device_image::DeviceImage;

/// Sizes of one [`resize`], as height and width in pixels, and how its output is normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResizeGeometry {
    /// What the image is resized to.
    pub resized: (usize, usize),
    /// Height and width of a pixel of the resized image, in pixels of the image, more than 0.
    pub pixel_ratio: (f32, f32),
    /// The output, zeros to the right of and below the resized image included.
    pub padded: (usize, usize),
    /// Mean of each input, on 0..1.
    pub mean: [f32; 3],
    /// Standard deviation of each input, on 0..1.
    pub std: [f32; 3],
}

/// What a backend provides for [`resize`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait ResizeBackend: Backend {
    /// Some rows of the output, `[1, 3, band.rows, band.padded_width]`, from the rows of the image that they need,
    /// packed into `samples` as [`ResizeBand`] says.
    fn resize(samples: IntTensor<Self>, band: ResizeBand, curves: Curves) -> FloatTensor<Self>;
}

/// Words of four bytes that are uploaded at once, at most, but for single rows: 64 MiB, half of what every
/// WebGPU device can bind (`maxStorageBufferBindingSize`).
const BAND_WORDS: usize = 1 << 24;

/// Brings an image to a tone, normalises it, resizes it and pads it with zeros to the right and below.
///
/// Interpolation is bilinear, without corner alignment and without antialiasing; what lies beyond the image's edge is as
/// the edge. The image goes to the device in bands of rows, one for most images, with only the channels
/// that the network sees.
///
/// # Shapes
/// - output: `[1, 3, padded height, padded width]`, in standard deviations
pub fn resize(image: &Image, tone: &Tone, geometry: ResizeGeometry, device: &Device) -> Tensor<4> {
    let curves = tone.curves(geometry.mean, geometry.std);
    let source = (image.height(), image.width());
    let (resized_height, _) = geometry.resized;
    let most_source_rows = (BAND_WORDS / band::words_a_row(image, tone.channels())).max(4);
    let (ratio, _) = geometry.pixel_ratio;
    let most_rows = (((most_source_rows - 3) as f32 / ratio) as usize).max(1);

    let mut bands = Vec::new();
    let mut first_row = 0;
    while first_row < resized_height {
        let end_row = (first_row + most_rows).min(resized_height);
        let first_source_row = Neighbours::of(first_row, source.0, ratio).low;
        let end_source_row = Neighbours::of(end_row - 1, source.0, ratio).high + 1;
        let (packing, bytes) = band::pack(image, tone.channels(), first_source_row..end_source_row);
        let words = bytes.len() / 4;
        let data = TensorData::from_bytes_vec(bytes, [words], DType::I32);
        let samples = Tensor::<1, Int>::from_data(data, (device, DType::I32)).into_dispatch();
        let band = ResizeBand {
            packing,
            source,
            resized: geometry.resized,
            pixel_ratio: geometry.pixel_ratio,
            first_source_row,
            first_row,
            // The last band brings the rows of padding below it.
            rows: if end_row == resized_height { geometry.padded.0 - first_row } else { end_row - first_row },
            padded_width: geometry.padded.1,
        };
        bands.push(Tensor::from_dispatch(Dispatch::resize(samples, band, curves.clone())));
        first_row = end_row;
    }
    join(bands, 2)
}

/// Two source pixels of one side between which an output pixel lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbours {
    pub(crate) low: usize,
    pub(crate) high: usize,
    /// How much of the higher one there is, 0..1.
    pub(crate) weight: f32,
}

impl Neighbours {
    /// Those of one output pixel, for a side of `source` pixels of which `ratio` become one.
    ///
    /// The ratio is rounded to f32 and nothing after it, as torch does with its
    /// fused multiply-add: in f32 alone the weights would be off by 1e-5, and the network makes
    /// more of it.
    pub(crate) fn of(pixel: usize, source: usize, ratio: f32) -> Self {
        let position = (f64::from(ratio) * (pixel as f64 + 0.5) - 0.5).max(0.0);
        let low = (position as usize).min(source - 1);
        Self { low, high: (low + 1).min(source - 1), weight: (position - low as f64) as f32 }
    }
}
