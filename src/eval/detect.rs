//! A network on the images of a data set.

use futures_lite::future::block_on;

use super::PictureSet;
use crate::coco::{ClassMap, CocoId, CocoImage, CocoResults, WarningKind, Warnings};
use crate::error::{Error, Result};
use crate::structures::Detections;
use crate::weights::Model;

/// What a network found in the images of a data set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detected {
    /// The objects.
    pub results: CocoResults,
    /// Ids of the images whose files could not be read, which were left out.
    pub unreadable: Vec<CocoId>,
}

/// Runs a network on all images of a data set, one after the other. `each` is called for each with what was
/// found, or why it cannot be read; the latter is a warning, and does not stop the others. [`ClassMap::of_network`]
/// says what the classes mean.
///
/// # Errors
/// [`Error::InvalidInput`] where the network has too few classes; what is said of the first image where none can be
/// read; and as [`MaskRcnn::predict`](crate::model::MaskRcnn::predict).
pub fn detect(
    model: &Model,
    pictures: &PictureSet,
    warnings: &mut Warnings,
    mut each: impl FnMut(&CocoImage, Result<&Detections, &Error>),
) -> Result<Detected> {
    let Model { network, settings } = model;
    let dataset = pictures.dataset();
    let classes = ClassMap::of_network(dataset, network.layout().num_classes)?;
    if dataset.categories.is_empty() {
        warnings.add(WarningKind::NoCategories, || format!("the network has {} classes", classes.num_classes() - 1));
    }
    let mut detected = Detected::default();
    for (index, entry) in dataset.images.iter().enumerate() {
        let image = match pictures.read(index, warnings) {
            Ok(image) => image,
            Err(error) => {
                each(entry, Err(&error));
                warnings.add(WarningKind::UnreadablePicture, || format!("image {}: {error}", entry.id));
                detected.unreadable.push(entry.id.clone());
                if detected.unreadable.len() == dataset.images.len() {
                    return pictures.check(warnings).and(Err(error));
                }
                continue;
            }
        };
        for detections in block_on(network.predict(&[image], settings))? {
            detected.results.add(&entry.id, &detections, &classes)?;
            each(entry, Ok(&detections));
        }
    }
    Ok(detected)
}
