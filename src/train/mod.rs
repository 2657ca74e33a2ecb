//! Training (He et al. 2017, section 3.1): L = L_cls + L_box + L_mask, and the region proposal
//! network's two losses, on burn's autodiff. Native only.

mod anchor_losses;
pub mod augment;
mod box_targets;
mod dataset;
mod freeze;
mod initialise;
mod loader;
mod losses;
mod mask_targets;
mod matcher;
mod objective;
mod order;
mod parameters;
mod random;
mod region_losses;
mod sample;
mod sampler;
mod start;
mod state;
mod targets;
mod transfer;

pub use augment::{Augment, AugmentConfig};
pub use box_targets::encode;
pub use dataset::{CategoryIds, Dataset};
pub use freeze::freeze;
pub use initialise::initialise;
pub use loader::{Loader, LoaderConfig};
pub use mask_targets::mask_target;
pub use matcher::{Match, Matcher};
pub use objective::{Losses, ObjectiveConfig, losses};
pub use parameters::{Parameter, map_parameters, parameters, read_parameters};
pub use random::Random;
pub use sample::{Object, ObjectMask, Sample};
pub use sampler::{BalancedSampler, Quota, Sampled, Sampler, Stage};
pub use start::{Start, start_from};
pub use state::{folded, state_dict};
