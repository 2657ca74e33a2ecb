//! The training targets of both stages of the network, computed on the CPU
//! (`assign_targets_to_anchors` in `torchvision/models/detection/rpn.py`, `select_training_samples`
//! in `torchvision/models/detection/roi_heads.py`).

use rayon::prelude::*;

use crate::ops::box_coder::{BOX_WEIGHTS, RPN_WEIGHTS};
use crate::structures::BoundingBox;
use crate::train::targets::matcher::{Match, Matcher};
use crate::train::targets::sampler::{Candidates, Sampler, Stage};
use crate::train::{ObjectiveConfig, Sample};

/// The targets of the region proposal network for an image.
pub(crate) struct AnchorTargets {
    /// Positive anchors.
    pub(crate) positive: Vec<usize>,
    /// Negative anchors.
    pub(crate) negative: Vec<usize>,
    /// The deltas from each positive anchor to its object.
    pub(crate) deltas: Vec<[f32; 4]>,
}

impl AnchorTargets {
    /// The targets of each image of a batch.
    pub(crate) fn of_batch(
        config: &ObjectiveConfig,
        anchors: &[BoundingBox],
        samples: &[Sample],
        sampler: &mut impl Sampler,
    ) -> Vec<Self> {
        let matcher = Matcher { foreground: config.rpn_fg_iou, background: config.rpn_bg_iou, keep_best: true };
        let run = |sample: &Sample| {
            let objects = boxes(sample);
            let mut matches = matcher.run(anchors, &objects, &sample.ignored);
            if !sample.labelled.is_all() {
                // Any of them may hold an object that is not labelled, and the objectness knows no classes.
                matches
                    .iter_mut()
                    .filter(|found| **found == Match::Background)
                    .for_each(|found| *found = Match::Ignored);
            }
            (objects, matches)
        };
        let matched_anchors: Vec<_> = samples.par_iter().map(run).collect();
        let targets = matched_anchors.iter().enumerate().map(|(entry, (objects, matches))| {
            let sampled =
                sampler.sample(Stage::Anchors, entry, Candidates { boxes: anchors, matches }, config.rpn_quota());
            let deltas = matched(&sampled.positive, matches)
                .map(|(anchor, object)| encode(&objects[object], &anchors[anchor], RPN_WEIGHTS))
                .collect();
            Self { positive: sampled.positive, negative: sampled.negative, deltas }
        });
        targets.collect()
    }
}

/// The targets of the heads for an image.
pub(crate) struct RegionTargets {
    /// The sampled regions, the positives first.
    pub(crate) regions: Vec<BoundingBox>,
    /// Index of the object of each positive region.
    pub(crate) objects: Vec<usize>,
    /// The deltas from each positive region to its object.
    pub(crate) deltas: Vec<[f32; 4]>,
}

impl RegionTargets {
    /// The targets of each image of a batch.
    pub(crate) fn of_batch(
        config: &ObjectiveConfig,
        proposals: Vec<Vec<BoundingBox>>,
        samples: &[Sample],
        sampler: &mut impl Sampler,
    ) -> Vec<Self> {
        let matcher = Matcher { foreground: config.box_fg_iou, background: config.box_bg_iou, keep_best: false };
        let run = |(mut candidates, sample): (Vec<BoundingBox>, &Sample)| {
            let objects = boxes(sample);
            candidates.extend(&objects);
            let matches = matcher.run(&candidates, &objects, &sample.ignored);
            (candidates, objects, matches)
        };
        let matched_candidates: Vec<_> = proposals.into_par_iter().zip(samples).map(run).collect();
        let targets = matched_candidates.iter().enumerate().map(|(entry, (candidates, objects, matches))| {
            let sampled =
                sampler.sample(Stage::Proposals, entry, Candidates { boxes: candidates, matches }, config.box_quota());
            let pairs: Vec<_> = matched(&sampled.positive, matches).collect();
            let positive = pairs.iter().map(|&(region, _)| region);
            Self {
                regions: positive.chain(sampled.negative).map(|region| candidates[region]).collect(),
                objects: pairs.iter().map(|&(_, object)| object).collect(),
                deltas: pairs
                    .iter()
                    .map(|&(region, object)| encode(&objects[object], &candidates[region], BOX_WEIGHTS))
                    .collect(),
            }
        });
        targets.collect()
    }
}

fn boxes(sample: &Sample) -> Vec<BoundingBox> {
    sample.objects.iter().map(|object| object.bounding_box).collect()
}

/// The positive candidates with the index of their object.
fn matched<'a>(positive: &'a [usize], matches: &'a [Match]) -> impl Iterator<Item = (usize, usize)> + 'a {
    positive.iter().filter_map(|&candidate| match matches[candidate] {
        Match::Object(object) => Some((candidate, object)),
        Match::Background | Match::Ignored => None,
    })
}

/// The deltas that move and scale `reference` to `object`: the inverse of
/// [`decode`](crate::ops::box_coder::decode) (`BoxCoder.encode` in `torchvision/models/detection/_utils.py`).
/// Both have sides longer than 0.
pub fn encode(object: &BoundingBox, reference: &BoundingBox, weights: [f32; 4]) -> [f32; 4] {
    let centre = |start: f32, length: f32| start + 0.5 * length;
    let shift = |object_start, object_length, start, length| {
        (centre(object_start, object_length) - centre(start, length)) / length
    };
    let (width, height) = (reference.width(), reference.height());
    let deltas = [
        shift(object.x1, object.width(), reference.x1, width),
        shift(object.y1, object.height(), reference.y1, height),
        (object.width() / width).ln(),
        (object.height() / height).ln(),
    ];
    core::array::from_fn(|index| weights[index] * deltas[index])
}
