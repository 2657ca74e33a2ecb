//! A network in training: from a batch of samples to new weights.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use crate::config::{Preset, Settings};
use crate::image::Image;
use crate::model::MaskRcnn;
use crate::train::optim::gradients::{self, clip_factor};
use crate::train::optim::optimizer::Optimizer;
use crate::train::optim::parameters::{join, split};
use crate::train::run::checkpoint::{About, Checkpoint, Tensors};
use crate::train::run::metrics::LossValues;
use crate::train::{
    BalancedSampler, Objective, Parameter, Random, Sample, Start, TrainConfig, folded, freeze, initialise, parameters,
    read_parameters, start_from, state_dict,
};
use crate::weights::{Model, StateDict};
use crate::{Error, Result};

/// A network in training, with its optimiser and the average of its weights.
///
/// What a step does follows from the configuration, the step's number and the samples alone, so that a
/// training that resumes from a checkpoint does what it would have done without the interruption.
pub struct Trainer {
    config: TrainConfig,
    settings: Settings,
    model: MaskRcnn,
    optimizer: Box<dyn Optimizer>,
    /// Of all parameters and running statistics, one after the other.
    average: Tensor<1>,
    /// For each number that is trained 1 if it decays, else 0, one after the other.
    decays: Tensor<1>,
    step: u64,
    /// What became of the layers where it began with trained weights.
    start: Option<Start>,
    /// Without autodiff.
    device: Device,
}

/// What a step was like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepOutcome {
    /// Number of steps taken, this one included.
    pub step: u64,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Its losses.
    pub losses: LossValues,
    /// The norm of all gradients together, before clipping.
    pub gradient_norm: f32,
}

impl Trainer {
    /// A network for `num_classes` classes (including the background) with fresh weights, or with those of
    /// `start` as far as they fit. `device` is without autodiff.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a configuration out of range, and those of [`start_from`].
    pub fn new(config: TrainConfig, num_classes: usize, start: Option<StateDict>, device: &Device) -> Result<Self> {
        config.check()?;
        let mut random = Random::of_part(config.seed.into(), INITIALISATION);
        let Preset { layout, settings } = config.build(num_classes)?;
        let mut model = initialise(layout.init(device), &mut random);
        let mut started = None;
        if let Some(start) = start {
            let (with_weights, start) = start_from(model, start)?;
            (model, started) = (with_weights, Some(start));
        }
        let model = freeze(model, config.network.freeze_stages).train();
        let (optimizer, average, decays) = (config.optimizer.init(), values(&model), decays(&model));
        Ok(Self {
            config,
            settings,
            model,
            optimizer,
            average,
            decays,
            step: 0,
            start: started,
            device: device.clone(),
        })
    }

    /// What became of the layers where the training began with trained weights.
    pub fn start(&self) -> Option<&Start> {
        self.start.as_ref()
    }

    /// Number of steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The network's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The network in training.
    pub fn model(&self) -> &MaskRcnn {
        &self.model
    }

    /// Takes a step on one batch. Once the new weights are on their way, the device is waited for.
    ///
    /// # Errors
    /// [`Error::Diverged`] if a loss or the gradients are not finite, after which the weights are of no
    /// use; those of [`Objective::losses`].
    pub fn train(&mut self, samples: &[Sample]) -> Result<StepOutcome> {
        let images: Vec<Image> = samples.iter().map(|sample| sample.image.clone()).collect();
        let batch = self.settings.input.normalise(&images, &self.device)?;
        let mut sampler = BalancedSampler::new(Random::of_part(self.config.seed.into(), SAMPLING + self.step));
        let objective = Objective { network: &self.model, settings: &self.settings, config: &self.config.objective };
        let losses = objective.losses(&batch, samples, &mut sampler)?;
        let total = losses.total();
        let learning_rate = self.config.optimizer.learning_rate * self.config.schedule.factor(self.step);
        let norm = match total.is_tracked() {
            true => self.descend(total.backward(), learning_rate),
            false => Tensor::zeros([1], &self.device),
        };
        let decay = decay_at(self.step, self.config.ema.decay);
        self.average = moved(self.average.clone(), values(&self.model), decay);
        self.step += 1;

        let mut numbers = vec![norm];
        numbers.extend([losses.classifier, losses.box_reg, losses.objectness, losses.rpn_box_reg, total]);
        numbers.extend(losses.mask);
        let numbers = Tensor::cat(numbers.into_iter().map(Tensor::inner).collect(), 0);
        let numbers = numbers.into_data().try_into_vec::<f32>();
        let numbers = numbers.map_err(|error| Error::Internal(format!("the losses: {error:?}")))?;
        let losses = LossValues {
            classifier: numbers[1],
            box_reg: numbers[2],
            mask: numbers.get(6).copied(),
            objectness: numbers[3],
            rpn_box_reg: numbers[4],
            total: numbers[5],
        };
        let outcome = StepOutcome { step: self.step, learning_rate, losses, gradient_norm: numbers[0] };
        let losses = losses.named().map(|(name, value)| (format!("the loss `{name}`"), value));
        let mut all = losses.chain([("the norm of the gradients".into(), outcome.gradient_norm)]);
        match all.find(|(_, value)| !value.is_finite()) {
            None => Ok(outcome),
            Some((what, value)) => Err(Error::Diverged { step: self.step, what: format!("{what} is {value}") }),
        }
    }

    /// New weights; the norm of all gradients together, before clipping, `[1]`.
    fn descend(&mut self, gradients: Gradients, learning_rate: f64) -> Tensor<1> {
        let gradient = gradients::joined(&self.model, gradients);
        let norm = gradients::norm(gradient.clone());
        let most = self.config.optimizer.clip_norm;
        let gradient = if most > 0.0 { gradient * clip_factor(norm.clone(), most) } else { gradient };
        let values = join(trained(&self.model).map(|parameter| parameter.value));
        let values = self.optimizer.step(learning_rate, values, gradient, self.decays.clone());
        self.model = split(self.model.clone(), &values, |parameter| parameter.trained);
        norm
    }

    /// The network with the averaged weights, in training.
    fn averaged(&self) -> MaskRcnn {
        split(self.model.clone(), &self.average, |_| true)
    }

    /// The averaged weights as torchvision's state dict.
    ///
    /// # Errors
    /// Those of [`state_dict`].
    pub fn weights(&self) -> Result<StateDict> {
        state_dict(&self.averaged())
    }

    /// The network as it is deployed: with the averaged weights, normalisations folded, without autodiff.
    ///
    /// # Errors
    /// Those of [`folded`].
    pub fn deployed(&self) -> Result<Model> {
        let network = folded(&self.averaged(), &self.device)?;
        Ok(Model { network, settings: self.settings.clone() })
    }

    /// All that is needed to resume from here.
    pub(crate) fn checkpoint(&self, about: About) -> Result<Checkpoint> {
        Ok(Checkpoint {
            about,
            model: read_parameters(&self.model),
            average: read_parameters(&self.averaged()),
            optimizer: self.optimizer.state()?,
        })
    }

    /// Goes on from a checkpoint.
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] if it is of another network.
    pub(crate) fn restore(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let Checkpoint { about, model, average, optimizer } = checkpoint;
        let shapes: BTreeMap<String, Vec<usize>> =
            parameters(&self.model).into_iter().map(|parameter| (parameter.path, parameter.shape)).collect();
        for tensors in [&model, &average] {
            if !tensors
                .iter()
                .map(|(path, data)| (path, data.shape().to_vec()))
                .eq(shapes.iter().map(|(path, shape)| (path, shape.clone())))
            {
                return Err(Error::WeightsIncompatible("the checkpoint belongs to a different network".into()));
            }
        }
        let on_device = |mut tensors: Tensors| {
            let order = parameters(&self.model);
            let values: Vec<f32> = order
                .iter()
                .filter_map(|parameter| tensors.remove(&parameter.path))
                .flat_map(|data| data.iter::<f32>().collect::<Vec<_>>())
                .collect();
            let count = values.len();
            Tensor::from_data(TensorData::new(values, [count]), &self.device)
        };
        let (model, average) = (on_device(model), on_device(average));
        self.model = split(self.model.clone(), &model, |_| true);
        self.average = average;
        self.optimizer.restore(optimizer, &self.device);
        self.step = about.step;
        Ok(())
    }
}

/// Which part of the seed's random numbers sets the first weights.
const INITIALISATION: u64 = 1 << 62;

/// From which part of the seed's random numbers on the steps sample with one each.
const SAMPLING: u64 = 1 << 63;

fn values(model: &MaskRcnn) -> Tensor<1> {
    join(parameters(model).into_iter().map(|parameter| parameter.value))
}

fn trained(model: &MaskRcnn) -> impl Iterator<Item = Parameter> {
    parameters(model).into_iter().filter(|parameter| parameter.trained)
}

/// Weights decay; biases and normalisations, which are vectors, do not.
fn decays(model: &MaskRcnn) -> Tensor<1> {
    join(trained(model).map(|parameter| match parameter.shape.len() {
        0 | 1 => parameter.value.zeros_like(),
        _ => parameter.value.ones_like(),
    }))
}

/// The share of the average that is kept at a step (0 and more), where `decay` is kept later on: in the
/// beginning the average forgets faster, so that it is not held back by the first weights
/// (`tf.train.ExponentialMovingAverage`, `num_updates`).
fn decay_at(step: u64, decay: f64) -> f64 {
    decay.min((1 + step) as f64 / (10 + step) as f64)
}

/// The average of `[n]` numbers, moved towards `values`.
fn moved(average: Tensor<1>, values: Tensor<1>, decay: f64) -> Tensor<1> {
    average * decay + values * (1.0 - decay)
}
