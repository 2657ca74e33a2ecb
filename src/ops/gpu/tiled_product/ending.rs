//! From the sums of products to the output: bias, shortcut, activation.

use cubecl::prelude::*;

/// What becomes of the sums.
#[derive(CubeType, CubeLaunch)]
pub(in crate::ops) struct Ending<O: Float> {
    /// `[outputs]`.
    pub(super) bias: OwnedTensor<O>,
    /// Added to the output before the activation.
    pub(super) shortcut: ComptimeOption<OwnedTensor<O>>,
    /// The bounds of the activation. They are not part of the shader, of which a third as many are compiled.
    pub(super) lowest: f32,
    pub(super) highest: f32,
}

/// The output at `at` from its sum of products.
#[cube]
pub(in crate::ops) fn finished<O: Float>(ending: &Ending<O>, sum: f32, channel: usize, at: usize) -> O {
    let sum = sum + f32::cast_from(ending.bias[channel]);
    #[comptime]
    let sum = match &ending.shortcut {
        ComptimeOption::Some(shortcut) => sum + f32::cast_from(shortcut[at]),
        ComptimeOption::None => sum,
    };
    O::cast_from(clamp(sum, ending.lowest, ending.highest))
}

/// Adds the parts of the sums, `[parts, n × outputs × height × width]`.
#[cube(launch_unchecked)]
pub(super) fn add_parts<O: Float>(
    partials: &Tensor<f32>,
    ending: &Ending<O>,
    output: &mut Tensor<O>,
    #[define(O)] _float: ElemType,
) {
    let area = output.shape(2) * output.shape(3);
    let values = output.shape(0) * output.shape(1) * area;
    let at = ABSOLUTE_POS;
    if at >= values {
        terminate!();
    }
    let mut sum = partials[at];
    for part in 1..partials.shape(0) {
        sum += partials[part * values + at];
    }
    output[at] = finished(ending, sum, at / area % output.shape(1), at);
}
