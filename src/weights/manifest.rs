//! A model's manifest: what it finds, how its network is fed, and which files hold its weights.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Conventions, WeightsFile};
use crate::config::{Layout, Settings};
use crate::{Error, Result};

/// What `manifest.json` beside a model's weights says: everything that the weights do not.
///
/// `models/manifest.schema.json` is its JSON schema, and the npm package's type is generated from that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 2.
    pub version: u32,
    /// What the model is called.
    pub name: String,
    /// What it finds, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What the network is called, such as `resnet50_fpn`; weights of another architecture are refused.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub architecture: String,
    /// Names of the classes by number, the background first.
    pub labels: Vec<String>,
    /// How images are prepared, and how objects are chosen unless the caller says otherwise.
    pub settings: Settings,
    /// The parts of the checkpoint, in order: one file, or several that make one when joined.
    pub weights: Vec<WeightsFile>,
    /// How the weights are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// What no tensor of the weights tells about their network, where it differs from its library's default.
    #[serde(default, skip_serializing_if = "Conventions::is_empty")]
    pub conventions: Conventions,
    /// The licence of the weights.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// What the network was trained on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Measured accuracies of these weights, 0 to 1, by what was measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accuracy: BTreeMap<String, f64>,
}

/// How weights are stored; `models/README.md` says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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
    /// The version of the format that this crate writes. It reads version 1, too.
    pub const VERSION: u32 = 2;

    /// A manifest for weights with this layout. It names no files yet.
    pub fn new(name: &str, layout: &Layout, settings: Settings, labels: Vec<String>) -> Self {
        Self {
            version: Self::VERSION,
            name: name.into(),
            description: String::new(),
            architecture: layout.architecture(),
            labels,
            settings,
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
    /// anything else that is not a manifest, or one with a value out of range.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        Self::from_value(serde_json::from_slice(json).map_err(damaged)?)
    }

    /// As [`Manifest::from_json`], of JSON that was parsed.
    ///
    /// # Errors
    /// Those of [`Manifest::from_json`].
    pub fn from_value(json: Value) -> Result<Self> {
        let manifest = Self::parse(json)?;
        if manifest.weights.is_empty() {
            return Err(Error::WeightsIntegrity("the manifest: `weights` names no file".into()));
        }
        Ok(manifest)
    }

    /// As [`Manifest::from_json`], but it need not name files.
    pub(super) fn parse(json: Value) -> Result<Self> {
        let json = match json.get("version").and_then(Value::as_u64) {
            Some(1) => from_version_1(json),
            Some(version) if version != u64::from(Self::VERSION) => {
                let known = Self::VERSION;
                return Err(Error::WeightsIncompatible(format!(
                    "the manifest has version {version}; versions 1 to {known} are supported"
                )));
            }
            _ => json,
        };
        // Types are read from values only: reading them from text, too, would generate their code twice.
        let manifest: Self = serde_json::from_value(json).map_err(damaged)?;
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

    /// Checks that the manifest is of weights with this layout.
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] if the weights are of another network than the manifest says.
    pub fn check_layout(&self, layout: &Layout) -> Result<()> {
        let (expected, found) = (&self.architecture, layout.architecture());
        if !expected.is_empty() && *expected != found {
            return Err(Error::WeightsIncompatible(format!(
                "the manifest is for `{expected}`, the weights are `{found}`"
            )));
        }
        if self.labels.len() != layout.num_classes {
            return Err(Error::WeightsIncompatible(format!(
                "the manifest names {} classes, the weights have {} (the background included)",
                self.labels.len(),
                layout.num_classes
            )));
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::WeightsIntegrity`], naming the value that is out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let of_manifest = |error: Error| match error {
            Error::InvalidInput(reason) => Error::WeightsIntegrity(format!("the manifest: {reason}")),
            other => other,
        };
        self.settings.check().map_err(of_manifest)?;
        self.conventions.check().map_err(of_manifest)?;
        let is_hash =
            |text: &str| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_plain =
            |file: &str| !file.contains('\\') && file.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let rules = [
            (self.labels.len() >= 2, "`labels` must name the background and at least one class"),
            (
                self.weights.iter().all(|part| is_plain(&part.file)),
                "`weights.file` must be a relative path without `..` and `\\`",
            ),
            (
                self.weights.iter().all(|part| is_hash(&part.sha256)),
                "`weights.sha256` must have 64 hexadecimal digits in lower case",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::WeightsIntegrity(format!("the manifest: {rule}"))),
        }
    }
}

fn damaged(error: serde_json::Error) -> Error {
    Error::WeightsIntegrity(format!("the manifest: {error}"))
}

/// A manifest of version 1 as one of version 2: the settings have a place of their own, and the architecture, which
/// went by the names of presets, is not checked.
fn from_version_1(mut manifest: Value) -> Value {
    if let Value::Object(fields) = &mut manifest {
        fields.insert("version".into(), Manifest::VERSION.into());
        fields.remove("preset");
        let groups = ["input", "anchors", "proposals", "detections"];
        let settings = groups.iter().filter_map(|&group| fields.remove_entry(group)).collect();
        fields.insert("settings".into(), Value::Object(settings));
    }
    manifest
}
