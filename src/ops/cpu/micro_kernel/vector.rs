//! Vectors of float32, as wide as the processor supports.

/// A vector of [`Vector::LANES`] float32.
///
/// # Safety
/// The methods may only be called if the processor has the instructions, and pointers must be valid
/// for that many values.
pub(super) trait Vector: Copy {
    /// Values in a vector.
    const LANES: usize;

    /// Zeros.
    unsafe fn zero() -> Self;
    /// The values from there on.
    unsafe fn load(from: *const f32) -> Self;
    /// One value in each lane.
    unsafe fn splat(value: f32) -> Self;
    /// `self + a × b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// Writes the values there and on.
    unsafe fn store(self, to: *mut f32);
}
