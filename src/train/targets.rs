//! What the two stages of the network are taught about a picture, computed on the CPU
//! (`assign_targets_to_anchors` in `torchvision/models/detection/rpn.py`, `select_training_samples`
//! in `torchvision/models/detection/roi_heads.py`).

use super::box_targets::encode;
use super::matcher::{Match, Matcher};
use super::sampler::{Sampler, Stage};
use super::{ObjectiveConfig, Sample};
use crate::ops::box_coder::{BOX_WEIGHTS, RPN_WEIGHTS};
use crate::structures::BoundingBox;

/// What the region proposal network is taught about a picture.
pub(super) struct AnchorTargets {
    /// Anchors that stand for an object.
    pub(super) positive: Vec<usize>,
    /// Anchors that stand for none.
    pub(super) negative: Vec<usize>,
    /// What moves and scales each positive anchor to its object.
    pub(super) deltas: Vec<[f32; 4]>,
}

impl AnchorTargets {
    pub(super) fn new(
        config: &ObjectiveConfig,
        anchors: &[BoundingBox],
        sample: &Sample,
        picture: usize,
        sampler: &mut impl Sampler,
    ) -> Self {
        let matcher = Matcher { foreground: config.rpn_fg_iou, background: config.rpn_bg_iou, keep_best: true };
        let objects = boxes(sample);
        let matches = matcher.run(anchors, &objects, &sample.ignored);
        let sampled = sampler.sample(Stage::Anchors, picture, anchors, &matches, config.rpn_quota());
        let deltas = matched(&sampled.positive, &matches)
            .map(|(anchor, object)| encode(&objects[object], &anchors[anchor], RPN_WEIGHTS))
            .collect();
        Self { positive: sampled.positive, negative: sampled.negative, deltas }
    }
}

/// What the heads are taught about a picture.
pub(super) struct RegionTargets {
    /// The sampled regions, those that stand for an object first.
    pub(super) regions: Vec<BoundingBox>,
    /// For each region that stands for an object: which one.
    pub(super) objects: Vec<usize>,
    /// What moves and scales each region that stands for an object to it.
    pub(super) deltas: Vec<[f32; 4]>,
}

impl RegionTargets {
    pub(super) fn new(
        config: &ObjectiveConfig,
        proposals: Vec<BoundingBox>,
        sample: &Sample,
        picture: usize,
        sampler: &mut impl Sampler,
    ) -> Self {
        let matcher = Matcher { foreground: config.box_fg_iou, background: config.box_bg_iou, keep_best: false };
        let objects = boxes(sample);
        let mut candidates = proposals;
        candidates.extend(&objects);
        let matches = matcher.run(&candidates, &objects, &sample.ignored);
        let sampled = sampler.sample(Stage::Proposals, picture, &candidates, &matches, config.box_quota());
        let pairs: Vec<_> = matched(&sampled.positive, &matches).collect();
        let positive = pairs.iter().map(|&(region, _)| region);
        Self {
            regions: positive.chain(sampled.negative).map(|region| candidates[region]).collect(),
            objects: pairs.iter().map(|&(_, object)| object).collect(),
            deltas: pairs
                .iter()
                .map(|&(region, object)| encode(&objects[object], &candidates[region], BOX_WEIGHTS))
                .collect(),
        }
    }
}

fn boxes(sample: &Sample) -> Vec<BoundingBox> {
    sample.objects.iter().map(|object| object.bounding_box).collect()
}

/// Of `positive` candidates those that have an object, with it.
fn matched<'a>(positive: &'a [usize], matches: &'a [Match]) -> impl Iterator<Item = (usize, usize)> + 'a {
    positive.iter().filter_map(|&candidate| match matches[candidate] {
        Match::Object(object) => Some((candidate, object)),
        Match::Background | Match::Ignored => None,
    })
}
