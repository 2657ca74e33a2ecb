//! A network in training as a state dict with torchvision's names, and as the network to deploy.

use std::collections::BTreeMap;

use burn::tensor::{Device, TensorData};

use crate::config::Norm;
use crate::model::MaskRcnn;
use crate::train::read_parameters;
use crate::weights::layers::{Layer, NORM, layers};
use crate::weights::{NamedTensors, StateDict, StateTensor, file_eps};
use crate::{Error, Layout, Result};

/// The network's state dict, in f32: what torchvision's network of the same layout would save, with
/// the running statistics, so that [`load`](crate::weights::load) folds and deploys it.
///
/// A reader tells the `eps` of the normalisations by the kind of body, 1e-3 for an EfficientNet-Lite, and else by
/// whether the batches are counted (`num_batches_tracked`): 1e-5, or 0. For other values the variances are corrected, so that it comes
/// to the same. A folded normalisation is written as one that only adds the bias.
///
/// # Errors
/// [`Error::Internal`] if the network has not what its layout says.
pub fn state_dict(model: &MaskRcnn) -> Result<StateDict> {
    let layout = model.layout();
    let mut values = Values(read_parameters(model));
    let (eps, trained) = norm_eps(layout);
    let counted = trained || eps > 0.0;
    let correction = (eps - file_eps(&layout.backbone, counted, layout.normed.fpn)) as f32;
    let mut tensors = vec![];
    let mut push = |name: String, tensor: TensorData| {
        tensors.push((name.clone(), StateTensor::from_data(name, tensor)));
    };
    for layer in layers(layout) {
        push(format!("{}.weight", layer.name), values.weight(&layer)?);
        let Some(norm) = &layer.norm else {
            push(format!("{}.bias", layer.name), values.take(&layer, "bias")?);
            continue;
        };
        let [weight, bias, mean, variance] = if layout.norm == Norm::Folded {
            let constant = |value: f32| TensorData::new(vec![value; layer.outputs], [layer.outputs]);
            [constant(1.0), values.take(&layer, "bias")?, constant(0.0), constant(1.0)]
        } else {
            let [weight, bias, mean, variance] =
                NORM.map(|parameter| values.take(&layer, &format!("norm.{parameter}")));
            [weight?, bias?, mean?, variance?]
        };
        let variance = variance.iter::<f32>().map(|variance| variance + correction).collect::<Vec<_>>();
        let variance = TensorData::new(variance, [layer.outputs]);
        for (parameter, tensor) in NORM.iter().zip([weight, bias, mean, variance]) {
            push(format!("{norm}.{parameter}"), tensor);
        }
        if counted {
            // The momentum being constant, nothing depends on the count itself.
            push(format!("{norm}.num_batches_tracked"), TensorData::new(vec![0i64], [0usize; 0]));
        }
    }
    Ok(tensors.into_iter().collect())
}

/// The network to deploy: with the normalisations' running statistics folded into the convolutions,
/// on `device`.
///
/// # Errors
/// As [`state_dict`], and [`Error::WeightsIntegrity`] if training has produced a number that is
/// infinite or none.
pub fn folded(model: &MaskRcnn, device: &Device) -> Result<MaskRcnn> {
    let layout = model.layout();
    let (eps, trained) = norm_eps(layout);
    let eps = file_eps(&layout.backbone, trained || eps > 0.0, layout.normed.fpn);
    let tensors = NamedTensors::new(&state_dict(model)?, &layers(layout), eps)?;
    let mut folded = Layout { norm: Norm::Folded, ..layout.clone() }.init(device);
    tensors.apply_to(&mut folded)?;
    Ok(folded)
}

/// What the network adds to variances, and whether its normalisations are trained. A folded one counts
/// as one with variance 1 and nothing added.
pub(crate) fn norm_eps(layout: &Layout) -> (f64, bool) {
    match layout.norm {
        Norm::Folded => (0.0, false),
        Norm::Frozen { eps } => (eps, false),
        Norm::Batch { eps, .. } => (eps, true),
    }
}

/// The network's numbers, by path.
struct Values(BTreeMap<String, TensorData>);

impl Values {
    fn take(&mut self, layer: &Layer, parameter: &str) -> Result<TensorData> {
        let path = format!("{}.{parameter}", layer.path);
        self.0.remove(&path).ok_or_else(|| Error::Internal(format!("the network has no `{path}`")))
    }

    /// A layer's weight with its axes in PyTorch's order.
    fn weight(&mut self, layer: &Layer) -> Result<TensorData> {
        let weight = self.take(layer, "weight")?;
        Ok(if layer.weight.len() == 2 { transposed(&weight) } else { weight })
    }
}

/// A matrix with its axes exchanged: burn has a linear layer's inputs first, PyTorch the outputs.
pub(crate) fn transposed(matrix: &TensorData) -> TensorData {
    let (rows, columns) = (matrix.shape()[0], matrix.shape()[1]);
    let values: Vec<f32> = matrix.iter().collect();
    let exchanged = (0..rows * columns).map(|index| values[index % rows * columns + index / rows]).collect();
    TensorData::new::<f32, _>(exchanged, [columns, rows])
}
