//! The learning rate of each step.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How long a training is, and how its learning rate changes: a linear warm-up (Goyal et al. 2017,
/// section 2.2), then a decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleConfig {
    /// Number of steps, 1 or more.
    pub steps: u64,
    /// Number of steps in which the learning rate rises to its full value, 0 or more.
    pub warmup: u64,
    /// What the warm-up begins with, as a share of the learning rate, 0 to 1.
    pub warmup_factor: f64,
    /// What comes after the warm-up: `constant`, `cosine` (along half a cosine) or `step` (at milestones).
    pub decay: Decay,
    /// For `cosine`: what the last step has, as a share of the learning rate, 0 to 1.
    pub final_factor: f64,
    /// For `step`: the steps at which the learning rate falls, in ascending order.
    pub milestones: Vec<u64>,
    /// For `step`: what the learning rate is multiplied with there, 0 to 1.
    pub gamma: f64,
}

/// How the learning rate falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// It does not.
    Constant,
    /// Along half a cosine (Loshchilov and Hutter 2017).
    Cosine,
    /// At milestones (He et al. 2017, section 3.1).
    Step,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            steps: 10_000,
            warmup: 500,
            warmup_factor: 0.001,
            decay: Decay::Cosine,
            final_factor: 0.01,
            milestones: Vec::new(),
            gamma: 0.1,
        }
    }
}

impl ScheduleConfig {
    /// # Errors
    /// [`Error::InvalidInput`], naming what is out of range.
    pub fn check(&self) -> Result<()> {
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        let rules = [
            (self.steps > 0, "steps must be 1 or more"),
            (is_share(self.warmup_factor), "warmup_factor must be in 0..1"),
            (is_share(self.final_factor), "final_factor must be in 0..1"),
            (is_share(self.gamma), "gamma must be in 0..1"),
            (self.milestones.is_sorted(), "milestones must ascend"),
            (self.decay != Decay::Step || !self.milestones.is_empty(), "milestones must be given for the decay `step`"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::InvalidInput(format!("schedule.{rule}"))),
        }
    }

    /// What the learning rate of step `step` (0 and more) is multiplied with, 0..1.
    pub fn factor(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.warmup_factor + (1.0 - self.warmup_factor) * step as f64 / self.warmup as f64;
        }
        match self.decay {
            Decay::Constant => 1.0,
            Decay::Cosine => {
                let length = self.steps.saturating_sub(self.warmup + 1).max(1);
                let done = ((step - self.warmup) as f64 / length as f64).min(1.0);
                let cosine = (1.0 + (core::f64::consts::PI * done).cos()) / 2.0;
                self.final_factor + (1.0 - self.final_factor) * cosine
            }
            Decay::Step => {
                let passed = self.milestones.iter().filter(|&&milestone| milestone <= step).count();
                self.gamma.powi(passed as i32)
            }
        }
    }
}
