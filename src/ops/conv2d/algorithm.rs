//! In which algorithm the tiled kernels of a GPU compute a convolution.

use core::sync::atomic::{AtomicU8, Ordering};

use burn::tensor::DType;

use crate::ops::layer_shapes::{LayerKind, LayerShape};

/// One of two algorithms for the same convolution, whose results differ by rounding only. Only
/// [`KernelFamily::Tiled`](crate::ops::kernel_family::KernelFamily::Tiled) has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConvAlgorithm {
    /// The products of the definition, as an implicit matrix product.
    Direct,
    /// Winograd's F(2×2, 3×3), for 3×3 kernels with a stride of 1 (Lavin and Gray 2016, "Fast Algorithms for
    /// Convolutional Neural Networks"): 4 products for each output and input channel instead of 9, but four times the
    /// input and four times the output are written to the GPU's memory and read again.
    Winograd,
}

/// By the precision of the input, from how many input and output channels on.
struct MinChannels {
    f32: Option<usize>,
    f16: Option<usize>,
}

/// Input and output channels from which on a layer is computed by [`ConvAlgorithm::Winograd`]; `None`: by default none is.
///
/// **To be set from a GPU's table of `maskrcnn bench --layers`**, whose columns `winograd` stand beside `tiled`: the lowest
/// number from which on layers of at least 50×84 pixels take less time in `winograd`, for f32 and, where the direct kernels
/// multiply in half precision and Winograd's do not, for f16. No GPU has been measured yet, and counts only say where to look:
/// for each output of a layer with as many input as output channels, 10 operations for each channel are saved, and 64 bytes
/// more go to and from the GPU's memory. That pays from 6.4 channels for each operation that the GPU does in the time of a
/// byte, which are 10 to 20.
///
/// The number of pixels does not count: kernels are compiled while the model loads, with a small image, and so must be the same
/// for images of all sizes. With few pixels, transforming the kernels at each call weighs more: it takes about
/// 110 / pixels of the direct layer's time where the GPU does 20 operations in the time of a byte.
const MIN_WINOGRAD_CHANNELS: MinChannels = MinChannels { f32: None, f16: None };

/// What [`ConvAlgorithm::force`] was told: 0 for nothing, else one more than the algorithm.
static FORCED: AtomicU8 = AtomicU8::new(0);

impl ConvAlgorithm {
    /// The algorithm of a layer with an input of this type in tiled kernels: the one that was [forced](Self::force) if it
    /// [has](Self::has) such layers, else the one that is taken to be faster.
    pub fn of(layer: &LayerShape, dtype: DType) -> Self {
        let MinChannels { f32, f16 } = MIN_WINOGRAD_CHANNELS;
        let min_channels = if dtype == DType::F16 { f16 } else { f32 };
        let is_wide = min_channels.is_some_and(|least| layer.inputs.min(layer.outputs) >= least);
        let chosen = Self::forced().unwrap_or(if is_wide { Self::Winograd } else { Self::Direct });
        if chosen.has(layer) { chosen } else { Self::Direct }
    }

    /// Whether a layer can be computed so. Winograd's algorithm leaves out no absent regions, and so has no
    /// [`present_conv2d`](super::present_conv2d).
    pub fn has(self, layer: &LayerShape) -> bool {
        match self {
            Self::Direct => true,
            Self::Winograd => {
                layer.kernel == 3
                    && layer.stride == 1
                    && matches!(layer.kind, LayerKind::Convolution | LayerKind::Residual)
            }
        }
    }

    /// `direct` or `winograd`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Winograd => "winograd",
        }
    }

    /// Has all convolutions that it has computed by this algorithm, to test and to measure it; `None`: as at first.
    pub fn force(algorithm: Option<Self>) {
        FORCED.store(algorithm.map_or(0, |algorithm| algorithm as u8 + 1), Ordering::Relaxed);
    }

    /// What was [forced](Self::force).
    pub fn forced() -> Option<Self> {
        let forced = FORCED.load(Ordering::Relaxed);
        [Self::Direct, Self::Winograd].into_iter().find(|algorithm| *algorithm as u8 + 1 == forced)
    }
}
