//! [`level_rows`](super::level_rows) on the GPU: one thread a value, one dispatch for all levels.

use super::{LevelRowsBackend, longest};
use crate::ops::ABSENT;
use crate::ops::workgroup::{WORKGROUP, output};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

/// A value of one level. A cell's channels lie side by side in a row.
#[cube]
fn value_of(level: &Tensor<f32>, picture: usize, position: usize) -> f32 {
    let channels = level.shape(1);
    let area = level.shape(2) * level.shape(3);
    let cell = position / channels;
    let inside = cell < area;
    let cell = select(inside, cell, 0);
    let value = level[(picture * channels + position % channels) * area + cell];
    select(inside, value, ABSENT)
}

#[cube(launch)]
fn level_rows_kernel(
    p2: &Tensor<f32>,
    p3: &Tensor<f32>,
    p4: &Tensor<f32>,
    p5: &Tensor<f32>,
    p6: &Tensor<f32>,
    output: &mut Tensor<f32>,
    picture: u32,
) {
    let row = output.shape(1) * output.shape(2);
    let position = ABSOLUTE_POS;
    if position >= 5 * row {
        terminate!();
    }
    let picture = usize::cast_from(picture);
    let level = position / row;
    let within = position % row;
    let value = if level == 0 {
        value_of(p2, picture, within)
    } else if level == 1 {
        value_of(p3, picture, within)
    } else if level == 2 {
        value_of(p4, picture, within)
    } else if level == 3 {
        value_of(p5, picture, within)
    } else {
        value_of(p6, picture, within)
    };
    output[position] = value;
}

impl LevelRowsBackend for CubeBackend {
    fn level_rows(
        p2: CubeTensor,
        p3: CubeTensor,
        p4: CubeTensor,
        p5: CubeTensor,
        p6: CubeTensor,
        picture: usize,
        columns: usize,
    ) -> CubeTensor {
        let levels = [p2, p3, p4, p5, p6].map(into_contiguous);
        let longest = longest(levels.each_ref().map(|level| level.meta.shape().dims()), columns);
        let [p2, p3, p4, p5, p6] = levels;
        let client = p2.client.clone();
        let shape = Shape::new([5, longest, columns]);
        let (output, count) = output(&p2, shape);
        level_rows_kernel::launch(
            &client,
            count,
            WORKGROUP,
            p2.into_tensor_arg(),
            p3.into_tensor_arg(),
            p4.into_tensor_arg(),
            p5.into_tensor_arg(),
            p6.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            picture as u32,
        );
        output
    }
}
