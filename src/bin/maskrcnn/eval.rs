//! `maskrcnn eval`: how good a network is on a data set.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::coco::{CocoResults, WarningKind, Warnings};
use maskrcnn_web::eval::{EvaluationOptions, Evaluator};
use maskrcnn_web::{Error, Result};

use crate::dataset::{self, ReadingArguments, SCORE_THRESHOLD};
use crate::files;
use crate::network::NetworkArguments;
use crate::outputs;
use crate::predict::score;
use crate::settings::DetectionLimits;
use crate::worst::WorstArguments;

/// Detections an image and category that COCO looks at.
const COCO_DETECTIONS: usize = 100;
/// Enough for images of many small objects, such as cells.
const MANY_DETECTIONS: usize = 500;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Data set in COCO's format. Its categories are the network's classes in the order of their ids,
    /// or, for a network with more classes, the classes with those ids (torchvision's 91).
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    reading: ReadingArguments,
    #[command(flatten)]
    network: NetworkArguments,
    /// Score these results in COCO's format instead of running the network.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "weights"])]
    results: Option<PathBuf>,
    /// Where all scores go as JSON, those of each image included.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Detections with at least this score, 0 to 1, are taken for TP / (TP + FP + FN).
    #[arg(long, value_name = "SCORE", value_parser = score, default_value = "0.5")]
    score_threshold: f32,
    /// Maximum number of detections per image, and per image and category for COCO's scores, which
    /// are given for 100, too [default: the model's, and 500 for COCO's scores].
    #[arg(long, value_name = "NUMBER")]
    max_detections: Option<usize>,
    #[command(flatten)]
    worst: WorstArguments,
    /// Give a pixel that several masks hold to the one with the highest score.
    #[arg(long)]
    disjoint: bool,
}

/// Runs the command. The exit code is 1 if an image could not be read, and is not part of the scores.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let inputs = arguments.results.iter().chain([&arguments.data]).map(PathBuf::as_path);
    outputs::check(arguments.json.as_deref(), inputs)?;
    arguments.worst.check()?;
    let mut warnings = Warnings::default();
    let pictures = arguments.reading.open(&arguments.data, &mut warnings)?;
    let dataset = pictures.dataset();
    if dataset.annotations.is_empty() {
        warnings.add(WarningKind::NoAnnotations, || arguments.data.display().to_string());
    }
    arguments.reading.check(&warnings)?;
    let mut max_detections = vec![COCO_DETECTIONS, arguments.max_detections.unwrap_or(MANY_DETECTIONS)];
    max_detections.dedup();
    let options = EvaluationOptions {
        max_detections,
        score_threshold: arguments.score_threshold.into(),
        disjoint: arguments.disjoint,
    };
    // Before the network runs, which takes long: the options are checked here.
    let mut evaluator = Evaluator::new(dataset, options)?;
    let results = match &arguments.results {
        Some(path) => CocoResults::read(path, &mut warnings)?,
        None => {
            let limits = DetectionLimits {
                score_threshold: Some(SCORE_THRESHOLD.min(arguments.score_threshold)),
                max_detections: arguments.max_detections,
            };
            let detected = dataset::detect(&pictures, &arguments.network, &limits, &mut warnings)?;
            evaluator.leave_out(&detected.unreadable);
            detected.results
        }
    };
    evaluator.add_results(&results, &mut warnings)?;
    arguments.reading.check(&warnings)?;
    let evaluation = evaluator.finish();
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&evaluation).map_err(|error| Error::Internal(error.to_string()))?;
        files::write(path, json.as_bytes())?;
    }
    print!("{evaluation}");
    arguments.worst.draw(&evaluation, &pictures, &results)?;
    Ok(dataset::finish(&warnings))
}
