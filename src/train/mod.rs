//! Training (He et al. 2017, section 3.1): L = L_cls + L_box + L_mask, and the region proposal
//! network's two losses, on burn's autodiff. Native only.
//!
//! | folder | what is in it |
//! |---|---|
//! | `config` | what can be set, in TOML, and what is chosen where nothing is set |
//! | `data` | from a data set on disk to the samples of a batch |
//! | [`augment`] | random changes of a sample |
//! | `targets` | which anchors and proposals are positive, and their boxes and masks |
//! | `loss` | the five losses |
//! | `optim` | gradients, the rule of the optimiser, the learning rate |
//! | `weights` | the weights that a training begins with and those that it leaves |
//! | `run` | a training from its first step to its last, and the folder that it leaves |
//! | [`synth`] | synthetic data sets |

#![allow(clippy::disallowed_methods, reason = "training is native, and may wait for the device")]

pub mod augment;
mod config;
mod data;
mod loss;
mod optim;
mod random;
mod run;
pub mod synth;
mod targets;
mod texture;
mod transfer;
mod weights;

pub use augment::{Augment, AugmentConfig};
pub use config::defaults::{Choice, Hardware};
pub use config::network::{Block, NetworkConfig, NormKind, Preset};
pub use config::train_config::{EmaConfig, Metric, OutputConfig, StartingPoint, TrainConfig, ValidationConfig};
pub use data::dataset::{CategoryIds, Dataset};
pub use data::labelled::LabelledClasses;
pub use data::loader::{Loader, LoaderConfig};
pub use data::sample::{Object, ObjectMask, Sample};
pub use loss::objective::{Losses, Objective, ObjectiveConfig};
pub use optim::freeze::freeze;
pub use optim::optimizer::{OptimizerConfig, OptimizerKind};
pub use optim::parameters::{Parameter, map_parameters, parameters, read_parameters};
pub use optim::schedule::{Decay, ScheduleConfig};
pub use random::Random;
pub use run::checkpoint::CheckpointSummary;
pub use run::folder::RunFolder;
pub use run::job::{Configuration, Job, Observer, Outcome};
pub use run::metrics::{Accuracy, LossValues, Record, StepRecord, ValidationRecord};
pub use run::trainer::{StepOutcome, Trainer};
pub use targets::assignment::encode;
pub use targets::masks::mask_target;
pub use targets::matcher::{Match, Matcher};
pub use targets::sampler::{BalancedSampler, Candidates, Quota, Sampled, Sampler, Stage};
pub use weights::average::average;
pub use weights::confidence::with_even_score;
pub use weights::initialise::initialise;
pub use weights::start::{Start, start_from};
pub use weights::state::{folded, state_dict};
