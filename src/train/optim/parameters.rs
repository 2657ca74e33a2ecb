//! The network's numbers by path, whatever their rank.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::model::MaskRcnn;
use crate::train::transfer::read_back;

/// A parameter of the network, or a running statistic.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Where it is among the modules, such as `backbone.body.layer1.0.conv1.norm.running_mean`.
    pub path: String,
    /// Its shape. A linear layer's weight is `[inputs, outputs]`, a transposed convolution's
    /// `[inputs, outputs, kernel, kernel]`.
    pub shape: Vec<usize>,
    /// Whether it is trained: it requires gradients, or does so in a network that is in training.
    pub trained: bool,
    /// Its values in row-major order, `[n]`, without a graph.
    pub value: Tensor<1>,
}

/// All parameters and running statistics of a network, in the order of its modules.
pub fn parameters(model: &MaskRcnn) -> Vec<Parameter> {
    let mut visitor = Visitor::default();
    model.visit(&mut visitor);
    visitor.found
}

/// The values of all parameters and running statistics, by path, on the CPU.
pub fn read_parameters(model: &MaskRcnn) -> BTreeMap<String, TensorData> {
    let parameters = parameters(model);
    // At once, for the device is waited for.
    let values = read_back(join(parameters.iter().map(|parameter| parameter.value.clone())));
    let mut rest = values.as_slice();
    let mut tensors = BTreeMap::new();
    for Parameter { path, shape, .. } in parameters {
        let (values, others) = rest.split_at(shape.iter().product());
        rest = others;
        tensors.insert(path, TensorData::new(values.to_vec(), shape));
    }
    tensors
}

/// Vectors one after the other, as a single one: what is done to all numbers alike, a device does at
/// once.
pub(crate) fn join(vectors: impl Iterator<Item = Tensor<1>>) -> Tensor<1> {
    Tensor::cat(vectors.collect(), 0)
}

/// Gives those parameters and running statistics for which `wanted` says so the values that [`join`] put
/// one after the other, in the order of the network's modules.
pub(crate) fn split(model: MaskRcnn, values: &Tensor<1>, wanted: impl Fn(&Parameter) -> bool) -> MaskRcnn {
    let mut end = 0;
    map_parameters(model, |parameter| {
        let count: usize = parameter.shape.iter().product();
        wanted(parameter).then(|| {
            end += count;
            values.clone().narrow(0, end - count, count)
        })
    })
}

/// Gives parameters and running statistics new values. What `change` returns has the length of the
/// value that it gets, or is `None` where that stays.
pub fn map_parameters(model: MaskRcnn, change: impl FnMut(&Parameter) -> Option<Tensor<1>>) -> MaskRcnn {
    model.map(&mut Mapper { path: Path::default(), change })
}

/// The names of the modules around a parameter.
#[derive(Default)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// Enters a module. The kinds of an enum, such as that of the body, have no name in a path.
    pub(super) fn enter(&mut self, name: &str, container: &str) {
        if !container.starts_with("Enum:") {
            self.0.push(name.to_owned());
        }
    }

    pub(super) fn exit(&mut self, container: &str) {
        if !container.starts_with("Enum:") {
            self.0.pop();
        }
    }

    /// The names, from the outermost on.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    fn parameter<const D: usize>(&self, param: &Param<Tensor<D>>) -> Parameter {
        let value = param.val().inner();
        let shape = value.dims().to_vec();
        let values: usize = shape.iter().product();
        Parameter { path: self.0.join("."), shape, trained: param.is_require_grad(), value: value.reshape([values]) }
    }
}

#[derive(Default)]
struct Visitor {
    path: Path,
    found: Vec<Parameter>,
}

impl ModuleVisitor for Visitor {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push(self.path.parameter(param));
    }
}

struct Mapper<F> {
    path: Path,
    change: F,
}

impl<F: FnMut(&Parameter) -> Option<Tensor<1>>> ModuleMapper for Mapper<F> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(value) = (self.change)(&self.path.parameter(&param)) else { return param };
        param.map(|old| {
            let new = value.inner().reshape(old.dims());
            let new = if old.is_autodiff() { new.autodiff() } else { new };
            // A leaf of its own: what was computed with the old value keeps it.
            if old.is_require_grad() { new.require_grad() } else { new }
        })
    }
}
