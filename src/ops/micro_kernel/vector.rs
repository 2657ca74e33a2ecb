//! Vectors of float32, as wide as the processor has them.

/// A vector of [`Vector::LANES`] float32.
///
/// # Safety
/// The methods may only be called where the processor has the instructions, and pointers have to be
/// valid for that many values.
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

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use core::arch::x86_64::*;

    impl Vector for __m512 {
        const LANES: usize = 16;

        #[inline(always)]
        unsafe fn zero() -> Self {
            unsafe { _mm512_setzero_ps() }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { _mm512_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            unsafe { _mm512_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm512_storeu_ps(to, self) }
        }
    }

    impl Vector for __m256 {
        const LANES: usize = 8;

        #[inline(always)]
        unsafe fn zero() -> Self {
            unsafe { _mm256_setzero_ps() }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { _mm256_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            unsafe { _mm256_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm256_storeu_ps(to, self) }
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::Vector;
    use core::arch::wasm32::*;

    /// Product and sum are rounded one after the other, unless the module is one for relaxed SIMD, which fuses them
    /// where the processor can.
    impl Vector for v128 {
        const LANES: usize = 4;

        #[inline(always)]
        unsafe fn zero() -> Self {
            f32x4_splat(0.0)
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { v128_load(from.cast()) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            f32x4_splat(value)
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            #[cfg(feature = "relaxed-simd")]
            return f32x4_relaxed_madd(a, b, self);
            #[cfg(not(feature = "relaxed-simd"))]
            f32x4_add(self, f32x4_mul(a, b))
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { v128_store(to.cast(), self) }
        }
    }
}

/// For any other processor: the compiler takes what vectors there are.
#[cfg(not(target_arch = "wasm32"))]
impl Vector for [f32; 4] {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.0; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { from.cast::<Self>().read() }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        core::array::from_fn(|lane| self[lane] + a[lane] * b[lane])
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<Self>().write(self) }
    }
}
