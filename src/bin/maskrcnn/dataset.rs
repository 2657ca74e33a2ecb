//! A network on a data set: `maskrcnn predict --data` and `maskrcnn eval`.

use std::path::{Path, PathBuf};

use maskrcnn_web::coco::{CocoDataset, CocoResults, image_folder};
use maskrcnn_web::{PredictOptions, Result, eval};

use crate::network::NetworkArguments;
use crate::progress::Progress;

/// The score that detections must exceed where nothing else is said, as COCO's results are made with:
/// average precision looks at unsure detections, too, which a model itself may leave out.
pub(crate) const SCORE_THRESHOLD: f32 = 0.05;

/// Runs the network on the pictures of a data set, which are in `images` or else where
/// [`image_folder`] of the data set's file `json` says.
pub(crate) fn detect(
    dataset: &CocoDataset,
    json: &Path,
    images: Option<&PathBuf>,
    network: &NetworkArguments,
    options: &PredictOptions,
) -> Result<CocoResults> {
    let folder = images.cloned().unwrap_or_else(|| image_folder(json));
    let network = network.load()?;
    let progress = Progress::new(dataset.images.len());
    let results = eval::detect(&network.model, dataset, &folder, options, |image, detections| {
        progress.step(&format!("{}: {} objects", image.file_name, detections.items.len()));
    });
    progress.finish();
    results
}
