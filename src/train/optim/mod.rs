//! One step of training: gradients, the rule of the optimiser, the learning rate.

pub(super) mod freeze;
pub(super) mod gradients;
pub(super) mod optimizer;
pub(super) mod parameters;
pub(super) mod schedule;
