//! How much arithmetic the layers do.

use core::cell::Cell;

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The multiplications and additions of all convolutions and linear layers that this thread has
/// given to a device so far: two for each product that goes into a sum, be it with the padding's zeros.
///
/// Their number is known from the sizes of the tensors, before the device has done anything.
pub fn operations() -> u64 {
    OPERATIONS.get()
}

/// Counts a layer that gives so many values, each the sum of so many products.
pub(super) fn count(values: usize, products: usize) {
    OPERATIONS.set(OPERATIONS.get() + 2 * values as u64 * products as u64);
}
