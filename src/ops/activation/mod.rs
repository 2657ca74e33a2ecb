//! Activation functions that layers apply to their output in the same pass.

/// What a layer applies to each value of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// Rectified linear unit: `max(0, x)`.
    Relu,
    /// A rectified linear unit that ends at 6: `min(max(0, x), 6)` (Howard et al. 2017, MobileNets).
    Relu6,
}

/// The range of an activation's output, with which the CPU's loops compare instead of branching.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The lower bound.
    pub min: f32,
    /// The upper bound.
    pub max: f32,
}

impl Activation {
    /// The range of the output.
    pub fn bounds(self) -> Bounds {
        match self {
            Activation::None => Bounds { min: f32::NEG_INFINITY, max: f32::INFINITY },
            Activation::Relu => Bounds { min: 0.0, max: f32::INFINITY },
            Activation::Relu6 => Bounds { min: 0.0, max: 6.0 },
        }
    }
}

impl Bounds {
    /// The value within the bounds; NaN stays NaN.
    #[inline(always)]
    pub fn clamp(self, value: f32) -> f32 {
        let value = if value < self.min { self.min } else { value };
        if value > self.max { self.max } else { value }
    }

    /// Whether a gradient passes where the output is this: not at the bounds, where the function is constant.
    // Without a branch, so that loops over it become vector instructions.
    #[inline(always)]
    pub fn passes(self, output: f32) -> bool {
        (output > self.min) & (output < self.max)
    }
}
