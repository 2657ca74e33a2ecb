//! The layout of an EfficientNet-Lite.

use serde::{Deserialize, Serialize};

/// The layout of an EfficientNet-Lite (Tan and Le 2019, "EfficientNet"; the lite ones, without squeeze-and-excitation
/// and with ReLU6, are those of `efficientnet_lite_builder.py` in `tensorflow/tpu`): a 3×3 convolution, then seven
/// groups of inverted residual blocks. Kernels, strides and expansions are the same in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EfficientNetLiteConfig {
    /// Output channels of the 3×3 convolution at the start.
    pub stem: usize,
    /// Output channels of each group of blocks. The fifth has others than the sixth, or a checkpoint would not tell
    /// where one ends.
    pub channels: [usize; GROUPS],
    /// Number of blocks in each group, 1 or more.
    pub depths: [usize; GROUPS],
}

/// Groups of blocks.
const GROUPS: usize = 7;

/// Rows and columns of the depthwise convolutions of each group.
const KERNELS: [usize; GROUPS] = [3, 3, 5, 3, 5, 5, 3];
/// Stride of the first block of each group.
const STRIDES: [usize; GROUPS] = [1, 2, 2, 2, 1, 2, 1];
/// By how much the blocks of each group expand their channels.
const EXPANSIONS: [usize; GROUPS] = [1, 6, 6, 6, 6, 6, 6];
/// The groups that the outputs C2 to C5 come from: the last ones before a stride.
const OUTPUTS: [usize; 4] = [1, 2, 4, 6];

/// The layout of an inverted residual block (Sandler et al. 2018, "MobileNetV2").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvertedResidual {
    /// Channels of the input.
    pub(crate) inputs: usize,
    /// Channels of the depthwise convolution; where they are as many as the input's, nothing expands them.
    pub(crate) expanded: usize,
    /// Channels of the output.
    pub(crate) outputs: usize,
    /// Rows and columns of the depthwise convolution.
    pub(crate) kernel: usize,
    /// Stride of the depthwise convolution.
    pub(crate) stride: usize,
}

impl EfficientNetLiteConfig {
    /// What the published weights were trained with: added to each variance of the batch normalisation.
    pub const NORM_EPS: f64 = 1e-3;

    /// EfficientNet-Lite0.
    pub fn lite0() -> Self {
        Self { stem: 32, channels: [16, 24, 40, 80, 112, 192, 320], depths: [1, 2, 2, 3, 3, 4, 1] }
    }

    /// Output channels of each of the four stages (C2 to C5).
    pub fn out_channels(&self) -> [usize; 4] {
        OUTPUTS.map(|group| self.channels[group])
    }

    /// How many blocks come before each of the four stages, and how many there are.
    pub(crate) fn stage_ends(&self) -> [usize; 5] {
        let until =
            |groups: usize| self.depths[..groups].iter().fold(0, |sum: usize, &depth| sum.saturating_add(depth));
        core::array::from_fn(|stage| if stage == 0 { until(1) } else { until(OUTPUTS[stage - 1] + 1) })
    }

    /// All blocks, in their order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = InvertedResidual> + '_ {
        (0..GROUPS).flat_map(move |group| {
            let (kernel, outputs) = (KERNELS[group], self.channels[group]);
            (0..self.depths[group]).map(move |index| {
                let before = if group == 0 { self.stem } else { self.channels[group - 1] };
                let (inputs, stride) = if index == 0 { (before, STRIDES[group]) } else { (outputs, 1) };
                let expanded = inputs.saturating_mul(EXPANSIONS[group]);
                InvertedResidual { inputs, expanded, outputs, kernel, stride }
            })
        })
    }
}
