//! What turns gradients into new weights: burn's optimisers, on all parameters as one vector.

use std::collections::BTreeMap;

use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamWConfig, Optimizer as Rule, RecordState, SgdConfig, StateSink, StateSource};
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::burn_pack::Scalar;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Which optimiser, and its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerConfig {
    /// Which one: `adamw` (Adam with decoupled weight decay) or `sgd` (with momentum).
    pub kind: OptimizerKind,
    /// The full learning rate, 0 or more; the schedule multiplies it.
    pub learning_rate: f64,
    /// Weight decay, 0 or more; biases and normalisations have none. In AdamW it is multiplied with
    /// the learning rate only, in SGD it is part of the gradient, as in PyTorch.
    pub weight_decay: f64,
    /// For `sgd`: momentum, 0 to 1 (1 excluded).
    pub momentum: f64,
    /// For `adamw`: the decays of the two moments, 0 to 1 (1 excluded).
    pub betas: [f32; 2],
    /// For `adamw`: added to the second moment's root, more than 0.
    pub epsilon: f32,
    /// The gradients of all parameters together are scaled down to this norm where theirs is larger, 0 or more; 0 does
    /// not limit them.
    pub clip_norm: f64,
}

/// The optimisers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Stochastic gradient descent with momentum (He et al. 2017, section 3.1).
    Sgd,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    AdamW,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::AdamW,
            learning_rate: 1e-3,
            weight_decay: 0.05,
            momentum: 0.9,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            clip_norm: 10.0,
        }
    }
}

impl OptimizerConfig {
    /// # Errors
    /// [`Error::InvalidInput`], naming what is out of range.
    pub fn check(&self) -> Result<()> {
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let rules = [
            (not_negative(self.learning_rate), "learning_rate must be 0 or more"),
            (not_negative(self.weight_decay), "weight_decay must be 0 or more"),
            ((0.0..1.0).contains(&self.momentum), "momentum must be in 0..1"),
            (self.betas.iter().all(|beta| (0.0..1.0).contains(beta)), "betas must be in 0..1"),
            (self.epsilon.is_finite() && self.epsilon > 0.0, "epsilon must be more than 0"),
            (not_negative(self.clip_norm), "clip_norm must be 0 or more"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::InvalidInput(format!("optimizer.{rule}"))),
        }
    }

    /// The optimiser, without any state.
    pub(crate) fn init(&self) -> Box<dyn Optimizer> {
        match self.kind {
            OptimizerKind::Sgd => {
                let momentum = MomentumConfig { momentum: self.momentum, dampening: 0.0, nesterov: false };
                self.with(SgdConfig::new().with_momentum(Some(momentum)).build())
            }
            OptimizerKind::AdamW => {
                let [first, second] = self.betas;
                let config = AdamWConfig::new().with_beta_1(first).with_beta_2(second).with_epsilon(self.epsilon);
                self.with(config.with_weight_decay(0.0).build())
            }
        }
    }

    fn with<R: Rule + 'static>(&self, rule: R) -> Box<dyn Optimizer> {
        Box::new(Decaying { rule, state: None, kind: self.kind, decay: self.weight_decay })
    }
}

/// The state of an optimiser: tensors and single numbers by name.
#[derive(Debug, Default, Clone)]
pub(crate) struct OptimizerState {
    pub(crate) tensors: BTreeMap<String, TensorData>,
    pub(crate) scalars: BTreeMap<String, u64>,
}

/// What the names of a state begin with.
const NAME: &str = "parameters";

/// An optimiser of a vector of parameters, with its state.
pub(crate) trait Optimizer {
    /// The new values, `[n]`, from the values, their gradient, and 1 or 0 for each that decays or does
    /// not, `[n]` each.
    fn step(&mut self, rate: f64, values: Tensor<1>, gradient: Tensor<1>, decays: Tensor<1>) -> Tensor<1>;

    /// The state, read back from the device.
    fn state(&self) -> Result<OptimizerState>;

    /// Goes on from a state.
    fn restore(&mut self, state: OptimizerState, device: &Device);
}

/// One of burn's optimisers, which does not decay weights itself: it would all of them.
struct Decaying<R: Rule> {
    rule: R,
    state: Option<R::State<1>>,
    kind: OptimizerKind,
    decay: f64,
}

impl<R: Rule> Optimizer for Decaying<R> {
    fn step(&mut self, rate: f64, values: Tensor<1>, gradient: Tensor<1>, decays: Tensor<1>) -> Tensor<1> {
        let decay = values.clone() * decays * self.decay;
        let (values, gradient) = match self.kind {
            OptimizerKind::Sgd => (values, gradient + decay),
            OptimizerKind::AdamW => (values - decay * rate, gradient),
        };
        let (values, state) = self.rule.step(rate, values, gradient, self.state.take());
        self.state = state;
        values
    }

    fn state(&self) -> Result<OptimizerState> {
        let mut sink = StateSink::default();
        if let Some(state) = &self.state {
            state.state_flatten(NAME, &mut sink);
        }
        let scalars = sink.scalars.into_iter().map(|(name, value)| match u64::try_from(value) {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(Error::Internal(format!("the optimiser's state `{name}` is not a whole number"))),
        });
        Ok(OptimizerState { scalars: scalars.collect::<Result<_>>()?, tensors: sink.tensors.into_iter().collect() })
    }

    fn restore(&mut self, state: OptimizerState, device: &Device) {
        let scalars = state.scalars.into_iter().map(|(name, value)| (name, Scalar::UInt(value)));
        let mut source = StateSource::new(scalars.collect());
        for (name, data) in state.tensors {
            source.insert_tensor(name, data);
        }
        self.state = R::State::state_unflatten(NAME, &mut source, device);
    }
}
