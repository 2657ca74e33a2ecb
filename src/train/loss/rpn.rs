//! The losses of the region proposal network (Ren et al. 2015, equation 1;
//! `RegionProposalNetwork.compute_loss` in `torchvision/models/detection/rpn.py`).

use burn::tensor::{Device, Tensor};

use crate::model::Batch;
use crate::model::rpn::{Anchors, RpnOutput};
use crate::structures::BoundingBox;
use crate::train::loss::functions::{binary_cross_entropy, nothing, smooth_l1};
use crate::train::targets::assignment::AnchorTargets;
use crate::train::targets::sampler::Sampler;
use crate::train::transfer::{bounding_box, floats, indices, read_back};
use crate::train::{Objective, Sample};

/// Objectness and box loss of the region proposal network.
pub(crate) fn anchor_losses(
    objective: &Objective,
    batch: &Batch,
    outputs: &[RpnOutput; 5],
    samples: &[Sample],
    sampler: &mut impl Sampler,
) -> (Tensor<1>, Tensor<1>) {
    let device = outputs[0].objectness.device();
    let anchors = all_anchors(objective, batch, outputs);
    let (mut positive, mut negative, mut deltas) = (vec![], vec![], vec![]);
    for (picture, targets) in
        AnchorTargets::of_batch(objective.config, &anchors, samples, sampler).into_iter().enumerate()
    {
        let first = picture * anchors.len();
        positive.extend(targets.positive.iter().map(|anchor| first + anchor));
        negative.extend(targets.negative.iter().map(|anchor| first + anchor));
        deltas.extend(targets.deltas);
    }
    let (positives, total) = (positive.len(), positive.len() + negative.len());
    if total == 0 {
        return (nothing(&device), nothing(&device));
    }

    let pictures = samples.len();
    let logits = outputs.each_ref().map(|output| {
        let [_, ratios, height, width] = output.objectness.dims();
        output.objectness.clone().permute([0, 2, 3, 1]).reshape([pictures, height * width * ratios])
    });
    let logits: Tensor<1> = Tensor::cat(logits.into(), 1).reshape([pictures * anchors.len()]);
    let chosen = indices(positive.iter().chain(&negative).copied(), &device);
    let is_object = floats((0..total).map(|index| if index < positives { 1.0 } else { 0.0 }), [total], &device);
    let objectness = binary_cross_entropy(logits.select(0, chosen), is_object);
    if positives == 0 {
        return (objectness, nothing(&device));
    }

    let predicted = outputs.each_ref().map(|output| {
        let [_, ratios, height, width] = output.objectness.dims();
        let of_anchors = output.deltas.clone().reshape([pictures, ratios, 4, height, width]);
        of_anchors.permute([0, 3, 4, 1, 2]).reshape([pictures, height * width * ratios, 4])
    });
    let predicted: Tensor<2> = Tensor::cat(predicted.into(), 1).reshape([pictures * anchors.len(), 4]);
    let predicted = predicted.select(0, indices(positive, &device));
    let deltas = floats(deltas.into_iter().flatten(), [positives, 4], &device);
    (objectness, smooth_l1(predicted, deltas) / total as f32)
}

/// The anchors of an image, those of all levels one after the other.
fn all_anchors(objective: &Objective, batch: &Batch, outputs: &[RpnOutput; 5]) -> Vec<BoundingBox> {
    let [_, _, padded_height, padded_width] = batch.input.dims();
    let placement = objective.network.layout().rpn.anchor_placement;
    let anchors = Anchors { settings: &objective.settings.anchors, placement };
    let levels = outputs.iter().enumerate().map(|(level, output)| {
        let [_, _, height, width] = output.objectness.dims();
        // They depend on nothing but sizes, so that no other device has to be waited for.
        anchors.boxes(level, (height, width), (padded_height, padded_width), &Device::flex())
    });
    let values = read_back(Tensor::cat(levels.collect(), 0).flatten::<1>(0, 1));
    values.as_chunks().0.iter().map(bounding_box).collect()
}
