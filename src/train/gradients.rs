//! The gradients of a network's parameters by path, and their norm.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

use super::losses::sum;
use super::{Parameter, parameters::join};
use crate::model::MaskRcnn;

/// Tensors by the path of the parameter that they belong to, each `[number of elements]`, without
/// a graph.
pub(super) type ByPath = BTreeMap<String, Tensor<1>>;

/// The gradients of the parameters that are trained, taken out of `gradients`. A parameter that the
/// loss does not depend on has none.
pub(super) fn by_path(model: &MaskRcnn, gradients: &mut Gradients) -> ByPath {
    let mut visitor = Visitor { path: Vec::new(), gradients, found: ByPath::new() };
    model.visit(&mut visitor);
    visitor.found
}

/// The gradients of `parameters` one after the other, `[n]`; 0 for those that have none.
pub(super) fn joined(mut gradients: ByPath, parameters: &[Parameter]) -> Tensor<1> {
    join(parameters.iter().map(|Parameter { path, value, .. }| {
        gradients.remove(path).unwrap_or_else(|| Tensor::zeros(value.dims(), &value.device()))
    }))
}

/// The norm of a gradient, `[1]`, still on the device.
pub(super) fn norm(gradient: Tensor<1>) -> Tensor<1> {
    sum(gradient.square()).sqrt()
}

/// What gradients of this norm, `[1]`, are multiplied with so that it does not exceed `most`
/// (`torch.nn.utils.clip_grad_norm_`).
pub(super) fn clip_factor(norm: Tensor<1>, most: f64) -> Tensor<1> {
    (norm + 1e-6).recip().mul_scalar(most).clamp_max(1.0)
}

struct Visitor<'a> {
    path: Vec<String>,
    gradients: &'a mut Gradients,
    found: ByPath,
}

impl ModuleVisitor for Visitor<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !param.is_require_grad() {
            return;
        }
        if let Some(gradient) = param.val().grad_remove(self.gradients) {
            self.found.insert(self.path.join("."), gradient.reshape([-1]));
        }
    }
}
