//! One category in one image: what scores are computed from.

use std::collections::BTreeSet;

use super::overlap::{box_overlap, mask_overlap};
use super::params::iou_thresholds;
use super::picture::{Found, Picture, Region, Truth};

/// The detections of one category in one image, best score first (equal ones in their order), and
/// the ground truth, in its order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Case {
    pub(super) category: u64,
    /// Whether every object of the category is among the truths.
    pub(super) is_exhaustive: bool,
    pub(super) detections: Vec<CaseDetection>,
    pub(super) truths: Vec<CaseTruth>,
}

/// A detection, and the objects that it may match.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CaseDetection {
    pub(super) score: f64,
    /// Area of what is compared, in square pixels.
    pub(super) area: f64,
    /// The overlaps that reach the lowest threshold, in the order of the truths.
    pub(super) overlaps: Vec<Overlap>,
}

/// An object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CaseTruth {
    /// As annotated, in square pixels.
    pub(super) area: f64,
    pub(super) crowd: bool,
}

/// How much a detection and an object have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overlap {
    /// Which of the truths.
    pub(super) truth: usize,
    pub(super) iou: f64,
}

impl Case {
    /// An image's cases, of the categories that are or were found in it, in the order of their ids.
    pub(super) fn of_picture(picture: &Picture, region: Region) -> Vec<Self> {
        let has = |mask: bool| region == Region::Box || mask;
        let truths: Vec<&Truth> = picture.truths.iter().filter(|truth| has(truth.mask.is_some())).collect();
        let found: Vec<&Found> = picture.found.iter().filter(|found| has(found.mask.is_some())).collect();
        let categories: BTreeSet<u64> =
            truths.iter().map(|truth| truth.category).chain(found.iter().map(|found| found.category)).collect();
        let case = |category: u64| {
            let truths: Vec<&Truth> = truths.iter().filter(|truth| truth.category == category).copied().collect();
            let mut found: Vec<&Found> = found.iter().filter(|found| found.category == category).copied().collect();
            found.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(core::cmp::Ordering::Equal));
            Self {
                category,
                is_exhaustive: picture.labelled_categories.as_ref().is_none_or(|labelled| labelled.contains(&category)),
                detections: found.iter().map(|found| CaseDetection::new(found, &truths, region)).collect(),
                truths: truths.iter().map(|truth| CaseTruth { area: truth.area, crowd: truth.crowd }).collect(),
            }
        };
        categories.into_iter().map(case).collect()
    }
}

impl CaseDetection {
    fn new(found: &Found, truths: &[&Truth], region: Region) -> Self {
        let [lowest, ..] = iou_thresholds();
        let overlaps =
            truths.iter().enumerate().map(|(i, truth)| Overlap { truth: i, iou: overlap(found, truth, region) });
        let area = match (region, &found.mask) {
            (Region::Mask, Some(mask)) => mask.area,
            _ => found.bbox[2] * found.bbox[3],
        };
        Self { score: found.score, area, overlaps: overlaps.filter(|overlap| overlap.iou >= lowest).collect() }
    }
}

fn overlap(found: &Found, truth: &Truth, region: Region) -> f64 {
    match (region, &found.mask, &truth.mask) {
        (Region::Box, ..) => box_overlap(&found.bbox, &truth.bbox, truth.crowd),
        // Masks overlap only where the boxes around them do, which is quickly seen.
        (Region::Mask, Some(found), Some(truth_mask))
            if box_overlap(&found.bounds, &truth_mask.bounds, false) > 0.0 =>
        {
            mask_overlap(&found.rle, &truth_mask.rle, truth.crowd).unwrap_or(0.0)
        }
        (Region::Mask, ..) => 0.0,
    }
}
