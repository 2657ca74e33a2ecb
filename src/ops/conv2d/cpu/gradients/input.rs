//! The gradient of a convolution by its input, which is again a set of convolutions: of the output's
//! gradient, one for each remainder of row and column modulo the stride.

use super::super::shifted::{Pixels, Shifted, Weight};
use crate::ops::activation::Activation;
use crate::ops::conv2d::ConvSpec;
use crate::ops::cpu::frame::{FrameLayout, Planes};
use crate::ops::cpu::micro_kernel::Kernel;

impl Weight<'_> {
    fn at(&self, output: usize, input: usize, tap: (usize, usize)) -> f32 {
        self.values[((output * self.inputs + input) * self.side + tap.0) * self.side + tap.1]
    }
}

/// The input's gradient from the output's.
///
/// Output row `r` reads input row `r × stride + tap − padding`. So input row `t × stride + rest` reads
/// output row `t + (rest + padding − tap) / stride`, for the taps for which that is an integer.
pub(super) fn input_gradient(
    gradient: Planes<'_>,
    weight: Weight<'_>,
    spec: ConvSpec,
    height: usize,
    width: usize,
) -> Vec<f32> {
    let kernel = Kernel::detect();
    let stride = spec.stride;
    let [above, left] = [height, width].map(|length| spec.padding.before(length, weight.side, stride));
    let along = |padding: usize, rest: usize| {
        (0..weight.side).filter(move |tap| (rest + padding + stride * weight.side - tap).is_multiple_of(stride))
    };
    // As the frame has `margin` rows of zeros before the first, this is not negative.
    let margin = weight.side / 2;
    let reads = |padding: usize, rest: usize, tap: usize| (rest + padding + margin * stride - tap) / stride;
    let parts = (0..stride * stride)
        .map(|phase| {
            let (row, column) = (phase / stride, phase % stride);
            let taps: Vec<(usize, usize)> =
                along(above, row).flat_map(|y| along(left, column).map(move |x| (y, x))).collect();
            let weights = pack(&kernel, weight.inputs, weight.outputs, &taps, |input, output, tap| {
                weight.at(output, input, taps[tap])
            });
            let taps = taps.into_iter().map(|(y, x)| (reads(above, row, y), reads(left, column, x))).collect();
            Pixels { row, column, width: (width - column.min(width)).div_ceil(stride), taps, weights }
        })
        .collect();
    let layout =
        FrameLayout { stride: 1, padding: (margin, margin), pitch: gradient.width + margin, margin: margin * 2 };
    let channels = weight.inputs;
    Shifted {
        kernel,
        source: gradient,
        layout,
        parts,
        step: stride,
        channels,
        height,
        width,
        bias: None,
        activation: Activation::None,
    }
    .run()
}

/// The factors of each group of channels of a result, as the kernel takes them.
fn pack(
    kernel: &Kernel,
    channels: usize,
    sources: usize,
    taps: &[(usize, usize)],
    factor: impl Fn(usize, usize, usize) -> f32,
) -> Vec<f32> {
    let mut packed = Vec::with_capacity(channels.next_multiple_of(kernel.rows) * sources * taps.len());
    for first in (0..channels).step_by(kernel.rows) {
        for source in 0..sources {
            for tap in 0..taps.len() {
                for channel in first..first + kernel.rows {
                    packed.push(if channel < channels { factor(channel, source, tap) } else { 0.0 });
                }
            }
        }
    }
    packed
}
