//! The loss functions that the five losses use, as in PyTorch (`torch.nn.functional`).

use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::{Bool, Device, Int, Tensor};

/// Where the smooth L1 loss changes from quadratic to linear
/// (`fastrcnn_loss` and `RegionProposalNetwork.compute_loss` in torchvision).
const BETA: f64 = 1.0 / 9.0;

/// The sum of the smooth L1 losses (Girshick 2015, equation 3) of deltas, `[n, 4]`.
pub(crate) fn smooth_l1(deltas: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let distance = (deltas - targets).abs();
    let near = distance.clone().clamp_max(BETA);
    let line = distance - near.clone();
    sum((near.clone() * near * (0.5 / BETA) + line).flatten(0, 1))
}

/// The mean of the binary cross-entropies of logits, `[n]`; targets are 0..1.
pub(crate) fn binary_cross_entropy(logits: Tensor<1>, targets: Tensor<1>) -> Tensor<1> {
    mean(-log_sigmoid(-logits.clone()) - logits * targets)
}

/// The mean of the cross-entropies of class logits, `[n, classes]`, with classes `[n]`.
pub(crate) fn cross_entropy(logits: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    let [n] = classes.dims();
    -mean(log_softmax(logits, 1).gather(1, classes.reshape([n, 1])).flatten(0, 1))
}

/// As [`cross_entropy`], over those logits only that are not left out, `[n, classes]`: the others have no gradient.
pub(crate) fn partial_cross_entropy(
    logits: Tensor<2>,
    classes: Tensor<1, Int>,
    left_out: Tensor<2, Bool>,
) -> Tensor<1> {
    // Finite, so that no difference of two of them is NaN, and so low that its exponential is 0.
    cross_entropy(logits.mask_fill(left_out, -1e9), classes)
}

/// The mean of values, `[n]`.
fn mean(values: Tensor<1>) -> Tensor<1> {
    let [n] = values.dims();
    sum(values) / n as f32
}

/// The sum of values, `[n]`: of columns first, then of their sums. A GPU's kernel has a thread for each
/// sum, which would be one for them all.
pub(crate) fn sum(values: Tensor<1>) -> Tensor<1> {
    let [n] = values.dims();
    let columns = n.isqrt().max(1);
    let whole = n / columns * columns;
    let of_columns = values.clone().narrow(0, 0, whole).reshape([n / columns, columns]).sum_dim(0).flatten(0, 1);
    let parts = if whole < n { vec![of_columns, values.narrow(0, whole, n - whole)] } else { vec![of_columns] };
    Tensor::cat(parts, 0).sum()
}

/// The loss of a part without targets: 0.
pub(crate) fn nothing(device: &Device) -> Tensor<1> {
    Tensor::zeros([1], device)
}
