//! The training loss: L = L_cls + L_box + L_mask (He et al. 2017, section 3) plus the two
//! losses of the region proposal network, as torchvision computes them
//! (`torchvision/models/detection/rpn.py` and `roi_heads.py`).

use burn::tensor::Tensor;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::model::rpn::{BatchProposals, RpnOutput, entries_at_once, propose_batch};
use crate::model::{Batch, MaskRcnn, Regions};
use crate::ops::{ABSENT, join};
use crate::structures::BoundingBox;
use crate::train::Sample;
use crate::train::loss::roi_heads::{box_losses, mask_loss};
use crate::train::loss::rpn::anchor_losses;
use crate::train::targets::assignment::RegionTargets;
use crate::train::targets::sampler::{Quota, Sampler};
use crate::train::transfer::{bounding_box, read_back};
use crate::{Error, Result};

/// How anchors and proposals are matched with objects, and how many of them are sampled.
/// The defaults are torchvision's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// Anchors with at least this IoU with an object, 0 to 1, are positive.
    pub rpn_fg_iou: f32,
    /// Anchors below this IoU with every object, 0 to 1, are negative; those between are ignored.
    pub rpn_bg_iou: f32,
    /// Number of anchors sampled per image.
    pub rpn_batch: usize,
    /// Maximum share of positives among them, 0 to 1.
    pub rpn_positive: f32,
    /// Number of candidates of each pyramid level that enter non-maximum suppression.
    pub rpn_pre_nms: usize,
    /// Number of proposals of an image that come out of it at most.
    pub rpn_post_nms: usize,
    /// Proposals with at least this IoU with an object, 0 to 1, are positive.
    pub box_fg_iou: f32,
    /// Proposals below this IoU with every object, 0 to 1, are negative.
    pub box_bg_iou: f32,
    /// Number of proposals sampled per image.
    pub box_batch: usize,
    /// Maximum share of positives among them, 0 to 1.
    pub box_positive: f32,
}

impl Default for ObjectiveConfig {
    fn default() -> Self {
        Self {
            rpn_fg_iou: 0.7,
            rpn_bg_iou: 0.3,
            rpn_batch: 256,
            rpn_positive: 0.5,
            rpn_pre_nms: 2000,
            rpn_post_nms: 2000,
            box_fg_iou: 0.5,
            box_bg_iou: 0.5,
            box_batch: 512,
            box_positive: 0.25,
        }
    }
}

impl ObjectiveConfig {
    /// How many anchors of an image are sampled.
    pub(crate) fn rpn_quota(&self) -> Quota {
        Quota { total: self.rpn_batch, positive: self.rpn_positive }
    }

    /// How many proposals of an image are sampled.
    pub(crate) fn box_quota(&self) -> Quota {
        Quota { total: self.box_batch, positive: self.box_positive }
    }
}

/// The losses of a batch, each of shape `[1]`, 0 or more.
#[derive(Debug, Clone)]
pub struct Losses {
    /// Classification of the sampled proposals.
    pub classifier: Tensor<1>,
    /// Box regression of the positive proposals.
    pub box_reg: Tensor<1>,
    /// Masks of the positive proposals; `None` for a Faster R-CNN.
    pub mask: Option<Tensor<1>>,
    /// Objectness of the sampled anchors.
    pub objectness: Tensor<1>,
    /// Box regression of the positive anchors.
    pub rpn_box_reg: Tensor<1>,
}

impl Losses {
    /// Their sum, which training minimises.
    pub fn total(&self) -> Tensor<1> {
        let boxes = self.classifier.clone() + self.box_reg.clone() + self.objectness.clone() + self.rpn_box_reg.clone();
        match &self.mask {
            Some(mask) => boxes + mask.clone(),
            None => boxes,
        }
    }
}

/// What is trained, and towards what.
#[derive(Debug, Clone, Copy)]
pub struct Objective<'a> {
    /// The network.
    pub network: &'a MaskRcnn,
    /// Its settings.
    pub settings: &'a Settings,
    /// How anchors and proposals are matched and sampled.
    pub config: &'a ObjectiveConfig,
}

impl Objective<'_> {
    /// The losses of a batch that [`normalise`](crate::config::InputSettings::normalise) made of the
    /// samples' images.
    ///
    /// A part without targets, such as the boxes of an image without objects, has loss 0
    /// and no gradient. Where the network is in training (its parameters require gradients) the running
    /// statistics of its normalisations are updated.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if batch and samples do not belong together, or if an object has a class
    /// that the network does not have, a box with a side that is not longer than 0, or a mask whose number of
    /// pixels is not that of its size.
    pub fn losses(&self, batch: &Batch, samples: &[Sample], sampler: &mut impl Sampler) -> Result<Losses> {
        let &Self { network, config, .. } = self;
        check(network, batch, samples)?;
        let input = if network.device().is_autodiff() { batch.input.clone().autodiff() } else { batch.input.clone() };
        let pyramid = network.pyramid(network.stages(input));
        let outputs = network.rpn(&pyramid);
        let (objectness, rpn_box_reg) = anchor_losses(self, batch, &outputs, samples, sampler);

        let targets = RegionTargets::of_batch(config, self.proposals(batch, &outputs), samples, sampler);
        let layout = network.layout();
        let regions = (0..samples.len()).map(|entry| Regions::new(layout, batch, &pyramid, entry));
        let regions: Vec<Regions> = regions.collect();
        let (classifier, box_reg) = box_losses(self, &regions, &targets, samples);
        let mask = layout.masks.then(|| mask_loss(self, &regions, &targets, samples));
        Ok(Losses { classifier, box_reg, mask, objectness, rpn_box_reg })
    }

    /// The proposals of each image, of the whole batch at once.
    fn proposals(&self, batch: &Batch, outputs: &[RpnOutput; 5]) -> Vec<Vec<BoundingBox>> {
        let mut settings = self.settings.clone();
        settings.proposals.pre_nms_top_n = self.config.rpn_pre_nms;
        settings.proposals.post_nms_top_n = self.config.rpn_post_nms;
        let outputs = outputs.each_ref().map(|output| RpnOutput {
            objectness: output.objectness.clone().inner(),
            deltas: output.deltas.clone().inner(),
        });
        let images = batch.sizes.len();
        let at_once = entries_at_once(&outputs);
        let parts = (0..images).step_by(at_once).map(|first| {
            let entries = first..images.min(first + at_once);
            let candidates = self.network.candidates(&settings, batch, &outputs, entries.clone());
            let BatchProposals { boxes, scores } = propose_batch(&settings.proposals, candidates, entries.len());
            Tensor::cat(vec![boxes, scores.unsqueeze_dim(2)], 2)
        });
        let proposals: Tensor<3> = join(parts.collect(), 0);
        let of_image = proposals.dims()[1];
        // All images at once, since the device is waited for.
        let values = read_back(proposals.flatten::<1>(0, 2));
        let present = |&[x1, y1, x2, y2, score]: &[f32; 5]| (score > ABSENT).then(|| bounding_box(&[x1, y1, x2, y2]));
        let rows = values.as_chunks::<5>().0.chunks(of_image.max(1));
        rows.map(|rows| rows.iter().filter_map(present).collect()).collect()
    }
}

fn check(network: &MaskRcnn, batch: &Batch, samples: &[Sample]) -> Result<()> {
    let invalid = |what: String| Err(Error::InvalidInput(what));
    if samples.is_empty() || samples.len() != batch.sizes.len() {
        return invalid(format!("the batch has {} images, but {} samples", batch.sizes.len(), samples.len()));
    }
    let classes = network.layout().num_classes;
    for (index, (sample, size)) in samples.iter().zip(&batch.sizes).enumerate() {
        if (sample.image.height(), sample.image.width()) != size.resized {
            return invalid(format!("image {index} of the batch was resized, but its objects were not"));
        }
        for object in &sample.objects {
            let bounding_box = &object.bounding_box;
            if !(1..classes).contains(&object.class_id) {
                return invalid(format!(
                    "an object has class {}; the network has 1 to {}",
                    object.class_id,
                    classes - 1
                ));
            }
            if !(bounding_box.width() > 0.0 && bounding_box.height() > 0.0) {
                return invalid(format!("an object has an empty box: {bounding_box:?}"));
            }
            if object.mask.as_ref().is_some_and(|mask| mask.pixels.len() != mask.part.width * mask.part.height) {
                return invalid("an object's mask has a different number of pixels than its size".into());
            }
        }
    }
    Ok(())
}
