//! Where the kernel of a convolution begins.

use crate::ops::conv2d::Padding;
use cubecl::prelude::*;

/// A kernel as far as it says what it reads; a shader is compiled for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ops) struct Window {
    /// Rows and columns.
    pub(in crate::ops) side: usize,
    pub(in crate::ops) stride: usize,
    pub(in crate::ops) padding: Padding,
}

/// Zeros before the first of `length` rows or columns: [`Padding::before`].
#[cube]
pub(in crate::ops) fn before(length: usize, #[comptime] window: Window) -> usize {
    match comptime!(window.padding) {
        Padding::Half => comptime!(window.side / 2).runtime(),
        Padding::Same => {
            let stride = comptime!(window.stride);
            let end = (length.div_ceil(stride) - 1) * stride + window.side;
            (usize::max(end, length) - length) / 2
        }
    }
}
