//! The face that JavaScript sees: the only room that knows it.
//!
//! The crate is built twice for the web, with the feature `webgpu` and with the feature `cpu`; both
//! modules have the same exports, so that a page loads only the one it runs. What needs no device is
//! in the smaller one only: `convert`.

mod clock;
#[cfg(feature = "convert")]
mod convert;
mod engine;
mod failure;
mod options;
mod panic;
mod result;

#[cfg(feature = "convert")]
pub use convert::convert;
pub use engine::Engine;
pub use panic::on_panic;
