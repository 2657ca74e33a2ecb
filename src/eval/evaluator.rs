//! From a data set and what was found in it to scores.

use std::collections::BTreeMap;

use super::evaluation::Evaluation;
use super::options::EvaluationOptions;
use super::picture::{FittedMask, Picture, Truth};
use crate::coco::image_index::ImageIndex;
use crate::coco::{
    ClassMap, CocoCategory, CocoDataset, CocoId, CocoImage, CocoResult, CocoResults, WarningKind, Warnings,
};
use crate::error::{Error, Result};
use crate::structures::Detections;

/// Collects what was found in the images of a data set, in any order, and scores it.
#[derive(Debug, Clone)]
pub struct Evaluator {
    pictures: BTreeMap<CocoId, Picture>,
    /// The images of the data set in its order, and how results call them.
    ids: Vec<CocoId>,
    index: ImageIndex,
    /// In the order of their ids.
    categories: Vec<CocoCategory>,
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
        let picture = |image: &CocoImage| {
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
                id: image.id.clone(),
                file_name: image.file_name.clone(),
                kind: image.kind.clone(),
                width: image.width,
                height: image.height,
                labelled_categories: image.labelled_categories.clone(),
                truths: truths.collect::<Result<_>>()?,
                found: Vec::new(),
            };
            Ok((image.id.clone(), picture))
        };
        let mut categories = dataset.categories.clone();
        categories.sort_by_key(|category| category.id);
        Ok(Self {
            pictures: dataset.images.iter().map(picture).collect::<Result<_>>()?,
            ids: dataset.images.iter().map(|image| image.id.clone()).collect(),
            index: ImageIndex::new(&dataset.images),
            categories,
            classes: ClassMap::contiguous(&dataset.categories),
            options,
        })
    }

    /// For a network with other classes.
    pub fn with_classes(self, classes: ClassMap) -> Self {
        Self { classes, ..self }
    }

    /// Leaves these images out of the scores, because nothing could be looked for in them.
    pub fn leave_out(&mut self, ids: &[CocoId]) {
        for id in ids {
            self.pictures.remove(id);
        }
    }

    /// Takes what the network found in an image; masks are cut at probability 0.5. Classes that the
    /// data set does not have are left out.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the data set has no such image, or one of another size.
    pub fn add(&mut self, image_id: &CocoId, detections: &Detections) -> Result<()> {
        let mut results = CocoResults::default();
        results.add(image_id, detections, &self.classes)?;
        self.add_results(&results, &mut Warnings::default())
    }

    /// Takes results as COCO's files hold them. Those of categories that the data set does not have are left out, as
    /// pycocotools does, and counted in `warnings`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the data set has no such image, or a mask is malformed or of another size than
    /// its image.
    pub fn add_results(&mut self, results: &CocoResults, warnings: &mut Warnings) -> Result<()> {
        for (i, result) in results.0.iter().enumerate() {
            if self.categories.binary_search_by_key(&result.category_id, |category| category.id).is_err() {
                let example = || format!("result {i}: its category_id is {}", result.category_id);
                warnings.add(WarningKind::UnlistedCategory, example);
                continue;
            }
            self.add_result(result).map_err(|error| match error {
                Error::InvalidInput(reason) => Error::InvalidInput(format!("result {i}: {reason}")),
                error => error,
            })?;
        }
        Ok(())
    }

    fn add_result(&mut self, result: &CocoResult) -> Result<()> {
        let Some(position) = self.index.find(&result.image_id) else {
            return Err(Error::InvalidInput(format!(
                "the data set has no image {}, neither by id nor by file name; score results on the data set that they \
                 are of",
                result.image_id
            )));
        };
        // An image that was left out has no entry here.
        self.pictures.get_mut(&self.ids[position]).map_or(Ok(()), |picture| picture.add(result))
    }

    /// The scores. In images for which nothing was added nothing was found.
    pub fn finish(self) -> Evaluation {
        let mut pictures: Vec<Picture> = self.pictures.into_values().collect();
        if self.options.disjoint {
            pictures.iter_mut().for_each(Picture::make_disjoint);
        }
        Evaluation::new(&pictures, &self.categories, self.options)
    }
}
