//! Layouts, settings and presets.

mod preset;
mod schema;
mod settings;
