//! What a network does that no tensor of its checkpoint tells.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The channel order that a network expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema, clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue: torchvision's.
    Rgb,
    /// Blue, green, red: OpenCV's, and so detectron2's by default (`INPUT.FORMAT`).
    Bgr,
}

impl ChannelOrder {
    /// What options and manifests call it: `rgb` or `bgr`.
    pub fn name(self) -> &'static str {
        match self {
            ChannelOrder::Rgb => "rgb",
            ChannelOrder::Bgr => "bgr",
        }
    }

    /// Three numbers in this order as red, green, blue; or the other way round.
    pub(super) fn arrange<T>(self, mut channels: [T; 3]) -> [T; 3] {
        if self == ChannelOrder::Bgr {
            channels.reverse();
        }
        channels
    }
}

/// What a network does that no tensor of its checkpoint tells. What is `None` is taken to be as its library has it by
/// default; the documentation of [`weights`](crate::weights) says how that is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conventions {
    /// The order of colours that the first convolution takes, and that a detectron2 checkpoint's own `pixel_mean` and
    /// `pixel_std` are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_order: Option<ChannelOrder>,
    /// Whether a bottleneck's stride is in its first 1×1 convolution rather than in its 3×3 (detectron2's
    /// `RESNETS.STRIDE_IN_1X1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride_in_1x1: Option<bool>,
    /// Added to each variance of the batch normalisation, 0 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_norm_eps: Option<f64>,
}

impl Conventions {
    /// These, and where they say nothing, `others`.
    pub fn or(self, others: Self) -> Self {
        Self {
            channel_order: self.channel_order.or(others.channel_order),
            stride_in_1x1: self.stride_in_1x1.or(others.stride_in_1x1),
            batch_norm_eps: self.batch_norm_eps.or(others.batch_norm_eps),
        }
    }

    /// Those of these that are others than `usual`.
    pub fn unlike(self, usual: Self) -> Self {
        Self {
            channel_order: self.channel_order.filter(|_| self.channel_order != usual.channel_order),
            stride_in_1x1: self.stride_in_1x1.filter(|_| self.stride_in_1x1 != usual.stride_in_1x1),
            batch_norm_eps: self.batch_norm_eps.filter(|_| self.batch_norm_eps != usual.batch_norm_eps),
        }
    }

    /// Whether they say nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a `batch_norm_eps` that is negative, infinite or NaN.
    pub fn check(&self) -> Result<()> {
        match self.batch_norm_eps.filter(|eps| !eps.is_finite() || *eps < 0.0) {
            Some(eps) => Err(Error::InvalidInput(format!("batch_norm_eps is {eps}; it must be 0 or more"))),
            None => Ok(()),
        }
    }
}
