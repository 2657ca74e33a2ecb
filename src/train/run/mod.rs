//! A training from its first step to its last, and the folder that it leaves.

pub(super) mod checkpoint;
pub(super) mod folder;
pub(super) mod job;
pub(super) mod metrics;
pub(super) mod plot;
pub(super) mod trainer;
pub(super) mod validation;
