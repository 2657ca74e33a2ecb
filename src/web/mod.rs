//! The face that JavaScript sees: the only room that knows it.
//!
//! The crate is built for the web with a backend, `webgpu` or `cpu`: both modules have the same exports, so that a page
//! loads only the one it runs, but for `convert`, which needs no device and is in the smaller one only, and for what is
//! copied and drawn on the GPU. A third, small module is built without a backend, with the feature `objects`: what happens
//! to objects once they are found.

#[cfg(any(feature = "cpu", feature = "webgpu"))]
mod call;
#[cfg(any(feature = "cpu", feature = "webgpu"))]
mod clock;
#[cfg(feature = "convert")]
mod convert;
#[cfg(any(feature = "cpu", feature = "webgpu"))]
mod device;
#[cfg(feature = "webgpu")]
mod device_buffer;
#[cfg(feature = "webgpu")]
mod drawing;
#[cfg(any(feature = "cpu", feature = "webgpu"))]
mod engine;
mod failure;
#[cfg(feature = "webgpu")]
mod frame;
mod image;
#[cfg(feature = "objects")]
mod object_exports;
#[cfg(feature = "objects")]
mod object_measures;
#[cfg(feature = "objects")]
mod objects;
mod options;
mod panic;
mod result;
#[cfg(feature = "objects")]
mod tiling;

#[cfg(feature = "convert")]
pub use convert::convert;
#[cfg(any(feature = "cpu", feature = "webgpu"))]
pub use engine::Engine;
#[cfg(feature = "objects")]
pub use objects::ObjectSet;
pub use panic::on_panic;
#[cfg(feature = "objects")]
pub use tiling::{FirstLook, Tiling, scale_for_diameter, tone_regions};
