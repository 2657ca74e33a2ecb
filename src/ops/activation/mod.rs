//! Activation functions that layers apply to their output in the same pass.

/// What a layer applies to each value of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// Rectified linear unit: `max(0, x)`.
    Relu,
}

impl Activation {
    /// The lower bound of the output, with which the CPU's loops compare instead of branching.
    pub fn min_value(self) -> f32 {
        match self {
            Activation::None => f32::NEG_INFINITY,
            Activation::Relu => 0.0,
        }
    }
}
