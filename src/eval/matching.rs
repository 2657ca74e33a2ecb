//! Matches detections with ground truth (`COCOeval.evaluateImg` of pycocotools).

use super::case::{Case, CaseDetection};
use super::params::{AreaRange, IOU_THRESHOLDS, iou_thresholds};

/// How a detection counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It matches an object that no better detection matches.
    TruePositive,
    /// It matches nothing.
    FalsePositive,
    /// It matches a crowd or an object of another size, or matches nothing and is itself of another size or of a category
    /// whose objects are not all annotated.
    Ignored,
}

/// The matches of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matches {
    /// Number of positives: the objects of the range except for crowds.
    pub(super) objects: usize,
    /// For each threshold, how each detection counts, in the order of the case.
    pub(super) outcomes: [Vec<Outcome>; IOU_THRESHOLDS],
}

impl Matches {
    /// Matches the detections of a case, best score first: each takes the object that it overlaps most
    /// among those that are left and that it overlaps enough.
    pub(super) fn new(case: &Case, range: AreaRange) -> Self {
        let ignored: Vec<bool> = case.truths.iter().map(|truth| truth.crowd || !range.contains(truth.area)).collect();
        let outcomes = iou_thresholds().map(|threshold| {
            let mut left = vec![true; case.truths.len()];
            let outcome = |detection: &CaseDetection| {
                let best = |ignorable: bool| {
                    let candidates = detection.overlaps.iter().filter(|overlap| {
                        overlap.iou >= threshold && ignored[overlap.truth] == ignorable && left[overlap.truth]
                    });
                    // The last one of several that overlap equally, as `max_by` and pycocotools have it.
                    candidates.max_by(|a, b| a.iou.total_cmp(&b.iou)).map(|overlap| overlap.truth)
                };
                // An object to find goes before one to ignore that would overlap more.
                let (object, otherwise) = match best(false) {
                    Some(object) => (Some(object), Outcome::TruePositive),
                    None => (best(true), Outcome::Ignored),
                };
                match object {
                    Some(object) => {
                        left[object] = case.truths[object].crowd;
                        otherwise
                    }
                    // Where not all objects are annotated, it may be one of the others (as in LVIS, Gupta et al. 2019).
                    None if range.contains(detection.area) && case.is_exhaustive => Outcome::FalsePositive,
                    None => Outcome::Ignored,
                }
            };
            case.detections.iter().map(outcome).collect()
        });
        Self { objects: ignored.iter().filter(|&&ignored| !ignored).count(), outcomes }
    }
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0usize, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f64)
}
