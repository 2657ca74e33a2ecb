//! What flows through the crate on the CPU.

mod grid_index;
mod mask_crops;
mod pasted_mask;
#[path = "../ops/reference.rs"]
#[allow(dead_code, reason = "the tests of operations read other types, too")]
mod reference;
mod rle;
