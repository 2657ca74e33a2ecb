//! What a checkpoint's file does not tell: the options of every command that reads one.

use clap::{Args, ValueEnum};
use maskrcnn_web::weights::{ChannelOrder, Conventions, WeightsOptions};

/// The options.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CheckpointArguments {
    /// Which state dict of the checkpoint is taken, where it holds several: the keys that lead to it with dots between
    /// them, such as model_ema; `.` is the top level [default: the one with the most tensors].
    #[arg(long, value_name = "KEY")]
    state_dict: Option<String>,
    /// The order of colours that the checkpoint's network takes [default: bgr for detectron2's, else rgb].
    #[arg(long, value_enum)]
    channel_order: Option<Channels>,
    /// Whether a bottleneck's stride is in its first 1x1 convolution, detectron2's RESNETS.STRIDE_IN_1X1
    /// [default: true for detectron2's, else false].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    stride_in_1x1: Option<bool>,
    /// What the checkpoint's batch normalisation adds to variances [default: 1e-5, or 0 for torchvision's with frozen
    /// normalisation].
    #[arg(long, value_name = "NUMBER")]
    batch_norm_eps: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

impl CheckpointArguments {
    /// As options for reading weights.
    pub(crate) fn options(&self) -> WeightsOptions {
        let channel_order = self.channel_order.map(|order| match order {
            Channels::Rgb => ChannelOrder::Rgb,
            Channels::Bgr => ChannelOrder::Bgr,
        });
        let Self { stride_in_1x1, batch_norm_eps, .. } = *self;
        WeightsOptions {
            state_dict: self.state_dict.clone(),
            conventions: Conventions { channel_order, stride_in_1x1, batch_norm_eps },
            ..WeightsOptions::default()
        }
    }
}
