//! A network on a data set: `maskrcnn predict --data` and `maskrcnn eval`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::coco::{WarningKind, Warnings};
use maskrcnn_web::eval::{self, Detected, PictureSet};

use crate::files;
use crate::network::{Network, NetworkArguments};
use crate::outputs;
use crate::progress::Progress;
use crate::settings::DetectionLimits;

/// The score that detections must exceed where nothing else is said, as COCO's results are made with:
/// average precision looks at unsure detections, too, which a model itself may leave out.
pub(crate) const SCORE_THRESHOLD: f32 = 0.05;

/// How a data set is read.
#[derive(Debug, Args)]
pub(crate) struct ReadingArguments {
    /// Folder of its images [default: where COCO, Roboflow, CVAT and Label Studio have them: the one named like the
    /// file (val.json: val/), beside it, or `images` or `../val2017` and the like].
    #[arg(long, value_name = "FOLDER", requires = "data")]
    images: Option<PathBuf>,
    /// Take warnings about the data set for errors.
    #[arg(long, requires = "data")]
    strict: bool,
}

impl ReadingArguments {
    /// Opens the data set in the file `json`.
    pub(crate) fn open(&self, json: &Path, warnings: &mut Warnings) -> Result<PictureSet> {
        PictureSet::open(json, self.images.as_deref(), warnings)
    }

    /// Refuses the warnings so far, if that is asked for.
    pub(crate) fn check(&self, warnings: &Warnings) -> Result<()> {
        if self.strict { warnings.refuse() } else { Ok(()) }
    }
}

/// The options of `maskrcnn predict` on a data set, which gives results in COCO's format.
#[derive(Debug, Args)]
pub(crate) struct DatasetArguments {
    /// Data set in COCO's format, whose images are taken; with --results. It needs no annotations. Its categories
    /// are the network's classes in the order of their ids, or, for a network with more classes, the classes
    /// with those ids (torchvision's 91).
    #[arg(long, value_name = "FILE", requires = "results", conflicts_with_all = ["pictures", "out", "json", "labels"])]
    data: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    /// Where the results go: image_id, category_id, bbox, score and segmentation of each object. Objects
    /// with a score of 0.05 and more are in them, unless --score-threshold says otherwise.
    #[arg(long, value_name = "FILE", requires = "data")]
    results: Option<PathBuf>,
}

impl DatasetArguments {
    /// Runs the network on the data set; `None` where there is none. The exit code is 1 if an image failed.
    pub(crate) fn predict(&self, network: &NetworkArguments, limits: &DetectionLimits) -> Result<Option<ExitCode>> {
        let (Some(data), Some(results)) = (&self.data, &self.results) else { return Ok(None) };
        outputs::check([results.as_path()], [data.as_path()])?;
        let mut warnings = Warnings::default();
        let pictures = self.reading.open(data, &mut warnings)?;
        self.reading.check(&warnings)?;
        let threshold = limits.score_threshold.unwrap_or(SCORE_THRESHOLD);
        let limits = DetectionLimits { score_threshold: Some(threshold), ..*limits };
        let detected = detect(&pictures, network, &limits, &mut warnings)?;
        self.reading.check(&warnings)?;
        files::write(results, &detected.results.to_json())?;
        Ok(Some(finish(&warnings)))
    }
}

/// Runs the network on the images of a data set.
pub(crate) fn detect(
    pictures: &PictureSet,
    network: &NetworkArguments,
    limits: &DetectionLimits,
    warnings: &mut Warnings,
) -> Result<Detected> {
    let Network { mut model, .. } = network.load()?;
    model.settings = limits.apply(&model.settings)?;
    let progress = Progress::new(pictures.dataset().images.len());
    let detected = eval::detect(&model, pictures, warnings, |image, found| match found {
        Ok(detections) => progress.step(&format!("{}: {} objects", image.file_name, detections.items.len())),
        Err(error) => progress.step(&format!("error[{}]: {error}.", error.code())),
    });
    progress.finish();
    detected
}

/// Shows warnings on standard error, one line for each kind. The exit code is 1 if an image was left out.
pub(crate) fn finish(warnings: &Warnings) -> ExitCode {
    for warning in warnings.iter() {
        eprintln!("warning: {warning}");
    }
    match warnings.get(WarningKind::UnreadablePicture) {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    }
}
