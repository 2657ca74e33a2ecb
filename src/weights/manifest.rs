//! A model's manifest: what it finds, how its network is fed, and which files hold its weights.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Conventions, WeightsFile, preset};
use crate::config::ContrastConfig;
use crate::inference::PredictOptions;
use crate::model::roi_heads::RoiPooling;
use crate::structures::Image;
use crate::{Error, MaskRcnnConfig, Result};

/// What `manifest.json` beside a model's weights says: all that the weights do not.
///
/// The npm package reads the same file (`pkg/src/model/manifest.ts`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: [`Manifest::VERSION`].
    pub version: u32,
    /// What the model is called.
    pub name: String,
    /// What it finds, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The layers, as [`preset`] names them.
    pub preset: String,
    /// Names of the classes by number, the background first.
    pub labels: Vec<String>,
    /// How pictures become the network's input.
    pub input: InputSettings,
    /// The boxes that proposals start from.
    pub anchors: AnchorSettings,
    /// How many proposals there are.
    pub proposals: ProposalSettings,
    /// How detections are chosen, unless the caller says otherwise.
    pub detections: DetectionSettings,
    /// The parts of the checkpoint, in order: one file, or several that make one when joined.
    pub weights: Vec<WeightsFile>,
    /// How the weights are stored, where the manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// What the network of these weights does that their tensors do not tell, where it is not what its library does by
    /// default.
    #[serde(default, skip_serializing_if = "Conventions::is_empty")]
    pub conventions: Conventions,
    /// Under which licence the weights may be used.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// What the network was trained on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Measured accuracies of these weights, 0..1, by what was measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accuracy: BTreeMap<String, f64>,
}

/// See [`TransformConfig`](crate::config::TransformConfig).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of TransformConfig")]
pub struct InputSettings {
    pub min_size: usize,
    pub max_size: usize,
    pub min_scale: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrast: Option<ContrastSettings>,
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

/// See [`ContrastConfig`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of ContrastConfig")]
pub struct ContrastSettings {
    pub low: f32,
    pub high: f32,
}

/// See [`RpnConfig`](crate::model::rpn::RpnConfig).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnchorSettings {
    /// Side of the square anchor of each level, in pixels of the resized picture.
    pub sizes: [f32; 5],
    /// Height divided by width of each anchor of a level.
    pub aspect_ratios: [f32; 3],
}

/// See [`RpnConfig`](crate::model::rpn::RpnConfig).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposalSettings {
    /// At most so many candidates of each level go into non-maximum suppression.
    pub pre_nms_top_n: usize,
    /// At most so many proposals come out.
    pub post_nms_top_n: usize,
}

/// See [`RoiHeadsConfig`](crate::model::roi_heads::RoiHeadsConfig).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DetectionSettings {
    /// Only detections with a higher score (0..1) are reported.
    pub score_threshold: f32,
    /// Of two detections of a class with a larger IoU, only the better one is reported.
    pub nms_threshold: f32,
    /// At most so many are reported for a picture.
    pub max_detections: usize,
    /// How the features of a region are pooled.
    #[serde(default)]
    pub pooling: RoiPooling,
}

/// How weights are stored; `models/README.md` says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision.
    F32,
    /// Weights in half precision, the rest in single.
    F16,
    /// Weights as whole numbers with a scale for each output channel, the rest in single precision.
    Int8,
}

impl Manifest {
    /// The version of the format that this crate reads and writes.
    pub const VERSION: u32 = 1;

    /// A manifest for weights with this layout, with the settings of `config`. It names no files yet.
    pub fn new(name: &str, config: &MaskRcnnConfig, labels: Vec<String>) -> Self {
        let MaskRcnnConfig { transform, rpn, roi_heads, .. } = config;
        Self {
            version: Self::VERSION,
            name: name.into(),
            description: String::new(),
            preset: preset(config),
            labels,
            input: InputSettings {
                min_size: transform.min_size,
                max_size: transform.max_size,
                min_scale: transform.min_scale,
                contrast: transform.contrast.map(|ContrastConfig { low, high }| ContrastSettings { low, high }),
                mean: transform.mean,
                std: transform.std,
            },
            anchors: AnchorSettings { sizes: rpn.anchor_sizes, aspect_ratios: rpn.aspect_ratios },
            proposals: ProposalSettings { pre_nms_top_n: rpn.pre_nms_top_n, post_nms_top_n: rpn.post_nms_top_n },
            detections: DetectionSettings {
                score_threshold: roi_heads.score_threshold,
                nms_threshold: roi_heads.nms_threshold,
                max_detections: roi_heads.detections_per_image,
                pooling: roi_heads.pooling,
            },
            weights: Vec::new(),
            precision: None,
            conventions: Conventions::default(),
            licence: String::new(),
            source: String::new(),
            accuracy: BTreeMap::new(),
        }
    }

    /// Reads a manifest and checks its values.
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] for another version of the format, [`Error::WeightsIntegrity`] for
    /// anything else that is no manifest, or one with a value out of range.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let manifest = Self::parse(json)?;
        if manifest.weights.is_empty() {
            return Err(Error::WeightsIntegrity("the manifest: `weights` names no file".into()));
        }
        Ok(manifest)
    }

    /// As [`Manifest::from_json`], but it need not name files.
    pub(super) fn parse(json: &[u8]) -> Result<Self> {
        /// What every version of the format has.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let damaged = |error: serde_json::Error| Error::WeightsIntegrity(format!("the manifest: {error}"));
        let Versioned { version } = serde_json::from_slice(json).map_err(damaged)?;
        if version != Self::VERSION {
            let known = Self::VERSION;
            return Err(Error::WeightsIncompatible(format!(
                "the manifest is of version {version}; version {known} is read"
            )));
        }
        let manifest: Self = serde_json::from_slice(json).map_err(damaged)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The manifest as a file's content.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if a number is infinite or not a number, which JSON cannot say.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_string_pretty(self);
        json.map(|json| (json + "\n").into_bytes())
            .map_err(|error| Error::InvalidInput(format!("the manifest: {error}")))
    }

    /// Gives the network of the weights the manifest's settings.
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] if the weights are of another network than the manifest says.
    pub fn apply_to(&self, config: &mut MaskRcnnConfig) -> Result<()> {
        let layers = preset(config);
        if layers != self.preset {
            let wanted = &self.preset;
            return Err(Error::WeightsIncompatible(format!(
                "the manifest is for `{wanted}`, the weights are `{layers}`"
            )));
        }
        if self.labels.len() != config.num_classes {
            return Err(Error::WeightsIncompatible(format!(
                "the manifest names {} classes, the weights have {} (the background included)",
                self.labels.len(),
                config.num_classes
            )));
        }
        let MaskRcnnConfig { transform, rpn, roi_heads, .. } = config;
        transform.min_size = self.input.min_size;
        transform.max_size = self.input.max_size;
        transform.min_scale = self.input.min_scale;
        let contrast = self.input.contrast.as_ref();
        transform.contrast = contrast.map(|&ContrastSettings { low, high }| ContrastConfig { low, high });
        transform.mean = self.input.mean;
        transform.std = self.input.std;
        rpn.anchor_sizes = self.anchors.sizes;
        rpn.aspect_ratios = self.anchors.aspect_ratios;
        rpn.pre_nms_top_n = self.proposals.pre_nms_top_n;
        rpn.post_nms_top_n = self.proposals.post_nms_top_n;
        roi_heads.score_threshold = self.detections.score_threshold;
        roi_heads.nms_threshold = self.detections.nms_threshold;
        roi_heads.detections_per_image = self.detections.max_detections;
        roi_heads.pooling = self.detections.pooling;
        Ok(())
    }

    /// # Errors
    /// [`Error::WeightsIntegrity`], naming the value that is out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { input, anchors, proposals, detections, weights, .. } = self;
        let positive = |value: &f32| value.is_finite() && *value > 0.0;
        let a_probability = |value: f32| (0.0..=1.0).contains(&value);
        let is_hash =
            |text: &str| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_plain =
            |file: &str| !file.contains('\\') && file.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let rules = [
            ("labels", self.labels.len() >= 2),
            ("input.minSize", (1..=Image::MAX_SIDE).contains(&input.min_size)),
            ("input.maxSize", (input.min_size..=Image::MAX_SIDE).contains(&input.max_size)),
            ("input.minScale", input.min_scale.is_finite() && input.min_scale >= 0.0),
            (
                "input.contrast",
                input
                    .contrast
                    .iter()
                    .all(|&ContrastSettings { low, high }| low < high && a_probability(low) && a_probability(high)),
            ),
            ("input.mean", input.mean.iter().all(|value| value.is_finite())),
            ("input.std", input.std.iter().all(positive)),
            ("anchors.sizes", anchors.sizes.iter().all(positive)),
            ("anchors.aspectRatios", anchors.aspect_ratios.iter().all(positive)),
            ("proposals.preNmsTopN", proposals.pre_nms_top_n > 0),
            ("proposals.postNmsTopN", proposals.post_nms_top_n > 0),
            ("detections.scoreThreshold", a_probability(detections.score_threshold)),
            ("detections.nmsThreshold", a_probability(detections.nms_threshold)),
            ("detections.maxDetections", (1..=PredictOptions::MOST_DETECTIONS).contains(&detections.max_detections)),
            ("conventions.batchNormEps", self.conventions.check().is_ok()),
            ("weights.file", weights.iter().all(|part| is_plain(&part.file))),
            ("weights.sha256", weights.iter().all(|part| is_hash(&part.sha256))),
        ];
        match rules.iter().find(|(_, holds)| !holds) {
            None => Ok(()),
            Some((field, _)) => {
                Err(Error::WeightsIntegrity(format!("the manifest: `{field}` has an impossible value")))
            }
        }
    }
}
