//! What an evaluation says.

use std::collections::BTreeMap;

use serde::Serialize;

use super::case::Case;
use super::coco_scores::{CategoryCurves, CocoScores};
use super::instance_scores::{InstancePrecision, InstanceScores, PictureCounts, count, total};
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
    cases: Vec<MeasuredCase>,
    counts: PictureCounts,
}

struct MeasuredCase {
    case: Case,
    counts: PictureCounts,
}

/// The scores of a group, and those of each category that is or was found in it, by its id.
struct ScoredRegion {
    all: RegionScores,
    categories: BTreeMap<u64, RegionScores>,
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
            let counted = |case: Case| MeasuredCase { counts: count(&case, options.score_threshold), case };
            let cases: Vec<MeasuredCase> = Case::of_picture(picture, region).into_iter().map(counted).collect();
            let counts: Vec<PictureCounts> = cases.iter().map(|case| case.counts).collect();
            MeasuredRegion { counts: total(&counts), cases }
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
        let mut boxes = self.region(pictures.iter().map(|measured| &measured.boxes));
        let masks: Option<Vec<&MeasuredRegion>> = pictures.iter().map(|measured| measured.masks.as_ref()).collect();
        let mut masks = masks.map(|masks| self.region(masks.into_iter()));
        let by_category = self.categories.iter().filter_map(|category| {
            let of_category = |truth: &&Truth| truth.category == category.id;
            let objects = pictures.iter().map(|measured| objects(measured.picture).filter(of_category).count()).sum();
            let take =
                |scored: &mut ScoredRegion| scored.categories.remove(&category.id).unwrap_or_else(|| self.nothing());
            (objects > 0).then(|| CategoryScores {
                category_id: category.id,
                name: category.name.clone(),
                objects,
                boxes: take(&mut boxes),
                masks: masks.as_mut().map(take),
            })
        });
        let by_category = by_category.collect();
        GroupScores {
            pictures: pictures.len(),
            objects: pictures.iter().map(|measured| objects(measured.picture).count()).sum(),
            detections: pictures.iter().map(|measured| measured.picture.found.len()).sum(),
            boxes: boxes.all,
            masks: masks.map(|masks| masks.all),
            by_category,
        }
    }

    fn region<'a>(&self, regions: impl Iterator<Item = &'a MeasuredRegion>) -> ScoredRegion {
        let mut categories: BTreeMap<u64, Vec<&MeasuredCase>> = BTreeMap::new();
        let mut counts = Vec::new();
        for region in regions {
            counts.push(region.counts);
            for case in &region.cases {
                categories.entry(case.case.category).or_default().push(case);
            }
        }
        let curves: BTreeMap<u64, CategoryCurves> = categories
            .iter()
            .map(|(&id, cases)| {
                let cases: Vec<&Case> = cases.iter().map(|measured| &measured.case).collect();
                (id, CategoryCurves::new(&cases, &self.options.max_detections))
            })
            .collect();
        let of_category = |(id, cases): (u64, Vec<&MeasuredCase>)| {
            let counts: Vec<PictureCounts> = cases.iter().map(|measured| measured.counts).collect();
            (id, self.scores(&[&curves[&id]], &counts))
        };
        ScoredRegion {
            all: self.scores(&curves.values().collect::<Vec<_>>(), &counts),
            categories: categories.into_iter().map(of_category).collect(),
        }
    }

    /// Where a category has objects and nothing that can be compared, such as boxes where masks are.
    fn nothing(&self) -> RegionScores {
        self.scores(&[], &[])
    }

    fn scores(&self, curves: &[&CategoryCurves], counts: &[PictureCounts]) -> RegionScores {
        RegionScores {
            coco: CocoScores::each(curves, &self.options.max_detections),
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
