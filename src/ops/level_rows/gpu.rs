//! [`level_rows`](crate::ops::level_rows::level_rows) on the GPU: one thread per value, one dispatch for all levels.

use crate::ops::ABSENT;
use crate::ops::gpu::workgroup::{WORKGROUP, output};
use crate::ops::level_rows::{LevelRowsBackend, Levels, longest};
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use core::ops::Range;
use cubecl::prelude::*;

/// A value of one level. A cell's channels lie side by side in a row.
#[cube]
fn value_of(level: &Tensor<f32>, entry: usize, position: usize) -> f32 {
    let channels = level.shape(1);
    let area = level.shape(2) * level.shape(3);
    let cell = position / channels;
    let inside = cell < area;
    let cell = select(inside, cell, 0);
    let value = level[(entry * channels + position % channels) * area + cell];
    select(inside, value, ABSENT)
}

/// [`Levels`] as the kernel takes them.
#[derive(CubeType, CubeLaunch)]
struct LevelArgs {
    p2: OwnedTensor<f32>,
    p3: OwnedTensor<f32>,
    p4: OwnedTensor<f32>,
    p5: OwnedTensor<f32>,
    p6: OwnedTensor<f32>,
}

#[cube(launch)]
fn level_rows_kernel(levels: &LevelArgs, output: &mut Tensor<f32>, first_entry: u32) {
    let row = output.shape(1) * output.shape(2);
    let position = ABSOLUTE_POS;
    if position >= output.shape(0) * row {
        terminate!();
    }
    let entry = usize::cast_from(first_entry) + position / row / 5;
    let level = position / row % 5;
    let within = position % row;
    let value = if level == 0 {
        value_of(&levels.p2, entry, within)
    } else if level == 1 {
        value_of(&levels.p3, entry, within)
    } else if level == 2 {
        value_of(&levels.p4, entry, within)
    } else if level == 3 {
        value_of(&levels.p5, entry, within)
    } else {
        value_of(&levels.p6, entry, within)
    };
    output[position] = value;
}

impl LevelRowsBackend for CubeBackend {
    fn level_rows(levels: Levels<Self>, entries: Range<usize>, columns: usize) -> CubeTensor {
        let Levels { p2, p3, p4, p5, p6 } = levels;
        let levels = [p2, p3, p4, p5, p6].map(into_contiguous);
        let longest = longest(levels.each_ref().map(|level| level.meta.shape().dims()), columns);
        let [p2, p3, p4, p5, p6] = levels;
        let client = p2.client.clone();
        let shape = Shape::new([entries.len() * 5, longest, columns]);
        let (output, count) = output(&p2, shape);
        level_rows_kernel::launch(
            &client,
            count,
            WORKGROUP,
            LevelArgsLaunch::new(
                p2.into_tensor_arg(),
                p3.into_tensor_arg(),
                p4.into_tensor_arg(),
                p5.into_tensor_arg(),
                p6.into_tensor_arg(),
            ),
            output.clone().into_tensor_arg(),
            entries.start as u32,
        );
        output
    }
}
