//! The face that JavaScript sees: the only room that knows it.
//!
//! The crate is built twice for the web, with the feature `webgpu` and with the feature `cpu`; both
//! modules have the same exports, so that a page loads only the one it runs.

mod clock;
mod engine;
mod failure;
mod options;
mod panic;
mod result;

pub use engine::Engine;
pub use panic::on_panic;
