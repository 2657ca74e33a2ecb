//! A network on the pictures of a data set.

use std::path::Path;

use futures_lite::future::block_on;

use crate::coco::{ClassMap, CocoDataset, CocoImage, CocoResults};
use crate::error::{Error, Result};
use crate::inference::PredictOptions;
use crate::model::MaskRcnn;
use crate::structures::{Detections, Image};

/// Runs a network on all pictures of a data set, whose files are in `folder`, one after the other.
/// `each` is called after each of them. What the classes stand for, [`ClassMap::of_network`] says.
///
/// # Errors
/// [`Error::InvalidInput`] where the network has too few classes, or a picture is damaged or of another
/// size than the data set says; [`Error::Io`] where one cannot be read; and as [`MaskRcnn::predict`].
pub fn detect(
    model: &MaskRcnn,
    dataset: &CocoDataset,
    folder: &Path,
    options: &PredictOptions,
    mut each: impl FnMut(&CocoImage, &Detections),
) -> Result<CocoResults> {
    let classes = ClassMap::of_network(&dataset.categories, model.config().num_classes)?;
    let mut results = CocoResults::default();
    for entry in &dataset.images {
        let path = folder.join(&entry.file_name);
        let image = Image::read(&path)?;
        if (image.width(), image.height()) != (entry.width, entry.height) {
            return Err(Error::InvalidInput(format!(
                "{} has {}×{} pixels, the data set says {}×{}",
                path.display(),
                image.width(),
                image.height(),
                entry.width,
                entry.height
            )));
        }
        for detections in block_on(model.predict(&[image], options))? {
            results.add(entry.id, &detections, &classes)?;
            each(entry, &detections);
        }
    }
    Ok(results)
}
