//! The losses of the heads (`fastrcnn_loss` and `maskrcnn_loss` in
//! `torchvision/models/detection/roi_heads.py`).

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::config::RoiPooling;
use crate::model::Regions;
use crate::structures::BoundingBox;
use crate::train::loss::functions::{binary_cross_entropy, cross_entropy, nothing, partial_cross_entropy, smooth_l1};
use crate::train::targets::assignment::RegionTargets;
use crate::train::targets::masks::mask_target;
use crate::train::transfer::{floats, indices};
use crate::train::{Object, Objective, Sample};

/// Class and box loss of the heads.
pub(crate) fn box_losses(
    objective: &Objective,
    regions: &[Regions],
    targets: &[RegionTargets],
    samples: &[Sample],
) -> (Tensor<1>, Tensor<1>) {
    let device = regions[0].pyramid[0].device();
    let boxes: Vec<&[BoundingBox]> = targets.iter().map(|targets| targets.regions.as_slice()).collect();
    let size = objective.network.layout().roi_heads.box_head.pool_size;
    let Some(features) = pool(objective, regions, &boxes, size) else { return (nothing(&device), nothing(&device)) };
    let output = objective.network.roi_heads().boxes(features);
    let [n, classes] = output.logits.dims();

    let (mut labels, mut own, mut deltas) = (vec![], vec![], vec![]);
    let mut left_out = vec![];
    for (targets, sample) in targets.iter().zip(samples) {
        let first = labels.len();
        for (&object, delta) in targets.objects.iter().zip(&targets.deltas) {
            let class = sample.objects[object].class_id;
            own.push(labels.len() * classes + class);
            labels.push(class);
            deltas.extend(delta);
        }
        labels.extend((targets.objects.len()..targets.regions.len()).map(|_| 0));
        left_out.extend(labels[first..].iter().flat_map(|&label| left_out_classes(sample, label, classes)));
    }
    let labels = indices(labels, &device);
    let classifier = if samples.iter().all(|sample| sample.labelled.is_all()) {
        cross_entropy(output.logits, labels)
    } else {
        let left_out = indices(left_out, &device).reshape([n, classes]).equal_elem(1);
        partial_cross_entropy(output.logits, labels, left_out)
    };
    if own.is_empty() {
        return (classifier, nothing(&device));
    }
    let targets = floats(deltas, [own.len(), 4], &device);
    let predicted: Tensor<2> = output.deltas.reshape([n * classes, 4]);
    (classifier, smooth_l1(predicted.select(0, indices(own, &device)), targets) / n as f32)
}

/// 1 for each class that a region of an image teaches nothing about, else 0: those whose objects are not all labelled, but
/// for the region's own class.
fn left_out_classes(sample: &Sample, label: usize, classes: usize) -> impl Iterator<Item = usize> + '_ {
    (0..classes).map(move |class| usize::from(class != 0 && class != label && !sample.labelled.contains(class)))
}

/// The loss of the mask branch, over the positive regions whose object has a mask.
pub(crate) fn mask_loss(
    objective: &Objective,
    regions: &[Regions],
    targets: &[RegionTargets],
    samples: &[Sample],
) -> Tensor<1> {
    let device = regions[0].pyramid[0].device();
    let config = &objective.network.layout().roi_heads.mask_head;
    let aligned = objective.settings.detections.pooling == RoiPooling::Aligned;
    let cells = config.mask_size() * config.mask_size();
    let (mut boxes, mut classes, mut masks) = (vec![], vec![], vec![]);
    for (targets, sample) in targets.iter().zip(samples) {
        let mut of_picture = vec![];
        for (&region, &object) in targets.regions.iter().zip(&targets.objects) {
            let Object { class_id, mask: Some(mask), .. } = &sample.objects[object] else { continue };
            masks.push((mask, region, (sample.image.height(), sample.image.width())));
            classes.push(*class_id);
            of_picture.push(region);
        }
        boxes.push(of_picture);
    }
    let target = |(mask, region, picture)| mask_target(mask, &region, config.mask_size(), picture, aligned);
    let expected: Vec<Vec<f32>> = masks.into_par_iter().map(target).collect();
    let boxes: Vec<&[BoundingBox]> = boxes.iter().map(Vec::as_slice).collect();
    let features = pool(objective, regions, &boxes, config.pool_size);
    let Some(logits) = features.and_then(|features| objective.network.roi_heads().masks(features)) else {
        return nothing(&device);
    };
    let [n, of_each, _, _] = logits.dims();
    let own = classes.into_iter().enumerate().map(|(index, class)| index * of_each + class);
    let logits: Tensor<2> = logits.reshape([n * of_each, cells]).select(0, indices(own, &device));
    binary_cross_entropy(logits.reshape([n * cells]), floats(expected.into_iter().flatten(), [n * cells], &device))
}

/// Features of the regions of all images, `[n, channels, size, size]`; `None` if there is no region.
fn pool(objective: &Objective, regions: &[Regions], boxes: &[&[BoundingBox]], size: usize) -> Option<Tensor<4>> {
    let heads = &objective.network.layout().roi_heads;
    let pooled: Vec<_> = regions
        .iter()
        .zip(boxes)
        .filter(|(_, boxes)| !boxes.is_empty())
        .map(|(regions, boxes)| {
            let values = boxes.iter().flat_map(|region| [region.x1, region.y1, region.x2, region.y2]);
            let boxes = floats(values, [boxes.len(), 4], &regions.pyramid[0].device());
            heads.pool(regions, boxes, objective.settings.detections.pooling, size)
        })
        .collect();
    (!pooled.is_empty()).then(|| Tensor::cat(pooled, 0))
}
