//! What can be set, in TOML, and what is chosen where nothing is set.

pub(super) mod defaults;
pub(super) mod help;
pub(super) mod keys;
pub(super) mod network;
pub(super) mod settings;
pub(super) mod train_config;
