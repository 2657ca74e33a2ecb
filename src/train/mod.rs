//! Training (He et al. 2017, section 3.1): L = L_cls + L_box + L_mask, and the region proposal
//! network's two losses, on burn's autodiff. Native only.

#![allow(clippy::disallowed_methods, reason = "training is native, and may wait for the device")]

mod anchor_losses;
pub mod augment;
mod average;
mod box_targets;
mod checkpoint;
mod confidence;
mod config;
mod dataset;
mod ema;
mod folder;
mod freeze;
mod gradients;
mod initialise;
mod loader;
mod losses;
mod mask_targets;
mod matcher;
mod metrics;
mod network;
mod objective;
mod optimizer;
mod order;
mod parameters;
mod plot;
mod random;
mod region_losses;
mod run;
mod sample;
mod sampler;
mod schedule;
mod start;
mod state;
pub mod synth;
mod targets;
mod trainer;
mod transfer;
mod validation;
mod write;

pub use augment::{Augment, AugmentConfig};
pub use average::average;
pub use box_targets::encode;
pub use confidence::with_even_score;
pub use config::{EmaConfig, Metric, OutputConfig, TrainConfig, ValidationConfig};
pub use dataset::{CategoryIds, Dataset};
pub use folder::RunFolder;
pub use freeze::freeze;
pub use initialise::initialise;
pub use loader::{Loader, LoaderConfig};
pub use mask_targets::mask_target;
pub use matcher::{Match, Matcher};
pub use metrics::{Accuracy, LossValues, Record, StepRecord, ValidationRecord};
pub use network::{Block, NetworkConfig, NormKind, Preset};
pub use objective::{Losses, ObjectiveConfig, losses};
pub use optimizer::{OptimizerConfig, OptimizerKind};
pub use parameters::{Parameter, map_parameters, parameters, read_parameters};
pub use random::Random;
pub use run::{Job, Observer, Outcome};
pub use sample::{Object, ObjectMask, Sample};
pub use sampler::{BalancedSampler, Quota, Sampled, Sampler, Stage};
pub use schedule::{Decay, ScheduleConfig};
pub use start::{Start, start_from};
pub use state::{folded, state_dict};
pub use trainer::{StepOutcome, Trainer};
