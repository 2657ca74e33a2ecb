//! Vectors and loops for x86-64: AVX-512, AVX2 with FMA, or what the compiler makes of arrays.

use super::vector::Vector;
use super::{Tile, TileLoop, portable};
use core::arch::x86_64::*;

/// The instructions that the processor has.
#[derive(Debug, Clone, Copy)]
pub(super) enum InstructionSet {
    Avx512,
    Avx2,
    Portable,
}

impl InstructionSet {
    pub(super) fn detect() -> Self {
        if is_x86_feature_detected!("avx512f") {
            InstructionSet::Avx512
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            InstructionSet::Avx2
        } else {
            InstructionSet::Portable
        }
    }

    /// Rows of a tile and values in a vector.
    pub(super) fn shape(self) -> (usize, usize) {
        match self {
            InstructionSet::Avx512 => (8, 16),
            InstructionSet::Avx2 => (4, 8),
            InstructionSet::Portable => portable::SHAPE,
        }
    }

    /// # Safety
    /// As [`TileLoop::run`]; `self` is what the processor has.
    pub(super) unsafe fn run<L: TileLoop>(self, terms: &L, vectors: usize, tile: &mut Tile) {
        unsafe {
            match (self, vectors) {
                (InstructionSet::Avx512, 1) => avx512::<L, 1>(terms, tile),
                (InstructionSet::Avx512, 2) => avx512::<L, 2>(terms, tile),
                (InstructionSet::Avx512, _) => avx512::<L, 3>(terms, tile),
                (InstructionSet::Avx2, 1) => avx2::<L, 1>(terms, tile),
                (InstructionSet::Avx2, 2) => avx2::<L, 2>(terms, tile),
                (InstructionSet::Avx2, _) => avx2::<L, 3>(terms, tile),
                (InstructionSet::Portable, _) => portable::run(terms, vectors, tile),
            }
        }
    }
}

#[target_feature(enable = "avx512f")]
unsafe fn avx512<L: TileLoop, const VECTORS: usize>(terms: &L, tile: &mut Tile) {
    unsafe { terms.run::<__m512, 8, VECTORS>(tile) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<L: TileLoop, const VECTORS: usize>(terms: &L, tile: &mut Tile) {
    unsafe { terms.run::<__m256, 4, VECTORS>(tile) }
}

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
