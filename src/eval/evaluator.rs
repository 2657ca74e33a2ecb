//! From a data set and what was found in it to scores.

use std::collections::{BTreeMap, BTreeSet};

use super::disjoint::make_disjoint;
use super::evaluation::Evaluation;
use super::options::EvaluationOptions;
use super::picture::{FittedMask, Picture, Truth};
use crate::coco::{ClassMap, CocoDataset, CocoResult, CocoResults};
use crate::error::{Error, Result};
use crate::structures::Detections;

/// Collects what was found in the pictures of a data set, in any order, and scores it.
#[derive(Debug, Clone)]
pub struct Evaluator {
    pictures: BTreeMap<u64, Picture>,
    categories: BTreeSet<u64>,
    classes: ClassMap,
    options: EvaluationOptions,
}

impl Evaluator {
    /// Nothing was found yet. The network's classes are taken to be the data set's categories in the
    /// order of their ids ([`ClassMap::contiguous`]).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for options out of range, and where a mask of the data set is malformed.
    pub fn new(dataset: &CocoDataset, options: EvaluationOptions) -> Result<Self> {
        options.check()?;
        let mut annotations = dataset.by_image();
        let picture = |image: &crate::coco::CocoImage| {
            let truths = annotations.remove(&image.id).unwrap_or_default().into_iter().map(|annotation| {
                Ok(Truth {
                    category: annotation.category_id,
                    crowd: annotation.iscrowd,
                    area: annotation.area,
                    bbox: annotation.bbox,
                    mask: annotation.mask(image.width, image.height)?.map(FittedMask::new),
                })
            });
            let picture = Picture {
                id: image.id,
                file_name: image.file_name.clone(),
                kind: image.kind.clone(),
                width: image.width,
                height: image.height,
                truths: truths.collect::<Result<_>>()?,
                found: Vec::new(),
            };
            Ok((image.id, picture))
        };
        Ok(Self {
            pictures: dataset.images.iter().map(picture).collect::<Result<_>>()?,
            categories: dataset.categories.iter().map(|category| category.id).collect(),
            classes: ClassMap::contiguous(&dataset.categories),
            options,
        })
    }

    /// For a network with other classes.
    pub fn with_classes(self, classes: ClassMap) -> Self {
        Self { classes, ..self }
    }

    /// Takes what the network found in a picture; masks are cut at probability 0.5. Classes that the
    /// data set does not have are left out.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the data set has no such picture, or one of another size.
    pub fn add(&mut self, image_id: u64, detections: &Detections) -> Result<()> {
        let mut results = CocoResults::default();
        results.add(image_id, detections, &self.classes)?;
        self.add_results(&results)
    }

    /// Takes results as COCO's files hold them.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the data set has no such picture or category, or a mask is malformed
    /// or of another size than its picture.
    pub fn add_results(&mut self, results: &CocoResults) -> Result<()> {
        for (i, result) in results.0.iter().enumerate() {
            self.add_result(result).map_err(|error| match error {
                Error::InvalidInput(reason) => Error::InvalidInput(format!("result {i}: {reason}")),
                error => error,
            })?;
        }
        Ok(())
    }

    fn add_result(&mut self, result: &CocoResult) -> Result<()> {
        let missing = |what: &str, id: u64| Error::InvalidInput(format!("the data set has no {what} {id}"));
        if !self.categories.contains(&result.category_id) {
            return Err(missing("category", result.category_id));
        }
        let picture = self.pictures.get_mut(&result.image_id);
        picture.ok_or_else(|| missing("image", result.image_id))?.add(result)
    }

    /// The scores. In pictures for which nothing was added nothing was found.
    pub fn finish(self) -> Evaluation {
        let mut pictures: Vec<Picture> = self.pictures.into_values().collect();
        if self.options.disjoint {
            pictures.iter_mut().for_each(make_disjoint);
        }
        Evaluation::new(&pictures, self.options)
    }
}
