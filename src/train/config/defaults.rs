//! A configuration that suits a data set and a device, where none is given: each value with the reason for it.
//!
//! Sizes are chosen so that three quarters of the objects are at least [`OBJECT_SIDE`] pixels large for the network,
//! anchors so that they span the objects' sizes, and the number of steps so that each image is seen often enough. It
//! is a start: a recipe made for the data does better.

use toml::{Table, Value};

use crate::image::Image;
use crate::train::config::keys::{insert, value_at};
use crate::train::config::train_config::parse_changes;
use crate::train::data::statistics::Statistics;
use crate::train::{NormKind, StartingPoint, TrainConfig};
use crate::{Error, Result};

/// What computes the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hardware {
    /// The CPU, with this many bytes of free memory.
    Cpu {
        /// Bytes that a training may take.
        memory: u64,
    },
    /// A GPU. How much memory it has is not known.
    Gpu,
}

impl Hardware {
    /// The CPU with the memory that the system has left; 4 GB where it does not tell (only Linux does).
    pub fn cpu() -> Self {
        let available = || {
            let text = std::fs::read_to_string("/proc/meminfo").ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
            Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
        };
        Self::Cpu { memory: available().unwrap_or(4_000_000_000) }
    }
}

/// A value that was chosen, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its key, `section.key`.
    pub key: &'static str,
    /// The value as TOML.
    pub value: String,
    /// Why it suits.
    pub reason: String,
}

/// Side in the network's pixels that three quarters of the objects are to have at least: the square root of their
/// box's area. The finest level of the pyramid has a cell for 4 × 4 pixels.
const OBJECT_SIDE: f32 = 32.0;

/// Bytes that a training step needs for each pixel of a crop of each image, with the default network: on the CPU a
/// training with four crops of 256 × 256 pixels took 412 MB at most, in total.
const BYTES_PER_PIXEL: u64 = 1_600;

/// Values that depend on the hardware.
struct Limits {
    /// The largest `settings.input.min_size`.
    min_size: f32,
    crop: usize,
    batch: usize,
    /// How often each image is seen.
    epochs: usize,
    steps: (usize, usize),
    /// Images of a validation.
    pictures: usize,
}

impl Hardware {
    fn limits(self) -> Limits {
        match self {
            Self::Cpu { memory } => {
                let crop = 256;
                let fitting = memory / 2 / (BYTES_PER_PIXEL * crop as u64 * crop as u64);
                let batch = fitting.clamp(1, 4) as usize;
                Limits { min_size: 512.0, crop, batch, epochs: 20, steps: (60, 1500), pictures: 20 }
            }
            Self::Gpu => {
                Limits { min_size: 800.0, crop: 384, batch: 8, epochs: 60, steps: (300, 20_000), pictures: 100 }
            }
        }
    }
}

/// The configuration for a data set, with the `changes`, each `section.key=value`. What depends on a changed value
/// follows it.
///
/// # Errors
/// [`Error::InvalidInput`], naming what is unknown, of the wrong type or out of range in `changes`.
pub(crate) fn suited(data: &Statistics, hardware: Hardware, changes: &[String]) -> Result<(TrainConfig, Vec<Choice>)> {
    let mut chosen = Chosen { given: parse_changes(changes)?, table: Table::new(), choices: Vec::new() };
    let limits = hardware.limits();
    let device = if hardware == Hardware::Gpu { "a GPU" } else { "the CPU" };
    network(&mut chosen, data, &limits, device)?;
    learning(&mut chosen, data, &limits, device)?;
    let config = TrainConfig::from_toml(&chosen.table.to_string(), changes)?;
    Ok((config, chosen.choices))
}

fn network(chosen: &mut Chosen, data: &Statistics, limits: &Limits, device: &str) -> Result<()> {
    let start = toml_of(&StartingPoint::DefaultModel)?;
    chosen.take("start", start, "training starts from the default model, which is faster than from random weights");
    if !data.has_masks {
        chosen.take("network.masks", false, "no object of the data set has a mask");
    }
    let side = data.side(0.25);
    let (short, shortest) = (data.shorter_side, 320.0_f32.min(data.shorter_side));
    let wanted = short * OBJECT_SIDE / side;
    let min_size = multiple_of_32(wanted.clamp(shortest, limits.min_size.min(3.0 * short).max(shortest)));
    let reason = format!(
        "images are {short:.0} pixels wide or high, a quarter of the objects less than {side:.0} pixels, on {device}"
    );
    let min_size = chosen.take_size("settings.input.min_size", min_size, &reason)?;
    let max_size = multiple_of_32(min_size as f32 * data.aspect.clamp(1.34, 4.0)).max(min_size);
    let reason = format!("the longer side is {:.2} times the shorter one", data.aspect);
    chosen.take("settings.input.max_size", max_size.min(Image::MAX_SIDE) as i64, &reason);
    chosen.take("settings.input.min_scale", 0.0, "all images are resized to min_size");

    let scale = min_size as f32 / short;
    let (small, large) = (data.side(0.1) * scale, data.side(0.95) * scale);
    let power = |side: f32| side.max(1.0).log2().floor().exp2();
    let base = power(small).max(power(large / 16.0)).clamp(8.0, 64.0);
    let sizes: Vec<Value> = (0..5).map(|level| Value::Float(f64::from(base) * f64::from(1 << level))).collect();
    let reason = format!("most objects are {small:.0} to {large:.0} pixels large for the network");
    chosen.take("settings.anchors.sizes", sizes, &reason);
    let detections = (data.most_objects * 3 / 2).next_multiple_of(100).clamp(100, 1000);
    let reason = format!("up to {} objects are in an image", data.most_objects);
    chosen.take("settings.detections.max_detections", detections as i64, &reason);
    for (key, value) in [("objective.rpn_pre_nms", 600), ("objective.rpn_post_nms", 600), ("objective.box_batch", 128)]
    {
        chosen.take(key, value, "as the default model was trained");
    }
    Ok(())
}

fn learning(chosen: &mut Chosen, data: &Statistics, limits: &Limits, device: &str) -> Result<()> {
    let crop = Value::Array(vec![Value::Integer(limits.crop as i64); 2]);
    chosen.take("augment.crop", crop, &format!("for {device}"));
    let batch = limits.batch.min(data.pictures).max(1);
    let batch = chosen.take_size("loader.batch", batch, &format!("fits the memory of {device}"))?;
    if batch < 2 {
        let norm = toml_of(&NormKind::Frozen)?;
        chosen.take("network.norm", norm, "one image is too few for batch statistics");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if device == "the CPU" { 1 } else { cores.saturating_sub(1).clamp(1, 8) };
    chosen.take("loader.threads", threads as i64, &format!("the steps are computed on {device}"));

    let (least, most) = limits.steps;
    let steps = (data.pictures * limits.epochs).div_ceil(batch).clamp(least, most);
    let reason = format!("{} images, each seen about {} times", data.pictures, limits.epochs);
    let steps = chosen.take_size("schedule.steps", steps, &reason)?;
    let of_steps = format!("of {steps} steps");
    chosen.take("schedule.warmup", (steps / 10).min(500) as i64, &of_steps);
    let rate = round(1e-3 * (batch as f64 / 16.0).sqrt(), 1e5);
    chosen.take("optimizer.learning_rate", rate, &format!("for a batch of {batch}"));
    let decay = (1.0 - 10.0 / steps as f64).clamp(0.0, 0.999);
    chosen.take("ema.decay", round(decay, 1e3), &of_steps);
    chosen.take("validation.every", (steps / 4).max(1) as i64, &of_steps);
    let reason = format!("quick enough on {device}");
    chosen.take("validation.pictures", limits.pictures as i64, &reason);
    chosen.take("output.checkpoint_every", (steps / 10).clamp(1, 250) as i64, &of_steps);
    Ok(())
}

/// The values that are chosen, and those that the caller gives instead.
struct Chosen {
    given: Table,
    table: Table,
    choices: Vec<Choice>,
}

impl Chosen {
    /// Chooses a value, unless the caller gives another one.
    fn take(&mut self, key: &'static str, value: impl Into<Value>, reason: &str) {
        if value_at(&self.given, key).is_some() {
            return;
        }
        let value = value.into();
        self.choices.push(Choice { key, value: value.to_string(), reason: reason.into() });
        insert(&mut self.table, key, value);
    }

    /// Chooses a number of 1 or more; gives the caller's where there is one.
    fn take_size(&mut self, key: &'static str, value: usize, reason: &str) -> Result<usize> {
        self.take(key, value as i64, reason);
        match value_at(&self.given, key) {
            None => Ok(value),
            Some(given) => {
                let number = given.as_integer().and_then(|number| usize::try_from(number).ok());
                let number = number.filter(|&number| number > 0);
                number.ok_or_else(|| Error::InvalidInput(format!("{key} is {given}; give a whole number of 1 or more")))
            }
        }
    }
}

/// A value as a configuration has it.
fn toml_of(value: &impl serde::Serialize) -> Result<Value> {
    Value::try_from(value).map_err(|error| Error::Internal(format!("the configuration: {error}")))
}

fn multiple_of_32(pixels: f32) -> usize {
    ((pixels / 32.0).round() as usize).max(1) * 32
}

fn round(value: f64, digits: f64) -> f64 {
    (value * digits).round() / digits
}
