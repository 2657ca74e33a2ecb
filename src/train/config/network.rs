//! The layers of the network that is trained, as a configuration file gives them.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::config::{self, BlockKind, Norm};
use crate::{Error, Result};

/// A preset, and what differs from it. The number of classes is the data set's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkConfig {
    /// The layers and settings to start from: `nuclei` (narrow; the default model's), `everyday` (an EfficientNet-Lite0
    /// under a narrow pyramid, for photographs), `resnet50_fpn` or `resnet50_fpn_v2` (torchvision's).
    pub preset: Preset,
    /// Whether the mask branch is there; `false` makes a Faster R-CNN.
    pub masks: bool,
    /// Batch normalisation: `batch` (trained, with statistics of the batch) or `frozen` (neither its statistics nor
    /// its weights are trained: for fine-tuning with few images in a batch).
    pub norm: NormKind,
    /// Added to each variance, 0 or more; more than 0 for the norm `batch`. torchvision's published v1 weights need 0,
    /// those of an EfficientNet-Lite 1e-3, others 1e-5.
    pub norm_eps: f64,
    /// Share of a batch in the running statistics, 0 to 1; for the norm `batch`.
    pub norm_momentum: f64,
    /// Number of stages of the backbone that are not trained, 0 to 5, counted from the input: 1 for the first
    /// convolution (in an EfficientNet-Lite with its first group of blocks), 5 for all.
    pub freeze_stages: usize,
    /// Of a residual network: its blocks, `basic` or `bottleneck`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// Of a residual network: number of blocks in each of its four stages, 1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depths: Option<[usize; 4]>,
    /// Of a residual network: channels of its first convolution, 1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem: Option<usize>,
    /// Of a residual network: planes of each of its stages, 1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planes: Option<[usize; 4]>,
    /// Channels of the feature pyramid, 1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fpn_channels: Option<usize>,
    /// Outputs of each linear layer of the box head, 1 or more; as many layers as the preset has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_fc_channels: Option<Vec<usize>>,
    /// Channels of each convolution of the mask head, 1 or more; at least one convolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_conv_channels: Option<Vec<usize>>,
    /// Channels of the mask predictor's transposed convolution, 1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_deconv_channels: Option<usize>,
}

/// The presets of [`config::Preset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The default model's, `models/nuclei/preset.json`.
    Nuclei,
    /// For photographs, `models/everyday/preset.json`.
    Everyday,
    /// [`config::Layout::resnet50_fpn`].
    #[serde(rename = "resnet50_fpn")]
    Resnet50Fpn,
    /// [`config::Layout::resnet50_fpn_v2`].
    #[serde(rename = "resnet50_fpn_v2")]
    Resnet50FpnV2,
}

/// What becomes of the normalisations in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// They are trained, with statistics of the batch.
    Batch,
    /// They stay as they are: for fine-tuning with few images in a batch.
    Frozen,
}

/// The kinds of residual block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// [`BlockKind::Basic`].
    Basic,
    /// [`BlockKind::Bottleneck`].
    Bottleneck,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            preset: Preset::Nuclei,
            masks: true,
            norm: NormKind::Batch,
            norm_eps: 1e-5,
            norm_momentum: 0.1,
            freeze_stages: 0,
            block: None,
            depths: None,
            stem: None,
            planes: None,
            fpn_channels: None,
            box_fc_channels: None,
            mask_conv_channels: None,
            mask_deconv_channels: None,
        }
    }
}

impl NetworkConfig {
    /// The layout of the network in training, for `num_classes` classes (including the background), and the preset's
    /// settings.
    ///
    /// # Errors
    /// [`Error::Internal`] for a preset that cannot be read, which none can be that is tested.
    pub fn build(&self, num_classes: usize) -> Result<config::Preset> {
        let mut built = config::Preset::named(match self.preset {
            Preset::Nuclei => "nuclei",
            Preset::Everyday => "everyday",
            Preset::Resnet50Fpn => "resnet50_fpn",
            Preset::Resnet50FpnV2 => "resnet50_fpn_v2",
        })?;
        let layout = &mut built.layout;
        layout.num_classes = num_classes;
        layout.masks = self.masks;
        layout.norm = match self.norm {
            NormKind::Batch => Norm::Batch { eps: self.norm_eps, momentum: self.norm_momentum },
            NormKind::Frozen => Norm::Frozen { eps: self.norm_eps },
        };
        let block = self.block.map(|block| match block {
            Block::Basic => BlockKind::Basic,
            Block::Bottleneck => BlockKind::Bottleneck,
        });
        if let Some(resnet) = layout.backbone.as_resnet_mut() {
            set(&mut resnet.block, &block);
            set(&mut resnet.depths, &self.depths);
            set(&mut resnet.stem, &self.stem);
            set(&mut resnet.planes, &self.planes);
        }
        set(&mut layout.fpn.channels, &self.fpn_channels);
        set(&mut layout.roi_heads.box_head.fc_channels, &self.box_fc_channels);
        set(&mut layout.roi_heads.mask_head.conv_channels, &self.mask_conv_channels);
        set(&mut layout.roi_heads.mask_head.deconv_channels, &self.mask_deconv_channels);
        Ok(built)
    }

    /// # Errors
    /// [`Error::InvalidInput`], naming what is out of range.
    pub fn check(&self) -> Result<()> {
        let layout = self.build(2)?.layout;
        let head = &layout.roi_heads;
        let preset = Self { box_fc_channels: None, ..self.clone() }.build(2)?;
        let layers = preset.layout.roi_heads.box_head.fc_channels.len();
        let widths = [layout.fpn.channels, head.mask_head.deconv_channels];
        let resnet = layout.backbone.as_resnet();
        let body = resnet.iter().flat_map(|resnet| resnet.planes.iter().chain([&resnet.stem]));
        let all = body.chain(&head.box_head.fc_channels).chain(&head.mask_head.conv_channels);
        let changes_resnet =
            self.block.is_some() || self.depths.is_some() || self.stem.is_some() || self.planes.is_some();
        let rules = [
            (self.norm_eps.is_finite() && self.norm_eps >= 0.0, "norm_eps must be 0 or more"),
            (self.norm == NormKind::Frozen || self.norm_eps > 0.0, "norm_eps must be more than 0 for the norm `batch`"),
            ((0.0..=1.0).contains(&self.norm_momentum), "norm_momentum must be in 0..1"),
            (self.freeze_stages <= 5, "freeze_stages must be 5 or less"),
            (
                resnet.is_some() || !changes_resnet,
                "block, depths, stem and planes are a residual network's, which the preset has not; leave them out",
            ),
            (resnet.is_none_or(|resnet| resnet.depths.iter().all(|&depth| depth > 0)), "depths must be 1 or more"),
            (widths.iter().chain(all).all(|&channels| channels > 0), "channels must be 1 or more"),
            // A checkpoint does not tell how many there are where it has no convolutions before them.
            (head.box_head.fc_channels.len() == layers, "box_fc_channels must be as many as the preset has"),
            (!head.mask_head.conv_channels.is_empty(), "mask_conv_channels must not be empty"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::InvalidInput(format!("network.{rule}"))),
        }
    }
}

fn set<T: Clone>(value: &mut T, other: &Option<T>) {
    if let Some(other) = other {
        *value = other.clone();
    }
}
