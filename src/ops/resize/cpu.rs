//! [`resize`](super::resize) on the CPU.

use super::{Neighbours, ResizeBackend, ResizeGeometry};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl ResizeBackend for Flex {
    fn resize(
        pixels: FlexTensor,
        geometry: ResizeGeometry,
        first_source_row: usize,
        first_row: usize,
        rows: usize,
    ) -> FlexTensor {
        let (source_height, source_width) = geometry.source;
        let (resized_height, resized_width) = geometry.resized;
        let colours: [[f32; 256]; 3] = core::array::from_fn(|channel| {
            core::array::from_fn(|byte| (byte as f32 / 255.0 - geometry.mean[channel]) / geometry.std[channel])
        });
        let columns: Vec<Neighbours> =
            (0..resized_width).map(|column| Neighbours::of(column, source_width, resized_width)).collect();
        let resized_rows = rows.min(resized_height - first_row);

        let plane = rows * geometry.padded_width;
        let mut output = vec![0.0f32; 3 * plane];
        let pixels = pixels.bytes().as_chunks::<4>().0;
        for row in 0..resized_rows {
            let Neighbours { low: top, high: bottom, weight: dy } =
                Neighbours::of(first_row + row, source_height, resized_height);
            let upper = &pixels[(top - first_source_row) * source_width..][..source_width];
            let lower = &pixels[(bottom - first_source_row) * source_width..][..source_width];
            for (channel, colour) in colours.iter().enumerate() {
                let at = |line: &[[u8; 4]], column: usize| colour[line[column][channel] as usize];
                let start = channel * plane + row * geometry.padded_width;
                for (value, &Neighbours { low: left, high: right, weight: dx }) in
                    output[start..].iter_mut().zip(&columns)
                {
                    *value = (1.0 - dy) * ((1.0 - dx) * at(upper, left) + dx * at(upper, right))
                        + dy * ((1.0 - dx) * at(lower, left) + dx * at(lower, right));
                }
            }
        }
        FlexTensor::from_data(TensorData::new(output, [1, 3, rows, geometry.padded_width]))
    }
}
