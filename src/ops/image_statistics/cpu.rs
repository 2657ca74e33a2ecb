//! [`image_statistics`](crate::ops::image_statistics::image_statistics()) on the CPU.

use crate::image::Tone;
use crate::ops::image_statistics::{
    HISTOGRAM, HISTOGRAM_PARTS, ImageStatisticsBackend, OUTPUT, PixelLayout, SUM_PARTS, SUMS, WHITE,
};
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

impl ImageStatisticsBackend for Flex {
    fn image_statistics(words: FlexTensor, layout: PixelLayout) -> FlexTensor {
        let bytes = words.bytes();
        let pixels = bytes.as_chunks::<4>().0;
        let step = Tone::sampling_step(layout.pixels());
        // Nothing is counted at the same time here: all in the first part.
        let mut output = vec![0i32; OUTPUT];
        for index in 0..layout.pixels() {
            let pixel = pixels[index / layout.width * layout.row_words + index % layout.width];
            for (channel, sample) in pixel.into_iter().enumerate() {
                output[channel * 256 + usize::from(sample)] += 1;
            }
            if index % step != 0 {
                continue;
            }
            let [a, b, c] = layout.inputs.map(|input| u32::from(pixel[input]));
            let is_other = usize::from(a <= WHITE || b <= WHITE || c <= WHITE);
            // In turn, so that no sum exceeds 32 bits.
            let part = index / step % SUM_PARTS;
            let first = HISTOGRAM_PARTS * HISTOGRAM + (part * 2 + is_other) * SUMS;
            let values = [1, a, b, c, a * a, a * b, a * c, b * b, b * c, c * c];
            output[first..].iter_mut().zip(values).for_each(|(sum, value)| *sum += value as i32);
        }
        FlexTensor::from_data(TensorData::new(output, [OUTPUT]))
    }
}
