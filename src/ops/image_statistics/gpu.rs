//! [`image_statistics`](crate::ops::image_statistics::image_statistics()) on the GPU: one thread per pixel.

use crate::image::Tone;
use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::image_statistics::{
    HISTOGRAM, HISTOGRAM_PARTS, ImageStatisticsBackend, OUTPUT, PixelLayout, SUM_PARTS, SUMS, WHITE,
};
use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::zeros_client, tensor::CubeTensor};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

/// A [`PixelLayout`] as the kernel takes it.
#[derive(CubeType, CubeLaunch)]
struct LayoutArgs {
    pixels: u32,
    width: u32,
    row_words: u32,
    /// From one sampled pixel to the next.
    step: u32,
    /// How many bits the first input's sample is shifted by.
    a: u32,
    b: u32,
    c: u32,
}

#[cube(launch)]
fn image_statistics_kernel(words: &Tensor<i32>, counts: &Tensor<Atomic<u32>>, layout: &LayoutArgs) {
    let pixel = u32::cast_from(ABSOLUTE_POS);
    if pixel >= layout.pixels {
        terminate!();
    }
    let place = pixel / layout.width * layout.row_words + pixel % layout.width;
    let word = u32::cast_from(words[usize::cast_from(place)]);
    let part = usize::cast_from(pixel) % HISTOGRAM_PARTS * HISTOGRAM;
    #[unroll]
    for channel in 0..4u32 {
        let sample = (word >> (channel * 8u32)) & 255u32;
        counts[part + usize::cast_from(channel * 256u32 + sample)].fetch_add(1u32);
    }
    if pixel % layout.step == 0u32 {
        let a = (word >> layout.a) & 255u32;
        let b = (word >> layout.b) & 255u32;
        let c = (word >> layout.c) & 255u32;
        let is_white = a > WHITE && b > WHITE && c > WHITE;
        let part = usize::cast_from(pixel / layout.step) % SUM_PARTS * 2 + select(is_white, 0usize, 1usize);
        let first = HISTOGRAM_PARTS * HISTOGRAM + part * SUMS;
        counts[first].fetch_add(1u32);
        counts[first + 1].fetch_add(a);
        counts[first + 2].fetch_add(b);
        counts[first + 3].fetch_add(c);
        counts[first + 4].fetch_add(a * a);
        counts[first + 5].fetch_add(a * b);
        counts[first + 6].fetch_add(a * c);
        counts[first + 7].fetch_add(b * b);
        counts[first + 8].fetch_add(b * c);
        counts[first + 9].fetch_add(c * c);
    }
}

impl ImageStatisticsBackend for CubeBackend {
    fn image_statistics(words: CubeTensor, layout: PixelLayout) -> CubeTensor {
        let words = into_contiguous(words);
        let client = words.client.clone();
        let counts = zeros_client(client.clone(), words.device.clone(), Shape::new([OUTPUT]), DType::U32);
        let [a, b, c] = layout.inputs.map(|input| 8 * input as u32);
        image_statistics_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, layout.pixels(), WORKGROUP),
            WORKGROUP,
            words.into_tensor_arg(),
            counts.clone().into_tensor_arg(),
            LayoutArgsLaunch::new(
                layout.pixels() as u32,
                layout.width as u32,
                layout.row_words as u32,
                Tone::sampling_step(layout.pixels()) as u32,
                a,
                b,
                c,
            ),
        );
        counts
    }
}
