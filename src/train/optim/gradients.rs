//! The gradients of a network's parameters, and their norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

use crate::model::MaskRcnn;
use crate::train::loss::functions::sum;
use crate::train::optim::parameters::join;

/// The gradients of all parameters that are trained, one after the other, `[n]`, without a graph; 0 for
/// those that the loss does not depend on.
pub(crate) fn joined(model: &MaskRcnn, gradients: Gradients) -> Tensor<1> {
    let mut visitor = Visitor { gradients, found: Vec::new() };
    model.visit(&mut visitor);
    join(visitor.found.into_iter())
}

/// The norm of a gradient, `[1]`, still on the device.
pub(crate) fn norm(gradient: Tensor<1>) -> Tensor<1> {
    sum(gradient.square()).sqrt()
}

/// What gradients of this norm, `[1]`, are multiplied with so that it does not exceed `most`
/// (`torch.nn.utils.clip_grad_norm_`).
pub(crate) fn clip_factor(norm: Tensor<1>, most: f64) -> Tensor<1> {
    (norm + 1e-6).recip().mul_scalar(most).clamp_max(1.0)
}

struct Visitor {
    gradients: Gradients,
    found: Vec<Tensor<1>>,
}

impl ModuleVisitor for Visitor {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.is_require_grad() {
            let value = param.val();
            let gradient = value.grad_remove(&mut self.gradients).unwrap_or_else(|| value.inner().zeros_like());
            self.found.push(gradient.reshape([-1]));
        }
    }
}
