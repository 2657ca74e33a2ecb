//! Running statistics of channels, which the forward pass updates.

use std::sync::{Mutex, PoisonError};

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor, Param, ParamId,
};
use burn::tensor::{Device, Tensor};

/// A running mean or variance, `[channels]`. It is visited like a parameter, has no gradient and
/// belongs to one network: a clone has its own.
///
/// burn's `RunningState` is shared by clones and one step late when it is visited.
#[derive(Debug)]
pub(crate) struct Running {
    id: ParamId,
    value: Mutex<Tensor<1>>,
}

impl Running {
    /// Starts with `value`.
    pub(crate) fn new(value: Tensor<1>) -> Self {
        Self { id: ParamId::new(), value: Mutex::new(value) }
    }

    /// The current value.
    pub(crate) fn value(&self) -> Tensor<1> {
        // A panic elsewhere leaves a whole tensor behind: the value is only ever replaced.
        self.value.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Moves the value towards `new` by the share `momentum`, 0..1.
    pub(crate) fn update(&self, new: Tensor<1>, momentum: f64) {
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        *value = value.clone() * (1.0 - momentum) + new * momentum;
    }

    fn with(&self, change: impl FnOnce(Tensor<1>) -> Tensor<1>) -> Self {
        Self { id: self.id, value: Mutex::new(change(self.value())) }
    }

    fn param(&self) -> Param<Tensor<1>> {
        Param::initialized(self.id, self.value())
    }
}

impl Clone for Running {
    fn clone(&self) -> Self {
        self.with(|value| value)
    }
}

impl Module for Running {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        visitor.visit_float(&self.param());
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let value = mapper.map_float(self.param()).into_value();
        self.with(|_| value.set_require_grad(false).without_autodiff())
    }

    fn to_device(self, device: &Device) -> Self {
        self.with(|value| value.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.to_device(device)
    }

    fn collect_devices(&self, mut devices: Devices) -> Devices {
        let device = self.value().device();
        if !devices.contains(&device) {
            devices.push(device);
        }
        devices
    }

    fn materialize(self) -> Self {
        self
    }

    fn valid(&self) -> Self {
        self.clone()
    }

    fn train(self) -> Self {
        self
    }
}

impl ModuleDisplayDefault for Running {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_formatted(&"Running").optional()
    }
}

impl ModuleDisplay for Running {}
