//! What turns gradients into new weights: burn's optimisers, parameter by parameter, with their
//! state under the parameters' paths.

use std::collections::BTreeMap;

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamWConfig, Optimizer as Rule, RecordState, SgdConfig, StateSink, StateSource};
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::burn_pack::Scalar;
use serde::{Deserialize, Serialize};

use super::Parameter;
use crate::{Error, Result};

/// Which optimiser, and its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerConfig {
    /// Which one.
    pub kind: OptimizerKind,
    /// The full learning rate; the schedule multiplies it.
    pub learning_rate: f64,
    /// Weight decay of weights; biases and normalisations have none. In AdamW it is multiplied with
    /// the learning rate only, in SGD it is part of the gradient, as in PyTorch.
    pub weight_decay: f32,
    /// For SGD: momentum, 0..1.
    pub momentum: f64,
    /// For AdamW: the decays of the two moments, 0..1.
    pub betas: [f32; 2],
    /// For AdamW: added to the second moment's root.
    pub epsilon: f32,
    /// The gradients of all parameters together are scaled down to this norm where theirs is larger;
    /// 0 lets them be as they are.
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
            (not_negative(self.weight_decay.into()), "weight_decay must be 0 or more"),
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
    pub(super) fn init(&self) -> Box<dyn Optimizer> {
        match self.kind {
            OptimizerKind::Sgd => {
                let momentum = MomentumConfig { momentum: self.momentum, dampening: 0.0, nesterov: false };
                let plain = SgdConfig::new().with_momentum(Some(momentum));
                let decay = WeightDecayConfig { penalty: self.weight_decay };
                Box::new(PerParameter::new(plain.clone().with_weight_decay(Some(decay)).build(), plain.build()))
            }
            OptimizerKind::AdamW => {
                let [first, second] = self.betas;
                let config = AdamWConfig::new().with_beta_1(first).with_beta_2(second).with_epsilon(self.epsilon);
                let with_decay = |decay| config.clone().with_weight_decay(decay).build();
                Box::new(PerParameter::new(with_decay(self.weight_decay), with_decay(0.0)))
            }
        }
    }
}

/// The state of an optimiser: tensors and single numbers by name, all of which begin with the path of
/// the parameter that they belong to.
#[derive(Debug, Default, Clone)]
pub(super) struct OptimizerState {
    pub(super) tensors: BTreeMap<String, TensorData>,
    pub(super) scalars: BTreeMap<String, u64>,
}

/// An optimiser with the state of each parameter.
pub(super) trait Optimizer {
    /// The new value of a parameter, `[n]`, from its gradient, `[n]`.
    fn step(&mut self, parameter: &Parameter, rate: f64, gradient: Tensor<1>) -> Tensor<1>;

    /// The state, read back from the device.
    fn state(&self) -> Result<OptimizerState>;

    /// Goes on from a state of the parameters at `paths`. A parameter without one begins anew: it was
    /// not trained yet.
    fn restore(&mut self, state: OptimizerState, paths: &[String], device: &Device);
}

/// One of burn's optimisers, with and without weight decay.
struct PerParameter<R: Rule> {
    decayed: R,
    plain: R,
    states: BTreeMap<String, R::State<1>>,
}

impl<R: Rule> PerParameter<R> {
    fn new(decayed: R, plain: R) -> Self {
        Self { decayed, plain, states: BTreeMap::new() }
    }
}

impl<R: Rule> Optimizer for PerParameter<R> {
    fn step(&mut self, parameter: &Parameter, rate: f64, gradient: Tensor<1>) -> Tensor<1> {
        // Biases and normalisations are vectors.
        let rule = if parameter.shape.len() > 1 { &self.decayed } else { &self.plain };
        let state = self.states.remove(&parameter.path);
        let (value, state) = rule.step(rate, parameter.value.clone(), gradient, state);
        self.states.extend(state.map(|state| (parameter.path.clone(), state)));
        value
    }

    fn state(&self) -> Result<OptimizerState> {
        let mut sink = StateSink::default();
        for (path, state) in &self.states {
            state.state_flatten(path, &mut sink);
        }
        let scalars = sink.scalars.into_iter().map(|(name, value)| match u64::try_from(value) {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(Error::Internal(format!("the optimiser's state `{name}` is no whole number"))),
        });
        Ok(OptimizerState { scalars: scalars.collect::<Result<_>>()?, tensors: sink.tensors.into_iter().collect() })
    }

    fn restore(&mut self, state: OptimizerState, paths: &[String], device: &Device) {
        let scalars = state.scalars.into_iter().map(|(name, value)| (name, Scalar::UInt(value)));
        let mut source = StateSource::new(scalars.collect());
        for (name, data) in state.tensors {
            source.insert_tensor(name, data);
        }
        self.states = paths
            .iter()
            .filter_map(|path| Some((path.clone(), R::State::state_unflatten(path, &mut source, device)?)))
            .collect();
    }
}
