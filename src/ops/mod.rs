//! Operations that burn lacks, or that are faster or smaller here. None of them waits for the device.
//!
//! Each has a folder:
//!
//! | file | what it has | declared in |
//! |---|---|---|
//! | `mod.rs` | the function on burn tensors, and the trait that backends implement | here |
//! | `cpu.rs` | the definition in plain Rust, for burn's flex backend | `cpu/mod.rs` |
//! | `gpu.rs` | a CubeCL kernel, for wgpu and CUDA | `gpu/mod.rs` |
//! | `autodiff.rs` | the gradient, where training needs one | `autodiff/mod.rs` |
//!
//! Any of them may be a folder with a `mod.rs`, as `conv2d/gpu/`. Kernels are declared by backend, and not beside
//! their operation, so that each feature of the crate is asked for once. `cpu/`, `gpu/` and `parallel.rs` also have
//! what the kernels of a backend share.
//!
//! # Adding an operation
//!
//! [`nms`] is a small one to copy; [`conv2d`] has a gradient on both backends, [`roi_pooling`] takes structs of
//! tensors.
//!
//! 1. `NAME/mod.rs`: the function, whose docstring gives shapes, units and source, and a trait `NameBackend` under
//!    `#[backend_extension]`, which routes a call to the backend of the tensors. More than five arguments become a
//!    struct; one with tensors derives `ExtensionType`. Declare the module below.
//! 2. `NAME/cpu.rs`: `impl NameBackend for Flex`; declare it in `cpu/mod.rs`. Loops over independent parts take
//!    `parallel.rs`, whose parts do not depend on the number of cores.
//! 3. `NAME/gpu.rs`: `impl NameBackend for CubeBackend`; declare it in `gpu/mod.rs`. WebGPU has no f64 and no
//!    atomic floats; kernels use neither barriers nor workgroup memory, which software adapters are slow at, but for
//!    those of `gpu/tiled_product/`, which [`kernel_family`] chooses for GPUs; they are compiled for no size of image, so
//!    that loading the model can compile them all.
//! 4. `NAME/autodiff.rs`, only where training needs it: `impl NameBackend for Autodiff<B, C>`; declare it in
//!    `autodiff/mod.rs` and add `Autodiff: cfg(feature = "autodiff")` to the trait's attribute.
//! 5. `tests/ops/NAME.rs`, declared in `tests/ops/main.rs`: numbers from torchvision, the edges (empty, one element,
//!    sizes that do not divide), on every backend that the machine has. Gradients go into `tests/ops/gradients`,
//!    half precision into `tests/ops/half_precision.rs`. Run `cargo test --test ops NAME`.
//! 6. Use it in `src/model`; `cargo test --test parity` and `cargo test --test read_backs` must still pass.

pub mod activation;
pub mod anchor_boxes;
#[cfg(feature = "autodiff")]
mod autodiff;
#[cfg(feature = "autodiff")]
pub mod batch_norm;
pub mod box_coder;
pub mod chosen_boxes;
pub mod class_boxes;
pub mod conv2d;
#[cfg(feature = "cpu")]
mod cpu;
pub mod depthwise_conv2d;
pub mod flop_count;
#[cfg(feature = "webgpu")]
mod gpu;
pub mod image_statistics;
pub mod kernel_family;
pub mod layer_shapes;
pub mod level_rows;
pub mod linear;
pub mod max_pool;
pub mod multiply_adds;
pub mod nms;
pub mod own_class_mask;
pub mod pack_detections;
#[cfg(feature = "cpu")]
mod parallel;
pub mod pixel_shuffle;
pub mod resize;
pub mod roi_pooling;
pub mod top_k;
pub mod upsample;

use burn::tensor::Tensor;

/// The score of an absent entry.
///
/// Tensors between the stages have a fixed size, so that no stage has to ask the device for the number of
/// valid entries; the others have this score. It lies below every logit and probability.
pub const ABSENT: f32 = -1e30;

/// Joins tensors along a dimension; a single one is returned as it is, without a copy. `tensors` is
/// not empty.
pub fn join<const D: usize>(mut tensors: Vec<Tensor<D>>, dim: usize) -> Tensor<D> {
    if tensors.len() == 1 { tensors.remove(0) } else { Tensor::cat(tensors, dim) }
}
