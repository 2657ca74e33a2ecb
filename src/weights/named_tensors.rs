//! The network's parameters, ready to be put into its modules.

use std::collections::BTreeMap;
use std::sync::Mutex;

use burn::tensor::{DType, TensorData};
use burn_store::burn_pack::{Error as PackError, Tensor};
use burn_store::{ModuleSnapshot, PyTorchToBurnAdapter, bridge};

use super::StateDict;
use super::fold::BatchNorm;
use super::layers::{Layer, NORM};
use crate::{Error, Result};

/// The layers that boxes, scores and masks are made from. What comes out of a layer is as precise as its
/// bias ([`conv2d`](crate::ops::conv2d::conv2d)), and theirs is always of single precision.
const PREDICTORS: [&str; 5] = [
    "rpn.head.cls_logits",
    "rpn.head.bbox_pred",
    "roi_heads.box_predictor.cls_score",
    "roi_heads.box_predictor.bbox_pred",
    "roi_heads.mask_predictor.mask_fcn_logits",
];

/// The network's parameters as f32, by their paths among the modules. Axes are in PyTorch's
/// order: a linear layer's weight is `[outputs, inputs]`.
#[derive(Debug, Clone)]
pub struct NamedTensors {
    tensors: BTreeMap<String, TensorData>,
}

impl NamedTensors {
    /// Reads the tensors of `layers`, all of which `state` has in the right shape.
    pub(crate) fn new(state: &StateDict, layers: &[Layer], eps: f64) -> Result<Self> {
        let read = |owner: &str, parameter: &str| {
            let name = format!("{owner}.{parameter}");
            let tensor = state.get(&name);
            tensor
                .ok_or_else(|| Error::Internal(format!("missing tensor `{name}`, which was checked before")))?
                .to_f32()
        };
        let mut tensors = BTreeMap::new();
        for layer in layers {
            let mut weight = read(&layer.name, "weight")?;
            let bias = match &layer.norm {
                None => read(&layer.name, "bias")?,
                Some(norm) => {
                    let [weight_, bias, mean, variance] = NORM.map(|parameter| read(norm, parameter));
                    let norm = BatchNorm { weight: weight_?, bias: bias?, mean: mean?, variance: variance? };
                    norm.fold(&mut weight, eps)
                }
            };
            if layer.norm.is_some() && !weight.iter().chain(&bias).all(|value| value.is_finite()) {
                return Err(Error::WeightsIntegrity(format!(
                    "the batch normalisation of `{}` has a variance that is zero or negative",
                    layer.name
                )));
            }
            tensors.insert(format!("{}.weight", layer.path), TensorData::new(weight, layer.weight.clone()));
            tensors.insert(format!("{}.bias", layer.path), TensorData::new(bias, [layer.outputs]));
        }
        Ok(Self { tensors })
    }

    /// The same tensors of half precision, but for the biases of [`PREDICTORS`].
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] for a number beyond the range of half precision.
    pub(crate) fn into_half_precision(self) -> Result<Self> {
        let halve = |(path, tensor): (String, TensorData)| {
            if PREDICTORS.iter().any(|predictor| path.strip_prefix(predictor) == Some(".bias")) {
                return Ok((path, tensor));
            }
            let half = tensor.convert_dtype(DType::F16);
            if half.iter::<f32>().any(f32::is_infinite) {
                return Err(Error::WeightsIncompatible(format!("`{path}` holds a number that f16 cannot")));
            }
            Ok((path, half))
        };
        Ok(Self { tensors: self.tensors.into_iter().map(halve).collect::<Result<_>>()? })
    }

    /// The tensor at `path`.
    pub fn get(&self, path: &str) -> Option<&TensorData> {
        self.tensors.get(path)
    }

    /// The paths and tensors, ordered by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TensorData)> {
        self.tensors.iter().map(|(path, tensor)| (path.as_str(), tensor))
    }

    /// Puts the tensors into the parameters of `module`.
    ///
    /// # Errors
    /// [`Error::Internal`] unless each tensor found its parameter and each parameter its tensor.
    pub fn apply_to<M: ModuleSnapshot>(self, module: &mut M) -> Result<()> {
        let tensors = self.tensors.into_iter().map(|(path, tensor)| handed_over(path, tensor)).collect();
        let result = module.apply(tensors, None, Some(Box::new(PyTorchToBurnAdapter)), true);
        let missing = result.missing.iter().map(|(path, _)| format!("`{path}` got no weights"));
        let unused = result.unused.iter().map(|path| format!("the network has no `{path}`"));
        let failed = result.errors.iter().map(ToString::to_string);
        match missing.chain(unused).chain(failed).next() {
            Some(problem) => Err(Error::Internal(problem)),
            None => Ok(()),
        }
    }
}

/// A tensor whose numbers are given away when they are first asked for: burn-store keeps what it is
/// given until the last parameter is set, and so would have all of them twice.
fn handed_over(path: String, tensor: TensorData) -> Tensor {
    let (dtype, shape) = (tensor.dtype(), tensor.shape().clone());
    let given_away = || PackError::ValidationError("the tensor was asked for twice".into());
    let tensor = Mutex::new(Some(tensor));
    bridge::deferred(path, dtype, shape, None, move || {
        let mut tensor = tensor.lock().map_err(|_| given_away())?;
        tensor.take().ok_or_else(given_away)
    })
}
