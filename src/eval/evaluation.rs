//! What an evaluation says.

use std::collections::BTreeMap;
use std::slice;

use serde::Serialize;

use super::case::Case;
use super::coco_scores::CocoScores;
use super::instance_scores::{InstancePrecision, InstanceScores, PictureCounts, count};
use super::options::EvaluationOptions;
use super::picture::{Picture, Region, Truth};
use crate::coco::{CocoCategory, CocoId};

/// The scores of a network on a data set. `Display` shows them as tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// How it was measured.
    pub options: EvaluationOptions,
    /// On all images.
    pub overall: GroupScores,
    /// On the images of each kind; empty where the data set tells no kinds.
    pub by_kind: BTreeMap<String, GroupScores>,
    /// On each image, in the order of their ids.
    pub pictures: Vec<PictureScores>,
}

/// The scores on some of the images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// How many images there are.
    pub pictures: usize,
    /// How many objects are in them, crowds left out.
    pub objects: usize,
    /// How many detections were made in them, of any score.
    pub detections: usize,
    /// Of the boxes.
    pub boxes: RegionScores,
    /// Of the masks; `None` where the data set or the detections have none.
    pub masks: Option<RegionScores>,
    /// Of each category of the data set that has objects in these images, in the order of their ids.
    pub by_category: Vec<CategoryScores>,
}

/// The scores of one category's objects and detections.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryScores {
    /// The category's id.
    pub category_id: u64,
    /// Its name.
    pub name: String,
    /// How many objects there are, crowds left out.
    pub objects: usize,
    /// Of the boxes.
    pub boxes: RegionScores,
    /// Of the masks; `None` where the data set or the detections have none.
    pub masks: Option<RegionScores>,
}

/// The scores of boxes, or of masks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegionScores {
    /// COCO's, for each of [`EvaluationOptions::max_detections`], in that order.
    pub coco: Vec<CocoScores>,
    /// Those of the literature on cells.
    pub instances: InstanceScores,
}

/// The scores of the instances of one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureScores {
    /// The image's id.
    pub image_id: CocoId,
    /// Its file.
    pub file_name: String,
    /// What sort of image it is.
    pub kind: Option<String>,
    /// How many objects are in it, crowds left out.
    pub objects: usize,
    /// How many detections reach the score threshold.
    pub instances: usize,
    /// Of the boxes.
    pub boxes: InstancePrecision,
    /// Of the masks.
    pub masks: Option<InstancePrecision>,
}

/// One image's cases, from which all groups that it is in are scored.
struct Measured<'a> {
    picture: &'a Picture,
    boxes: MeasuredRegion,
    masks: Option<MeasuredRegion>,
}

struct MeasuredRegion {
    cases: Vec<Case>,
    counts: PictureCounts,
}

/// What groups of images are scored by.
struct Scoring<'a> {
    categories: &'a [CocoCategory],
    options: &'a EvaluationOptions,
}

impl Evaluation {
    /// Scores images and categories, both of which come in the order of their ids.
    pub(super) fn new(pictures: &[Picture], categories: &[CocoCategory], options: EvaluationOptions) -> Self {
        let has_masks = has_masks(pictures);
        let region = |picture: &Picture, region: Region| {
            let cases = Case::of_picture(picture, region);
            MeasuredRegion { counts: count(&cases, options.score_threshold), cases }
        };
        let measured: Vec<Measured<'_>> = pictures
            .iter()
            .map(|picture| Measured {
                picture,
                boxes: region(picture, Region::Box),
                masks: has_masks.then(|| region(picture, Region::Mask)),
            })
            .collect();
        let mut kinds: BTreeMap<String, Vec<&Measured<'_>>> = BTreeMap::new();
        for measured in &measured {
            if let Some(kind) = &measured.picture.kind {
                kinds.entry(kind.clone()).or_default().push(measured);
            }
        }
        let scoring = Scoring { categories, options: &options };
        Self {
            overall: scoring.group(&measured.iter().collect::<Vec<_>>()),
            by_kind: kinds.into_iter().map(|(kind, pictures)| (kind, scoring.group(&pictures))).collect(),
            pictures: measured.iter().map(|measured| PictureScores::new(measured, options.score_threshold)).collect(),
            options,
        }
    }
}

/// Whether masks can be compared: some object has one, and so has what was found, if anything was.
fn has_masks(pictures: &[Picture]) -> bool {
    let mut found = pictures.iter().flat_map(|picture| &picture.found).peekable();
    let truth = pictures.iter().flat_map(|picture| &picture.truths).any(|truth| truth.mask.is_some());
    truth && (found.peek().is_none() || found.any(|found| found.mask.is_some()))
}

/// Objects of an image, crowds left out.
fn objects(picture: &Picture) -> impl Iterator<Item = &Truth> {
    picture.truths.iter().filter(|truth| !truth.crowd)
}

impl Scoring<'_> {
    fn group(&self, pictures: &[&Measured<'_>]) -> GroupScores {
        let boxes: Vec<&MeasuredRegion> = pictures.iter().map(|measured| &measured.boxes).collect();
        let masks: Option<Vec<&MeasuredRegion>> = pictures.iter().map(|measured| measured.masks.as_ref()).collect();
        let by_category = self.categories.iter().filter_map(|category| {
            let of_category = |truth: &&Truth| truth.category == category.id;
            let objects = pictures.iter().map(|measured| objects(measured.picture).filter(of_category).count()).sum();
            (objects > 0).then(|| CategoryScores {
                category_id: category.id,
                name: category.name.clone(),
                objects,
                boxes: self.category(&boxes, category.id),
                masks: masks.as_ref().map(|masks| self.category(masks, category.id)),
            })
        });
        GroupScores {
            pictures: pictures.len(),
            objects: pictures.iter().map(|measured| objects(measured.picture).count()).sum(),
            detections: pictures.iter().map(|measured| measured.picture.found.len()).sum(),
            boxes: self.all(&boxes),
            masks: masks.as_ref().map(|masks| self.all(masks)),
            by_category: by_category.collect(),
        }
    }

    fn all(&self, regions: &[&MeasuredRegion]) -> RegionScores {
        let cases: Vec<&Case> = regions.iter().flat_map(|region| &region.cases).collect();
        let counts: Vec<PictureCounts> = regions.iter().map(|region| region.counts).collect();
        self.region(&cases, &counts)
    }

    fn category(&self, regions: &[&MeasuredRegion], id: u64) -> RegionScores {
        let cases: Vec<&Case> =
            regions.iter().flat_map(|region| &region.cases).filter(|case| case.category == id).collect();
        let counts: Vec<PictureCounts> =
            cases.iter().map(|&case| count(slice::from_ref(case), self.options.score_threshold)).collect();
        self.region(&cases, &counts)
    }

    fn region(&self, cases: &[&Case], counts: &[PictureCounts]) -> RegionScores {
        RegionScores {
            coco: self.options.max_detections.iter().map(|&most| CocoScores::new(cases, most)).collect(),
            instances: InstanceScores::new(counts),
        }
    }
}

impl PictureScores {
    fn new(measured: &Measured<'_>, threshold: f64) -> Self {
        let picture = measured.picture;
        Self {
            image_id: picture.id.clone(),
            file_name: picture.file_name.clone(),
            kind: picture.kind.clone(),
            objects: objects(picture).count(),
            instances: picture.found.iter().filter(|found| found.score >= threshold).count(),
            boxes: InstancePrecision::new(&measured.boxes.counts),
            masks: measured.masks.as_ref().map(|masks| InstancePrecision::new(&masks.counts)),
        }
    }
}
