//! From the bytes of a picture to the network's input, in one pass: normalise, resize, pad
//! (`GeneralizedRCNNTransform` in `torchvision/models/detection/transform.py`).

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;

use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::join;
use crate::structures::Image;

/// Sizes and colours of one [`resize`], in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResizeGeometry {
    /// Height and width of the picture.
    pub source: (usize, usize),
    /// Height and width that it is resized to.
    pub resized: (usize, usize),
    /// Width of the output, zeros to the right of the resized picture included.
    pub padded_width: usize,
    /// Mean of each channel, on 0..1.
    pub mean: [f32; 3],
    /// Standard deviation of each channel, on 0..1.
    pub std: [f32; 3],
}

/// What a backend provides for [`resize`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub trait ResizeBackend: Backend {
    /// Rows `first_row..first_row + rows` of the output, from the rows of the picture that `pixels`
    /// holds, the first of them being `first_source_row`.
    fn resize(
        pixels: IntTensor<Self>,
        geometry: ResizeGeometry,
        first_source_row: usize,
        first_row: usize,
        rows: usize,
    ) -> FloatTensor<Self>;
}

/// Pixels that are uploaded at once, at most, but for single rows: 64 MiB, half of what every
/// WebGPU device can bind (`maxStorageBufferBindingSize`).
const BAND_PIXELS: usize = 1 << 24;

/// Normalises a picture, resizes it and pads it with zeros to the right and below.
///
/// Interpolation is bilinear, without corner alignment and without antialiasing, with the ratio of
/// the integer sizes. The picture goes to the device in bands of rows, one for most pictures.
///
/// # Shapes
/// - output: `[1, 3, padded_height, geometry.padded_width]`, in standard deviations
pub fn resize(image: &Image, geometry: ResizeGeometry, padded_height: usize, device: &Device) -> Tensor<4> {
    let (source_height, source_width) = geometry.source;
    let (resized_height, _) = geometry.resized;
    let most_source_rows = (BAND_PIXELS / source_width).max(4);
    let ratio = source_height as f32 / resized_height as f32;
    let most_rows = (((most_source_rows - 3) as f32 / ratio) as usize).max(1);

    let mut bands = Vec::new();
    let mut first_row = 0;
    while first_row < resized_height {
        let end_row = (first_row + most_rows).min(resized_height);
        let first_source_row = Neighbours::of(first_row, source_height, resized_height).low;
        let end_source_row = Neighbours::of(end_row - 1, source_height, resized_height).high + 1;
        let bytes = &image.rgba()[first_source_row * source_width * 4..end_source_row * source_width * 4];
        let pixels = (end_source_row - first_source_row) * source_width;
        let data = TensorData::from_bytes_vec(bytes.to_vec(), [pixels], DType::I32);
        let pixels = Tensor::<1, Int>::from_data(data, (device, DType::I32)).into_dispatch();
        // The last band brings the rows of padding below it.
        let rows = if end_row == resized_height { padded_height - first_row } else { end_row - first_row };
        bands.push(Tensor::from_dispatch(Dispatch::resize(pixels, geometry, first_source_row, first_row, rows)));
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
    /// Those of one output pixel, for a side of `source` pixels that becomes `resized` pixels long.
    ///
    /// The ratio is rounded to f32 and nothing after it, which is what torch comes to with its
    /// fused multiply-add: in f32 alone the weights would be off by 1e-5, and the network makes
    /// more of it.
    pub(crate) fn of(pixel: usize, source: usize, resized: usize) -> Self {
        let ratio = f64::from(source as f32 / resized as f32);
        let position = (ratio * (pixel as f64 + 0.5) - 0.5).max(0.0);
        let low = (position as usize).min(source - 1);
        Self { low, high: (low + 1).min(source - 1), weight: (position - low as f64) as f32 }
    }
}
