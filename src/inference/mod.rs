//! Running a network on images: results, intermediate stages, times.
//!
//! This is the only place where tensors come back from the device.

mod device_tone;
mod inspect;
#[cfg(feature = "cli")]
mod peak;
mod predict;
mod profile;
mod read_back;
mod segment;
mod warm_up;

pub use inspect::{Inspection, Stage, StageData};
#[cfg(feature = "cli")]
pub use peak::{half_precision_peak, peak};
pub use predict::PackedDetections;
pub use profile::StageTime;
pub use read_back::{counting_read_backs, read_backs};
pub use segment::{Request, Segmentation};
