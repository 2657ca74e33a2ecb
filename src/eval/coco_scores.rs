//! COCO's average precision and recall (`COCOeval.accumulate` and `summarize` of pycocotools).

use serde::Serialize;

use super::case::Case;
use super::matching::{Matches, Outcome, mean};
use super::params::{AT_75, AreaRange, IOU_THRESHOLDS, RECALLS, recalls};

/// COCO's twelve numbers, each 0..1: the mean of the categories, and, unless an IoU is named, of the
/// IoU thresholds 0.5, 0.55, … 0.95. `None` (pycocotools: -1) where there is no object to find.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CocoScores {
    /// Maximum number of detections per image and category.
    pub max_detections: usize,
    /// Average precision.
    pub ap: Option<f64>,
    /// Average precision at IoU 0.5.
    pub ap50: Option<f64>,
    /// Average precision at IoU 0.75.
    pub ap75: Option<f64>,
    /// Average precision for objects up to 32² square pixels.
    pub ap_small: Option<f64>,
    /// Average precision for objects of 32² to 96² square pixels.
    pub ap_medium: Option<f64>,
    /// Average precision for objects from 96² square pixels on.
    pub ap_large: Option<f64>,
    /// Recall with one detection an image and category.
    pub ar_1: Option<f64>,
    /// Recall with ten detections an image and category.
    pub ar_10: Option<f64>,
    /// Recall with `max_detections`.
    pub ar: Option<f64>,
    /// Recall for objects up to 32² square pixels.
    pub ar_small: Option<f64>,
    /// Recall for objects of 32² to 96² square pixels.
    pub ar_medium: Option<f64>,
    /// Recall for objects from 96² square pixels on.
    pub ar_large: Option<f64>,
}

impl CocoScores {
    /// The means over categories, for each of the limits that the curves were made for.
    pub(super) fn each(categories: &[&CategoryCurves], limits: &[usize]) -> Vec<Self> {
        limits.iter().enumerate().map(|(limit, &most)| Self::new(categories, limit, most)).collect()
    }

    fn new(categories: &[&CategoryCurves], limit: usize, max_detections: usize) -> Self {
        let [all, small, medium, large] = AreaRange::EACH.map(|range| {
            categories.iter().filter_map(|category| category.limits[limit][range as usize].as_ref()).collect::<Vec<_>>()
        });
        let ap = |curves: &[&Curves]| mean(curves.iter().flat_map(|curves| curves.precision));
        let ar = |curves: &[&Curves]| mean(curves.iter().flat_map(|curves| curves.recall));
        let at = |curves: &[&Curves], threshold: usize| mean(curves.iter().map(|curves| curves.precision[threshold]));
        let one: Vec<&Curves> = categories.iter().filter_map(|category| category.one.as_ref()).collect();
        let ten: Vec<&Curves> = categories.iter().filter_map(|category| category.ten.as_ref()).collect();
        Self {
            max_detections,
            ap: ap(&all),
            ap50: at(&all, 0),
            ap75: at(&all, AT_75),
            ap_small: ap(&small),
            ap_medium: ap(&medium),
            ap_large: ap(&large),
            ar_1: ar(&one),
            ar_10: ar(&ten),
            ar: ar(&all),
            ar_small: ar(&small),
            ar_medium: ar(&medium),
            ar_large: ar(&large),
        }
    }

    /// The numbers in the order of pycocotools' `COCOeval.stats`.
    pub fn stats(&self) -> [Option<f64>; 12] {
        [
            self.ap,
            self.ap50,
            self.ap75,
            self.ap_small,
            self.ap_medium,
            self.ap_large,
            self.ar_1,
            self.ar_10,
            self.ar,
            self.ar_small,
            self.ar_medium,
            self.ar_large,
        ]
    }
}

/// What the scores of one category, and the means over several, are taken from. A curve is `None` where there is no
/// object to find.
pub(super) struct CategoryCurves {
    one: Option<Curves>,
    ten: Option<Curves>,
    /// For each limit, in the order of [`AreaRange::EACH`].
    limits: Vec<[Option<Curves>; AreaRange::EACH.len()]>,
}

impl CategoryCurves {
    /// Of one category's cases in all images, in the order of the images' ids.
    pub(super) fn new(cases: &[&Case], limits: &[usize]) -> Self {
        let matched = AreaRange::EACH.map(|range| Matched::new(cases, range));
        let [one, ten] = [1, 10].map(|most| Curves::new(&matched[AreaRange::All as usize], most));
        let limits = limits.iter().map(|&most| matched.each_ref().map(|matched| Curves::new(matched, most))).collect();
        Self { one, ten, limits }
    }
}

/// The cases of one category, matched.
struct Matched<'a> {
    pictures: Vec<(&'a Case, Matches)>,
}

impl<'a> Matched<'a> {
    fn new(cases: &[&'a Case], range: AreaRange) -> Self {
        Self { pictures: cases.iter().map(|&case| (case, Matches::new(case, range))).collect() }
    }
}

/// Precision and recall of one category, at each IoU threshold.
struct Curves {
    /// Mean of the precision at the 101 recalls.
    precision: [f64; IOU_THRESHOLDS],
    /// Recall of all detections.
    recall: [f64; IOU_THRESHOLDS],
}

impl Curves {
    /// `None` where there is no object to find. At most `most` detections an image are taken.
    fn new(matched: &Matched<'_>, most: usize) -> Option<Self> {
        let objects: usize = matched.pictures.iter().map(|(_, matches)| matches.objects).sum();
        if objects == 0 {
            return None;
        }
        // Where each detection stands: its image, and its place there; best score first.
        let mut order = Vec::new();
        for (picture, (case, _)) in matched.pictures.iter().enumerate() {
            let scores = case.detections.iter().take(most).enumerate();
            order.extend(scores.map(|(place, detection)| (detection.score, picture, place)));
        }
        order.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(core::cmp::Ordering::Equal));
        let mut curves = Self { precision: [0.0; IOU_THRESHOLDS], recall: [0.0; IOU_THRESHOLDS] };
        for threshold in 0..IOU_THRESHOLDS {
            let outcomes =
                order.iter().map(|&(_, picture, place)| matched.pictures[picture].1.outcomes[threshold][place]);
            let (precision, recall) = curve(outcomes, objects);
            curves.precision[threshold] = precision;
            curves.recall[threshold] = recall;
        }
        Some(curves)
    }
}

/// Mean precision at the 101 recalls, and the highest recall, of detections in the order of their scores.
fn curve(outcomes: impl Iterator<Item = Outcome>, objects: usize) -> (f64, f64) {
    let (mut right, mut wrong) = (0usize, 0usize);
    let (mut recall, mut precision) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Outcome::TruePositive => right += 1,
            Outcome::FalsePositive => wrong += 1,
            Outcome::Ignored => (),
        }
        recall.push(right as f64 / objects as f64);
        precision.push(right as f64 / (right as f64 + wrong as f64 + f64::EPSILON));
    }
    // The precision at a recall is the best at that recall or a higher one.
    for i in (1..precision.len()).rev() {
        precision[i - 1] = f64::max(precision[i - 1], precision[i]);
    }
    let at = |wanted: f64| {
        let first = recall.partition_point(|&recall| recall < wanted);
        precision.get(first).copied().unwrap_or(0.0)
    };
    (recalls().map(at).iter().sum::<f64>() / RECALLS as f64, recall.last().copied().unwrap_or(0.0))
}
