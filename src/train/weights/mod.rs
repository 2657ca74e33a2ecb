//! The weights that a training begins with and those that it leaves.

pub(super) mod average;
pub(super) mod confidence;
pub(super) mod initialise;
pub(super) mod start;
pub(super) mod state;
