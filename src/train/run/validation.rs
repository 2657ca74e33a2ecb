//! How good the averaged weights are, measured between two steps.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use futures_lite::future::block_on;

use crate::coco::{ClassMap, Warnings};
use crate::eval::{EvaluationOptions, Evaluator, GroupScores, PictureSet};
use crate::train::config::train_config::{Metric, ValidationConfig};
use crate::train::run::metrics::{Accuracy, ValidationRecord};
use crate::weights::Model;
use crate::{Error, Result};

/// The images to measure on.
#[derive(Debug)]
pub(crate) struct Validation {
    pictures: PictureSet,
    classes: ClassMap,
}

impl Validation {
    /// The images that `config` asks for, of the data set `json`, which are in the folder `images` or else found
    /// as those to learn from are. `classes` are those of the network. The headers of the images are read.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where `json` is malformed, or has objects of a category that the network has no class
    /// for; and as [`PictureSet::check`].
    pub(crate) fn open(
        json: &Path,
        images: Option<&Path>,
        config: &ValidationConfig,
        classes: &ClassMap,
        warnings: &mut Warnings,
    ) -> Result<Self> {
        let invalid = |error| match error {
            Error::InvalidInput(reason) => Error::InvalidInput(format!("{}: {reason}", json.display())),
            error => error,
        };
        let pictures = PictureSet::open(json, images, warnings)?.spread(config.pictures);
        let classes = classes.by_name(pictures.dataset()).map_err(invalid)?;
        pictures.check(warnings)?;
        Ok(Self { pictures, classes })
    }

    /// Measures the network after `step` steps, as it is deployed. `each` is called with how many images of
    /// all are done. `None` if `stop` was set meanwhile.
    pub(crate) fn run(
        &self,
        model: &Model,
        step: u64,
        stop: &AtomicBool,
        mut each: impl FnMut(usize, usize),
    ) -> Result<Option<ValidationRecord>> {
        let started = Instant::now();
        let Model { network, settings } = model;
        let most = settings.detections.max_detections;
        let options = EvaluationOptions { max_detections: vec![most], ..EvaluationOptions::default() };
        let mut evaluator = Evaluator::new(self.pictures.dataset(), options)?.with_classes(self.classes.clone());
        let images = &self.pictures.dataset().images;
        for (done, entry) in images.iter().enumerate() {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            each(done, images.len());
            let image = self.pictures.read(done, &mut Warnings::default())?;
            for detections in block_on(network.predict(&[image], settings))? {
                evaluator.add(&entry.id, &detections)?;
            }
        }
        let evaluation = evaluator.finish();
        Ok(Some(ValidationRecord {
            step,
            seconds: started.elapsed().as_secs_f64(),
            overall: Accuracy::new(&evaluation.overall),
            by_kind: evaluation.by_kind.iter().map(|(kind, scores)| (kind.clone(), Accuracy::new(scores))).collect(),
        }))
    }
}

impl Accuracy {
    fn new(scores: &GroupScores) -> Self {
        let coco = |scores: &crate::eval::RegionScores| scores.coco.first().map(|coco| (coco.ap, coco.ap50));
        let (box_ap, box_ap50) = coco(&scores.boxes).unwrap_or_default();
        let (mask_ap, mask_ap50) = scores.masks.as_ref().and_then(coco).unwrap_or_default();
        let instances = scores.masks.as_ref().map(|masks| &masks.instances.per_picture);
        Self {
            mask_ap,
            mask_ap50,
            box_ap,
            box_ap50,
            cells: instances.and_then(|instances| instances.ap),
            cells50: instances.and_then(|instances| instances.ap50),
        }
    }

    /// What weights are compared by, 0..1; 0 where there was nothing to measure it on.
    pub(crate) fn metric(&self, metric: Metric) -> f64 {
        let value = match metric {
            Metric::Ap => self.mask_ap.or(self.box_ap),
            Metric::Cells => self.cells,
        };
        value.unwrap_or(0.0)
    }
}
