//! The average precision of the literature on cells: TP / (TP + FP + FN) (2018 Data Science Bowl,
//! Caicedo et al. 2019; StarDist, Schmidt et al. 2018).

use std::iter::Sum;
use std::ops::Add;

use serde::Serialize;

use super::case::Case;
use super::matching::{Matches, Outcome, mean};
use super::params::{AT_75, AreaRange, IOU_THRESHOLDS};

/// How well the instances, the detections that reach the score threshold, match the ground truth.
///
/// They are matched as COCO does it: best score first, each takes the object of its category that it
/// overlaps most among those that are left. Where masks do not overlap each other, no instance can
/// reach IoU 0.5 with two objects, nor two instances with one, and any way of matching gives the same
/// (at exactly 0.5 it takes two halves of an object). Crowds, and instances that match them, are
/// left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InstanceScores {
    /// Mean over images, as in the literature; an image without objects and instances has no
    /// score.
    pub per_picture: InstancePrecision,
    /// Of all images' objects and instances together.
    pub pooled: InstancePrecision,
    /// Over all images, at IoU 0.5.
    pub counts: InstanceCounts,
}

/// TP / (TP + FP + FN), 0..1; `None` where there is nothing and nothing was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct InstancePrecision {
    /// At IoU 0.5.
    pub ap50: Option<f64>,
    /// At IoU 0.75.
    pub ap75: Option<f64>,
    /// Mean over the IoU thresholds.
    pub ap: Option<f64>,
    /// At IoU 0.5, 0.55, … 0.95.
    pub by_iou: [Option<f64>; IOU_THRESHOLDS],
}

/// Numbers of matched and unmatched instances and objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct InstanceCounts {
    /// Instances that match an object.
    pub true_positives: usize,
    /// Instances that match none.
    pub false_positives: usize,
    /// Objects that no instance matches.
    pub false_negatives: usize,
}

impl Add for InstanceCounts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            true_positives: self.true_positives + other.true_positives,
            false_positives: self.false_positives + other.false_positives,
            false_negatives: self.false_negatives + other.false_negatives,
        }
    }
}

impl Sum for InstanceCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

impl InstanceCounts {
    /// TP / (TP + FP + FN), 0..1; `None` where there is nothing and nothing was found.
    pub fn precision(&self) -> Option<f64> {
        let all = self.true_positives + self.false_positives + self.false_negatives;
        (all > 0).then(|| self.true_positives as f64 / all as f64)
    }
}

/// The counts of one image, or of one category in it, at each IoU threshold.
pub(super) type PictureCounts = [InstanceCounts; IOU_THRESHOLDS];

/// Counts one category's instances in one image, the detections with at least the score `threshold`.
pub(super) fn count(case: &Case, threshold: f64) -> PictureCounts {
    let instances = case.detections.iter().take_while(|detection| detection.score >= threshold).count();
    let matches = Matches::new(case, AreaRange::All);
    matches.outcomes.each_ref().map(|outcomes| {
        let of = |outcome: Outcome| outcomes[..instances].iter().filter(|&&other| other == outcome).count();
        let right = of(Outcome::TruePositive);
        InstanceCounts {
            true_positives: right,
            false_positives: of(Outcome::FalsePositive),
            false_negatives: matches.objects - right,
        }
    })
}

/// Counts of several categories, or images, together.
pub(super) fn total(counts: &[PictureCounts]) -> PictureCounts {
    core::array::from_fn(|threshold| counts.iter().map(|counts| counts[threshold]).sum())
}

impl InstancePrecision {
    /// Of one image, or of several together.
    pub(super) fn new(counts: &PictureCounts) -> Self {
        Self::of(counts.map(|counts| counts.precision()))
    }

    fn of(by_iou: [Option<f64>; IOU_THRESHOLDS]) -> Self {
        Self { ap50: by_iou[0], ap75: by_iou[AT_75], ap: mean(by_iou.into_iter().flatten()), by_iou }
    }
}

impl InstanceScores {
    /// Over the images.
    pub(super) fn new(pictures: &[PictureCounts]) -> Self {
        let at = |threshold: usize| pictures.iter().map(move |counts| counts[threshold]);
        let pooled = total(pictures);
        let own = |threshold: usize| mean(at(threshold).filter_map(|counts| counts.precision()));
        Self {
            per_picture: InstancePrecision::of(core::array::from_fn(own)),
            pooled: InstancePrecision::new(&pooled),
            counts: pooled[0],
        }
    }
}
