//! All that a training is told: a TOML file.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::config::Preset;
use crate::train::config::settings;
use crate::train::{AugmentConfig, LoaderConfig, NetworkConfig, ObjectiveConfig, OptimizerConfig, ScheduleConfig};
use crate::{Error, Result};

/// The configuration of a training. What a file leaves out is as in [`Default`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Seed of all random numbers: a training with the same seed can be repeated, bit for bit on the CPU.
    pub seed: u32,
    /// The weights to begin with where `--weights` names no file: `scratch` (random ones) or `default_model`, as far as
    /// its layers fit.
    pub start: StartingPoint,
    /// The network: a preset, and what differs from it. The number of classes is the data set's.
    pub network: NetworkConfig,
    /// Everything about the network that has no weights, in place of the preset's: the settings of a model's manifest,
    /// under the same names. The trained model keeps them.
    #[serde(skip_serializing_if = "Table::is_empty")]
    pub settings: Table,
    /// How anchors and proposals are matched with the objects, and how many of them are sampled.
    pub objective: ObjectiveConfig,
    /// How images are varied. Amounts of light are on 0 to 1. A jitter is
    /// `{ probability, range }`: the probability that it is applied, 0 to 1, and the smallest and the largest amount.
    pub augment: AugmentConfig,
    /// How images are read and made ready.
    pub loader: LoaderConfig,
    /// The optimizer, which turns gradients into new weights.
    pub optimizer: OptimizerConfig,
    /// How long the training is, and how its learning rate changes.
    pub schedule: ScheduleConfig,
    /// The exponential moving average of the weights, which is what is validated and deployed.
    pub ema: EmaConfig,
    /// When the accuracy is measured, and on how many images, on the data set of `--val`.
    pub validation: ValidationConfig,
    /// When files of the run are written.
    pub output: OutputConfig,
}

/// The weights before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartingPoint {
    /// Random, as [`initialise`](crate::train::initialise()) draws them.
    #[default]
    Scratch,
    /// Those of [`default_model`](crate::weights::default_model()), as far as the layers fit.
    DefaultModel,
}

/// The exponential moving average of the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct EmaConfig {
    /// Weight of the previous average at each step, 0 to 1 (1 excluded); less in the beginning. With 0 the average
    /// is the weights themselves.
    pub decay: f64,
}

impl Default for EmaConfig {
    fn default() -> Self {
        Self { decay: 0.999 }
    }
}

/// When and on what to measure the accuracy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationConfig {
    /// Steps from one validation to the next, the last one at the end; 0: at the end only.
    pub every: u64,
    /// Number of images at most, evenly spread over the data set; 0: all.
    pub pictures: usize,
    /// What the best weights are best in: `ap` (COCO's average precision of the masks, or of the boxes for a network
    /// without masks) or `cells` (TP / (TP + FP + FN), the mean over IoU thresholds 0.5 to 0.95).
    pub metric: Metric,
}

/// What weights can be compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// COCO's average precision of the masks, or of the boxes for a network without masks.
    Ap,
    /// TP / (TP + FP + FN), the mean over IoU thresholds 0.5 to 0.95.
    Cells,
}

impl Default for ValidationConfig {
    fn default() -> Self {
        Self { every: 1000, pictures: 0, metric: Metric::Ap }
    }
}

/// When to write what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct OutputConfig {
    /// Steps from one checkpoint to the next, the last one at the end; 0: at the end only.
    pub checkpoint_every: u64,
    /// Steps from one line in `metrics.jsonl` to the next, 1 or more.
    pub log_every: u64,
}

impl Default for OutputConfig {
    fn default() -> Self {
        Self { checkpoint_every: 250, log_every: 1 }
    }
}

/// Keys that may change when a training is resumed, because they change no step that was already taken.
const CHANGEABLE: [&str; 6] = [
    "schedule.steps",
    "validation.every",
    "validation.pictures",
    "output.checkpoint_every",
    "loader.threads",
    "loader.prefetch",
];

impl TrainConfig {
    /// A sanity check: a short training that overfits a few small images, which shows that all parts of
    /// training work together.
    pub fn overfit() -> Self {
        Self {
            settings: table_of([("input", Value::Table(table_of([("min_size", Value::Integer(256))])))]),
            objective: ObjectiveConfig {
                rpn_pre_nms: 500,
                rpn_post_nms: 500,
                box_batch: 128,
                ..ObjectiveConfig::default()
            },
            augment: AugmentConfig::off(),
            loader: LoaderConfig { batch: 4, ..LoaderConfig::default() },
            optimizer: OptimizerConfig { learning_rate: 2e-3, ..OptimizerConfig::default() },
            schedule: ScheduleConfig { steps: 200, warmup: 40, ..ScheduleConfig::default() },
            ema: EmaConfig { decay: 0.98 },
            validation: ValidationConfig { every: 100, ..ValidationConfig::default() },
            output: OutputConfig { checkpoint_every: 0, ..OutputConfig::default() },
            ..Self::default()
        }
    }

    /// Reads a file's content. `changes` replaces single values of it, each `section.key=value`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`], naming what is unknown, of the wrong type or out of range.
    pub fn from_toml(text: &str, changes: &[String]) -> Result<Self> {
        let mut table: Table = text.parse().map_err(|error| invalid(&error))?;
        settings::rename(&mut table);
        for change in changes {
            set(&mut table, change)?;
        }
        settings::rename(&mut table);
        settings::check_moved(&table)?;
        let config: Self = table.try_into().map_err(|error| invalid(&error))?;
        config.check()?;
        Ok(config)
    }

    /// The layout of the network in training, for `num_classes` classes (including the background), and the settings
    /// that it is trained and used with.
    ///
    /// # Errors
    /// [`Error::InvalidInput`], naming the setting that is unknown, of the wrong type or out of range.
    pub fn build(&self, num_classes: usize) -> Result<Preset> {
        let Preset { layout, settings } = self.network.build(num_classes)?;
        Ok(Preset { layout, settings: settings::apply(&settings, &self.settings)? })
    }

    /// The content of a file, with every value.
    ///
    /// # Errors
    /// [`Error::Internal`] if a value cannot be written, which none of a checked configuration is.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string_pretty(self).map_err(|error| Error::Internal(format!("the configuration: {error}")))
    }

    /// # Errors
    /// [`Error::InvalidInput`], naming what is out of range.
    pub fn check(&self) -> Result<()> {
        self.network.check()?;
        self.build(2)?;
        self.optimizer.check()?;
        self.schedule.check()?;
        let rules = [
            ((0.0..1.0).contains(&self.ema.decay), "ema.decay must be in 0..1, 1 excluded"),
            (self.output.log_every > 0, "output.log_every must be 1 or more"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::InvalidInput((*rule).into())),
        }
    }

    /// Checks that a training with the configuration `before` may continue with this one.
    ///
    /// # Errors
    /// [`Error::InvalidInput`], naming each value that differs and must not.
    pub(crate) fn check_resumes(&self, before: &Self) -> Result<()> {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        leaves("", &table(before)?, &mut old);
        leaves("", &table(self)?, &mut new);
        let find = |all: &[(String, Value)], key: &str| {
            all.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
        };
        let mut keys: Vec<&String> = old.iter().chain(&new).map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        let differences: Vec<String> = keys
            .into_iter()
            .filter(|key| !CHANGEABLE.contains(&key.as_str()))
            .filter_map(|key| {
                let (old, new) = (find(&old, key), find(&new, key));
                let words = |value: Option<Value>| value.map_or("not set".into(), |value| value.to_string());
                (old != new).then(|| format!("{key} was {} and is {} now", words(old), words(new)))
            })
            .collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::InvalidInput(format!(
            "a training can be resumed only as it was started, but {}; start another one in another folder",
            differences.join(", ")
        )))
    }
}

fn table(config: &TrainConfig) -> Result<Value> {
    Value::try_from(config).map_err(|error| Error::Internal(format!("the configuration: {error}")))
}

/// The single values below `value`, each with its key.
fn leaves(key: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                leaves(&key, value, found);
            }
        }
        value => found.push((key.to_owned(), value.clone())),
    }
}

/// The single values that `changes` give, each `section.key=value`.
pub(crate) fn parse_changes(changes: &[String]) -> Result<Table> {
    let mut table = Table::new();
    changes.iter().try_for_each(|change| set(&mut table, change))?;
    settings::rename(&mut table);
    Ok(table)
}

/// Carries out a change `section.key=value`. A value that is no TOML is taken as text.
fn set(table: &mut Table, change: &str) -> Result<()> {
    let malformed = || Error::InvalidInput(format!("`{change}` is not of the form section.key=value"));
    let (key, value) = change.split_once('=').ok_or_else(malformed)?;
    let key = if key.trim().starts_with("settings.") { settings::snake_case(key) } else { key.to_owned() };
    let (sections, name) =
        key.trim().rsplit_once('.').map_or((None, key.trim()), |(sections, name)| (Some(sections), name));
    let mut section = table;
    for name in sections.into_iter().flat_map(|sections| sections.split('.')) {
        let entry = section.entry(name).or_insert_with(|| Value::Table(Table::new()));
        section = entry.as_table_mut().ok_or_else(malformed)?;
    }
    let value = value.trim();
    let parsed = format!("value = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    section.insert(name.to_owned(), parsed.unwrap_or_else(|| Value::String(value.to_owned())));
    Ok(())
}

/// A table of these values.
pub(crate) fn table_of<const N: usize>(values: [(&str, Value); N]) -> Table {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn invalid(error: &toml::de::Error) -> Error {
    Error::InvalidInput(format!("the configuration: {}", error.to_string().trim_end()))
}
