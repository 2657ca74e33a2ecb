//! Training that begins with the weights of a trained network (fine-tuning).

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Tensor, TensorData};

use crate::config::Norm;
use crate::model::MaskRcnn;
use crate::train::map_parameters;
use crate::train::weights::state::{norm_eps, transposed};
use crate::weights::fold::BatchNorm;
use crate::weights::layers::{Layer, NORM, layers};
use crate::weights::torchvision::{Checkpoint, Classifier};
use crate::weights::{StateDict, file_eps};
use crate::{Error, Layout, Result};

/// What became of the layers at the start of a training. Layers have torchvision's names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start {
    /// Layers that have the weights of the trained network.
    pub kept: Vec<String>,
    /// Layers that the trained network has not, or in another shape, as the predictors are where the
    /// number of classes differs. They keep the weights that they had.
    pub initialised: Vec<String>,
    /// Layers of a network for classification that a detector has no use for.
    pub unused: Vec<String>,
}

/// Gives `model` the weights of a trained network as far as the two have layers in common.
///
/// `state` is a state dict of a torchvision Faster or Mask R-CNN, of any release, or of a network for classification, of
/// which the classifier is left out: a torchvision ResNet, or an EfficientNet-Lite of the Python package
/// `efficientnet_lite_pytorch`. The layers that it does not have
/// keep what [`initialise`](crate::train::initialise()) gave them.
///
/// # Errors
/// [`Error::WeightsIncompatible`] if a layer of the body does not fit, or a classifier has one more; the errors of
/// [`StateTensor::to_f32`](crate::weights::StateTensor::to_f32).
pub fn start_from(model: MaskRcnn, state: StateDict) -> Result<(MaskRcnn, Start)> {
    let layout = model.layout().clone();
    let classifier = Classifier::of(&state);
    let (state, unused) = match classifier {
        Some(classifier) => as_backbone(state, classifier.head),
        None => (state, vec![]),
    };
    let normed_pyramid = state.get("backbone.fpn.inner_blocks.0.1.weight").is_some();
    let checkpoint = Checkpoint::new(state, None)?;
    if checkpoint.detectron2.is_some() {
        return Err(Error::WeightsIncompatible(
            "the weights are detectron2's, whose network computes otherwise than the trained one; \
             start from torchvision's"
                .into(),
        ));
    }
    // A classifier's normalisations are never frozen.
    let eps = file_eps(&layout.backbone, classifier.is_some() || checkpoint.tracks_batches, normed_pyramid);

    let mut start = Start { unused, ..Start::default() };
    let mut values = BTreeMap::new();
    let layers = layers(&layout);
    for layer in &layers {
        let fits = layer
            .tensors()
            .all(|(name, shape)| checkpoint.state.get(&name).is_some_and(|tensor| tensor.shape() == shape));
        if fits {
            values.extend(layer_values(&checkpoint.state, layer, &layout, eps)?);
            start.kept.push(layer.name.clone());
        } else {
            start.initialised.push(layer.name.clone());
        }
    }
    if let Some(name) = start.initialised.iter().find(|name| name.starts_with("backbone.body.")) {
        return Err(Error::WeightsIncompatible(format!(
            "`{name}` is missing or has another shape: the bodies are not of the same kind, depth and widths"
        )));
    }
    if classifier.is_some() {
        let known: BTreeSet<String> = layers.iter().flat_map(|layer| layer.tensors().map(|(name, _)| name)).collect();
        if let Some((name, _)) = checkpoint.state.iter().find(|(name, _)| !known.contains(*name)) {
            return Err(Error::WeightsIncompatible(format!("`{name}` has no place in the network that is trained")));
        }
    }
    let model = map_parameters(model, |parameter| {
        let values = values.remove(&parameter.path)?;
        let count = values.len();
        Some(Tensor::from_data(TensorData::new(values, [count]), &parameter.value.device()))
    });
    Ok((model, start))
}

/// A state dict of a network for classification as that of a backbone, and the names of the layers that are left out,
/// which begin as `head` says.
fn as_backbone(state: StateDict, head: &[&str]) -> (StateDict, Vec<String>) {
    let (left_out, body): (Vec<_>, Vec<_>) =
        state.into_iter().partition(|(name, _)| head.iter().any(|prefix| name.starts_with(prefix)));
    let layer = |name: String| name.rsplit_once('.').map_or(name.clone(), |(layer, _)| layer.to_owned());
    let mut unused: Vec<String> = left_out.into_iter().map(|(name, _)| layer(name)).collect();
    unused.dedup();
    (body.into_iter().map(|(name, tensor)| (format!("backbone.body.{name}"), tensor)).collect(), unused)
}

/// The values of a layer's parameters, by path. The checkpoint has all tensors of the layer.
fn layer_values(state: &StateDict, layer: &Layer, layout: &Layout, eps: f64) -> Result<Vec<(String, Vec<f32>)>> {
    let read = |owner: &str, parameter: &str| match state.get(&format!("{owner}.{parameter}")) {
        Some(tensor) => tensor.to_f32(),
        None => Err(Error::Internal(format!("`{owner}.{parameter}` is missing (bug: checked earlier)"))),
    };
    let path = |parameter: &str| format!("{}.{parameter}", layer.path);
    let mut weight = read(&layer.name, "weight")?;
    if let [outputs, inputs] = layer.weight[..] {
        weight = transposed(&TensorData::new(weight, [outputs, inputs])).iter().collect();
    }
    let Some(norm) = &layer.norm else {
        return Ok(vec![(path("weight"), weight), (path("bias"), read(&layer.name, "bias")?)]);
    };
    let [gain, bias, mean, variance] = NORM.map(|parameter| read(norm, parameter));
    let (gain, bias, mean, mut variance) = (gain?, bias?, mean?, variance?);
    if layout.norm == Norm::Folded {
        let bias = BatchNorm { weight: gain, bias, mean, variance }.fold(&mut weight, eps);
        return Ok(vec![(path("weight"), weight), (path("bias"), bias)]);
    }
    // What is added to variances is the network's from now on; the sum stays the checkpoint's.
    let (own_eps, _) = norm_eps(layout);
    variance.iter_mut().for_each(|variance| *variance = (f64::from(*variance) + eps - own_eps) as f32);
    let norms = NORM.iter().map(|parameter| path(&format!("norm.{parameter}"))).zip([gain, bias, mean, variance]);
    Ok(core::iter::once((path("weight"), weight)).chain(norms).collect())
}
