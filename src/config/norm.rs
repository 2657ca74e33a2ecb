//! How batch normalisation (Ioffe and Szegedy 2015) is represented.

use serde::{Deserialize, Serialize};

/// How the batch normalisations behind torchvision's convolutions are represented.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Folded into the preceding convolution: what a deployed network has.
    #[default]
    Folded,
    /// Kept, but neither statistics nor weights are trained: for fine-tuning with few images in a batch
    /// (torchvision's `FrozenBatchNorm2d`).
    Frozen {
        /// Added to each variance, 0 or more.
        eps: f64,
    },
    /// Trained, with the statistics of the batch.
    Batch {
        /// Added to each variance, more than 0; 1e-5 in torchvision.
        eps: f64,
        /// Weight of a batch in the running statistics, 0..1; 0.1 in torchvision.
        momentum: f64,
    },
}

impl Norm {
    /// The norm of a part that has one (`normed`); else `Folded`, which is no more than a bias.
    pub(crate) fn only_if(self, normed: bool) -> Self {
        if normed { self } else { Self::Folded }
    }
}

/// Which parts besides the residual network, which always is, are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NormedParts {
    /// The feature pyramid's convolutions.
    pub fpn: bool,
    /// The box head's convolutions.
    pub box_head: bool,
    /// The mask head's convolutions.
    pub mask_head: bool,
}
