//! Everything about a network that has no weights: how images are prepared, and how objects are chosen.
//!
//! This is the one place where a setting stands, with its name, its default and its range. Manifests embed
//! [`Settings`]; TOML, the command line and JavaScript give a part of them ([`Settings::with`]). The TypeScript type and the
//! JSON schema of a manifest are generated from here (`cargo xtask types`).

use serde::{Deserialize, Serialize};

use super::limits::{MAX_CANDIDATES, MAX_DETECTIONS, MAX_IMAGE_SIDE, MAX_MAGNITUDE, MAX_PROPOSALS, MIN_POSITIVE};
use crate::image::ChannelMap;
use crate::{Error, Result};

/// The settings of a network. The defaults are torchvision's (`torchvision/models/detection`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "train", derive(documented::DocumentedFields))]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How an image becomes the network's input.
    pub input: InputSettings,
    /// The boxes that proposals start from.
    pub anchors: AnchorSettings,
    /// How proposals are chosen.
    pub proposals: ProposalSettings,
    /// How detections are chosen.
    pub detections: DetectionSettings,
}

/// How an image becomes the network's input (`GeneralizedRCNNTransform` in
/// `torchvision/models/detection/transform.py`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "train", derive(documented::DocumentedFields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputSettings {
    /// Length in pixels that the shorter side is scaled to, 1 to 16384; 800 by default.
    pub min_size: usize,
    /// Maximum length in pixels of the longer side, `minSize` to 16384; 1333 by default.
    pub max_size: usize,
    /// Images are not scaled by less than this factor to reach `minSize`, 0 to 10000: with 1 none is shrunk, so that
    /// small objects keep their pixels. 0, the default, sets no limit.
    pub min_scale: f64,
    /// Typical diameter of objects in pixels of the network's input, as in training, where the model has one: that of a
    /// circle of the same area, the median, 1 to 10000. With it, images can be scaled by the diameter of their objects.
    /// `null`, the default: not known, or of no use, as for photographs.
    #[serde(default)]
    pub object_diameter: Option<f64>,
    /// Which channel of an image each input of the network sees, counted from 0: one channel, which all inputs see in
    /// grey, or three, for red, green and blue. `null`, the default: the only channel, or the only three.
    #[serde(default)]
    #[cfg_attr(feature = "cli", schemars(with = "Option<Vec<usize>>"))]
    pub channels: Option<ChannelMap>,
    /// How the contrast is stretched first; `null`, the default, leaves it as it is.
    #[serde(default)]
    pub contrast: Option<ContrastSettings>,
    /// Mean of the red, green and blue channels, on 0 to 1, which is subtracted; ImageNet's by default.
    pub mean: [f32; 3],
    /// Standard deviation of the red, green and blue channels, on 0 to 1, which the difference is divided by; ImageNet's
    /// by default.
    pub std: [f32; 3],
}

/// Contrast stretch: the intensity quantiles, over all pixels and channels, that become black and white. An image in a
/// single saturated colour, such as a stain shown in blue, is then seen in grey.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContrastSettings {
    /// The quantile that becomes black, 0 to 1.
    pub low: f32,
    /// The quantile that becomes white, 0 to 1, more than `low`.
    pub high: f32,
}

/// The boxes that proposals start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "train", derive(documented::DocumentedFields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnchorSettings {
    /// Side of the square anchor of each of the five pyramid levels, in pixels of the resized image; 32 to 512 by
    /// default.
    pub sizes: [f32; 5],
    /// Height divided by width of each of a level's three anchors; 0.5, 1 and 2 by default.
    pub aspect_ratios: [f32; 3],
}

/// How proposals are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "train", derive(documented::DocumentedFields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposalSettings {
    /// Maximum number of candidates of each pyramid level that enter non-maximum suppression, 1 to 8192; 1000 by default.
    pub pre_nms_top_n: usize,
    /// Maximum number of proposals for the second stage, 1 to 2048; 1000 by default.
    pub post_nms_top_n: usize,
    /// Of two candidates of a level whose IoU is larger, only the better one is kept, 0 to 1; 0.7 by default.
    #[serde(default = "rpn_nms_threshold")]
    pub nms_threshold: f32,
}

/// How detections are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "train", derive(documented::DocumentedFields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DetectionSettings {
    /// Only detections with a higher score are returned, 0 to 1; 0.05 by default.
    pub score_threshold: f32,
    /// Of two detections of a class whose IoU is larger, only the better one is returned, 0 to 1; 0.5 by default.
    pub nms_threshold: f32,
    /// Maximum number of detections, the best ones, 1 to 1000; 100 by default.
    pub max_detections: usize,
    /// How the features of a region are pooled; `"align"` by default.
    #[serde(default)]
    pub pooling: RoiPooling,
}

/// How the features of a region of interest are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema, clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum RoiPooling {
    /// RoIAlign: bilinear samples at exact positions (He et al. 2017, section 3).
    #[default]
    Align,
    /// RoIAlign that takes a pixel's value to be at its centre, not its corner (detectron2's `ROIAlignV2`). Masks are
    /// trained and pasted with the same convention: nothing is off by half a pixel, which small objects need.
    Aligned,
    /// RoIPool: maxima over rounded cells (Girshick 2015), kept for the paper's comparison.
    Pool,
}

fn rpn_nms_threshold() -> f32 {
    0.7
}

impl Default for InputSettings {
    fn default() -> Self {
        Self {
            min_size: 800,
            max_size: 1333,
            min_scale: 0.0,
            object_diameter: None,
            channels: None,
            contrast: None,
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
        }
    }
}

impl Default for AnchorSettings {
    fn default() -> Self {
        Self { sizes: [32.0, 64.0, 128.0, 256.0, 512.0], aspect_ratios: [0.5, 1.0, 2.0] }
    }
}

impl Default for ProposalSettings {
    fn default() -> Self {
        Self { pre_nms_top_n: 1000, post_nms_top_n: 1000, nms_threshold: rpn_nms_threshold() }
    }
}

impl Default for DetectionSettings {
    fn default() -> Self {
        Self { score_threshold: 0.05, nms_threshold: 0.5, max_detections: 100, pooling: RoiPooling::Align }
    }
}

impl Settings {
    /// Checks every value's range.
    ///
    /// # Errors
    /// [`Error::InvalidInput`], naming the setting that is out of range, what it is and what it may be.
    pub fn check(&self) -> Result<()> {
        let Self { input, anchors, proposals, detections } = self;
        count("input.minSize", input.min_size, 1, MAX_IMAGE_SIDE)?;
        count("input.maxSize", input.max_size, 1, MAX_IMAGE_SIDE)?;
        if input.max_size < input.min_size {
            let (min, max) = (input.min_size, input.max_size);
            return Err(Error::InvalidInput(format!("`input.maxSize` is {max}, less than `input.minSize`, {min}")));
        }
        number("input.minScale", input.min_scale, 0.0, f64::from(MAX_MAGNITUDE))?;
        if let Some(diameter) = input.object_diameter {
            number("input.objectDiameter", diameter, 1.0, f64::from(MAX_MAGNITUDE))?;
        }
        if let Some(ContrastSettings { low, high }) = input.contrast {
            probability("input.contrast.low", low)?;
            probability("input.contrast.high", high)?;
            if low >= high {
                return Err(Error::InvalidInput(format!(
                    "`input.contrast.low` is {low}; it must be less than `input.contrast.high`, {high}"
                )));
            }
        }
        numbers("input.mean", &input.mean, -MAX_MAGNITUDE)?;
        numbers("input.std", &input.std, MIN_POSITIVE)?;
        numbers("anchors.sizes", &anchors.sizes, MIN_POSITIVE)?;
        numbers("anchors.aspectRatios", &anchors.aspect_ratios, MIN_POSITIVE)?;
        count("proposals.preNmsTopN", proposals.pre_nms_top_n, 1, MAX_CANDIDATES)?;
        count("proposals.postNmsTopN", proposals.post_nms_top_n, 1, MAX_PROPOSALS)?;
        probability("proposals.nmsThreshold", proposals.nms_threshold)?;
        probability("detections.scoreThreshold", detections.score_threshold)?;
        probability("detections.nmsThreshold", detections.nms_threshold)?;
        count("detections.maxDetections", detections.max_detections, 1, MAX_DETECTIONS)
    }
}

fn count(name: &str, value: usize, min: usize, max: usize) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!("`{name}` is {value}; it must be a whole number from {min} to {max}")))
}

fn number(name: &str, value: f64, min: f64, max: f64) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!("`{name}` is {value}; it must be a number from {min} to {max}")))
}

fn probability(name: &str, value: f32) -> Result<()> {
    number(name, f64::from(value), 0.0, 1.0)
}

fn numbers(name: &str, values: &[f32], min: f32) -> Result<()> {
    values.iter().enumerate().try_for_each(|(index, &value)| {
        // Compared in single precision, which the limits and the values are in.
        if (min..=MAX_MAGNITUDE).contains(&value) {
            return Ok(());
        }
        Err(Error::InvalidInput(format!(
            "`{name}[{index}]` is {value}; it must be a number from {min} to {MAX_MAGNITUDE}"
        )))
    })
}
