//! [`linear`](crate::ops::linear::linear) on the CPU: a matrix product in blocks that fit into the caches.

use crate::ops::activation::Activation;
use crate::ops::cpu::micro_kernel::{Correlation, Kernel, MAX_COLUMNS, MAX_ROWS, Offsets, Tile, interleave};
use crate::ops::linear::LinearBackend;
use crate::ops::parallel;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexTensor};

/// Inputs of a block: a panel of the weight, `DEPTH` rows of the width of a tile, fits into the L1 cache.
const DEPTH: usize = 512;
/// Rows of the output that share a panel in that cache.
const ROWS: usize = 64;

impl LinearBackend for Flex {
    fn linear_bias(input: FlexTensor, weight: FlexTensor, bias: FlexTensor, activation: Activation) -> FlexTensor {
        let [n, inputs] = input.layout().shape().dims();
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
        let [input, weight, bias] = [&input, &weight, &bias].map(|tensor| tensor.as_slice().unwrap_or_default());
        let mut output = bias.repeat(n);
        for first in (0..inputs).step_by(DEPTH) {
            Block::new(input, weight, inputs, bias.len(), first).add(&mut output);
        }
        if activation != Activation::None {
            let bounds = activation.bounds();
            output.iter_mut().for_each(|value| *value = bounds.clamp(*value));
        }
        FlexTensor::from_data(TensorData::new(output, [n, bias.len()]))
    }
}

/// The part of a product that comes from some of the inputs.
struct Block<'a> {
    kernel: Kernel,
    input: &'a [f32],
    inputs: usize,
    outputs: usize,
    /// The first of these inputs.
    first: usize,
    /// The number of these inputs.
    depth: usize,
    /// The weight in panels as wide as a tile, one after the other; the last one is zero-padded.
    panels: Vec<f32>,
    /// Where each input's factors are in a panel.
    offsets: Offsets,
}

impl<'a> Block<'a> {
    fn new(input: &'a [f32], weight: &[f32], inputs: usize, outputs: usize, first: usize) -> Self {
        let kernel = Kernel::detect();
        let (depth, columns) = (DEPTH.min(inputs - first), kernel.columns());
        let mut panels = vec![0.0; outputs.div_ceil(columns) * depth * columns];
        for (panel, start) in panels.chunks_exact_mut(depth * columns).zip((0..outputs).step_by(columns)) {
            let count = columns.min(outputs - start);
            for (line, row) in panel.chunks_exact_mut(columns).zip(weight[first * outputs..].chunks_exact(outputs)) {
                line[..count].copy_from_slice(&row[start..start + count]);
            }
        }
        let offsets = Offsets::new((0..depth).map(|index| index * columns).collect());
        Self { kernel, input, inputs, outputs, first, depth, panels, offsets }
    }

    /// Adds the part to all rows.
    fn add(&self, output: &mut [f32]) {
        parallel::for_each_chunk(output, ROWS * self.outputs, |index, output| {
            let input = &self.input[index * ROWS * self.inputs..];
            self.add_rows(&input[..(ROWS * self.inputs).min(input.len())], output);
        });
    }

    fn add_rows(&self, input: &[f32], output: &mut [f32]) {
        let (group, columns) = (self.kernel.rows, self.kernel.columns());
        let factors = interleave(&input[self.first..], self.inputs, self.depth, group);
        let mut tile: Tile = [0.0; MAX_ROWS * MAX_COLUMNS];
        for (panel, start) in self.panels.chunks_exact(self.depth * columns).zip((0..self.outputs).step_by(columns)) {
            let count = columns.min(self.outputs - start);
            let vectors = count.div_ceil(self.kernel.lanes);
            for (weights, rows) in factors.chunks_exact(self.depth * group).zip(output.chunks_mut(group * self.outputs))
            {
                let terms = Correlation { frame: panel, offsets: &self.offsets, start: 0, weights };
                self.kernel.correlate(&terms, vectors, &mut tile);
                let sums = tile.chunks_exact(vectors * self.kernel.lanes);
                for (row, sums) in rows.chunks_exact_mut(self.outputs).zip(sums) {
                    for (value, sum) in row[start..start + count].iter_mut().zip(sums) {
                        *value += sum;
                    }
                }
            }
        }
    }
}
