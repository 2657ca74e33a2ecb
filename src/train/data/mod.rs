//! From a data set on disk to the samples of a batch.

pub(super) mod dataset;
pub(super) mod labelled;
pub(super) mod loader;
pub(super) mod order;
pub(super) mod sample;
pub(super) mod statistics;
