//! The number of floating-point operations of the layers.

use core::cell::Cell;

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The multiplications and additions of all convolutions and linear layers that this thread has
/// submitted to a device so far: two per product, including those with zeros of the padding.
///
/// They follow from the shapes of the tensors, whether or not the device has finished.
pub fn operations() -> u64 {
    OPERATIONS.get()
}

/// Counts a layer whose output has `values` values, each the sum of `products` products.
pub(super) fn count(values: usize, products: usize) {
    OPERATIONS.set(OPERATIONS.get() + 2 * values as u64 * products as u64);
}
