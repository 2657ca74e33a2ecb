//! Which layers a network has run, by their shapes.

use core::cell::RefCell;

thread_local! {
    static RECORDED: RefCell<Option<Vec<LayerShape>>> = const { RefCell::new(None) };
}

/// What a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayerKind {
    /// [`conv2d`](super::conv2d::conv2d).
    Convolution,
    /// [`residual_conv2d`](super::conv2d::residual_conv2d).
    Residual,
    /// [`present_conv2d`](super::conv2d::present_conv2d).
    Present,
    /// [`depthwise_conv2d`](super::depthwise_conv2d::depthwise_conv2d), with as many outputs as inputs.
    Depthwise,
    /// [`linear`](super::linear::linear), where height, width and kernel are 1.
    Linear,
}

/// The shape of a convolution or a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerShape {
    /// What it is.
    pub kind: LayerKind,
    /// Batch entries.
    pub n: usize,
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Rows and columns of the kernel.
    pub kernel: usize,
    /// Pixels of the input from one of the output to the next.
    pub stride: usize,
}

impl LayerShape {
    /// Multiplications and additions, two per product, including those with zeros of the padding.
    pub fn operations(&self) -> u64 {
        2 * self.values() as u64 * self.products() as u64
    }

    /// Values of the output.
    pub(super) fn values(&self) -> usize {
        self.n * self.outputs * self.height.div_ceil(self.stride) * self.width.div_ceil(self.stride)
    }

    /// Products that each of them sums.
    pub(super) fn products(&self) -> usize {
        let inputs = if self.kind == LayerKind::Depthwise { 1 } else { self.inputs };
        inputs * self.kernel * self.kernel
    }
}

/// Begins to record the layers that this thread submits to a device.
pub fn record() {
    RECORDED.set(Some(Vec::new()));
}

/// Ends it: the layers since [`record`], in their order.
pub fn recorded() -> Vec<LayerShape> {
    RECORDED.take().unwrap_or_default()
}

/// Counts a layer's operations and, where they are recorded, keeps its shape.
pub(super) fn submit(layer: LayerShape) {
    super::flop_count::count(layer.values(), layer.products());
    RECORDED.with_borrow_mut(|layers| layers.iter_mut().for_each(|layers| layers.push(layer)));
}
