//! Settings of a network in place of the model's own.

use std::num::NonZeroUsize;

use clap::Args;
use maskrcnn_web::config::{RoiPooling, Settings};
use maskrcnn_web::{Error, Result};
use serde_json::Value;

/// The options. Those that are asked for most have flags of their own; `--set` changes any.
#[derive(Debug, Args)]
pub(crate) struct SettingsArguments {
    /// Length in pixels that an image's shorter side is scaled to [default: the model's, else 800].
    #[arg(long, value_name = "PIXELS")]
    min_size: Option<NonZeroUsize>,
    /// Maximum length in pixels of an image's longer side [default: the model's, else 1333].
    #[arg(long, value_name = "PIXELS")]
    max_size: Option<NonZeroUsize>,
    /// Maximum number of candidates of each pyramid level that enter non-maximum suppression [default: the model's,
    /// else 1000].
    #[arg(long, value_name = "NUMBER")]
    pre_nms_top_n: Option<NonZeroUsize>,
    /// Maximum number of proposals [default: the model's, else 1000].
    #[arg(long, value_name = "NUMBER")]
    post_nms_top_n: Option<NonZeroUsize>,
    /// How the features of a region are pooled [default: the model's, else align].
    #[arg(long, value_enum)]
    pooling: Option<RoiPooling>,
    /// Any setting of the manifest's `settings`, such as `detections.nms_threshold=0.4` or
    /// `anchors.sizes=[16,32,64,128,256]`; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    changes: Vec<String>,
}

impl SettingsArguments {
    /// `settings` with the given ones in their places.
    ///
    /// # Errors
    /// Those of [`Settings::with`]; `invalid-input` for a change without `=`.
    pub(crate) fn apply(&self, settings: &Settings) -> Result<Settings> {
        let json = |number: Option<NonZeroUsize>| number.map(|number| Value::from(number.get()));
        let pooling = self.pooling.map(serde_json::to_value).transpose();
        let flags = [
            ("input.maxSize", json(self.max_size)),
            ("input.minSize", json(self.min_size)),
            ("proposals.preNmsTopN", json(self.pre_nms_top_n)),
            ("proposals.postNmsTopN", json(self.post_nms_top_n)),
            ("detections.pooling", pooling.map_err(|error| Error::Internal(error.to_string()))?),
        ];
        let flags = flags.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let changes = self.changes.iter().map(|change| match change.split_once('=') {
            Some((name, value)) => Ok((name.trim(), parse(value.trim()))),
            None => Err(Error::InvalidInput(format!("--set {change}: expected NAME=VALUE"))),
        });
        let all: Vec<(&str, Value)> = flags.map(Ok).chain(changes).collect::<Result<_>>()?;
        settings.with_each(all)
    }
}

/// Which detections are returned, where the command line says so.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DetectionLimits {
    /// Only detections with a higher score, 0..1.
    pub(crate) score_threshold: Option<f32>,
    /// Maximum number of detections.
    pub(crate) max_detections: Option<usize>,
}

impl DetectionLimits {
    /// `settings` with the given limits in their places.
    ///
    /// # Errors
    /// Those of [`Settings::check`].
    pub(crate) fn apply(&self, settings: &Settings) -> Result<Settings> {
        let mut settings = settings.clone();
        let detections = &mut settings.detections;
        detections.score_threshold = self.score_threshold.unwrap_or(detections.score_threshold);
        detections.max_detections = self.max_detections.unwrap_or(detections.max_detections);
        settings.check()?;
        Ok(settings)
    }
}

/// A value as JSON; a word without quotes is a text.
fn parse(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))
}
