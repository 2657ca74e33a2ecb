//! `maskrcnn predict`: the objects in images.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use futures_lite::future::block_on;
use maskrcnn_web::config::limits::MAX_DETECTIONS;
use maskrcnn_web::image::{Image, ImageSource, tone_regions};
use maskrcnn_web::{Error, Model, Result};

use crate::backend::Backend;
use crate::dataset::DatasetArguments;
use crate::exports::{ExportArguments, ExportedImage, Exports};
use crate::files;
use crate::filter::FilterArguments;
use crate::labels::Labels;
use crate::network::{Network, NetworkArguments};
use crate::outputs::{self, DRAWINGS};
use crate::overlay::Overlay;
use crate::pictures::{PictureFile, Pictures};
use crate::plane::PlaneArguments;
use crate::progress::Progress;
use crate::report::{Object, Outcome, Picture, Report};
use crate::settings::DetectionLimits;
use crate::tiles::{Seen, TilingArguments};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Images (PNG, JPEG, WebP, TIFF), or folders of them. What is left out of a folder is named.
    #[arg(value_name = "PICTURE", required_unless_present = "data")]
    pictures: Vec<PathBuf>,
    #[command(flatten)]
    dataset: DatasetArguments,
    #[command(flatten)]
    network: NetworkArguments,
    #[command(flatten)]
    plane: PlaneArguments,
    /// Look into the sub-folders of folders, too. Drawn images are put into the same sub-folders of --out.
    #[arg(long)]
    recursive: bool,
    /// Where the drawn images go: a .png for a single image, a folder for several. Folders are made.
    #[arg(long, value_name = "FILE|FOLDER")]
    out: Option<PathBuf>,
    /// Write the objects' numbers into the drawn images.
    #[arg(long, requires = "out")]
    numbers: bool,
    /// Where the JSON goes [default: standard output, without other outputs].
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    exports: ExportArguments,
    #[command(flatten)]
    filter: FilterArguments,
    /// Only objects with a higher score, 0 to 1 [default: the model's, else 0.05].
    #[arg(long, value_name = "SCORE", value_parser = score)]
    score_threshold: Option<f32>,
    /// Maximum number of objects per image [default: no limit for models that see objects at a scale of their own; else
    /// the model's, else 100].
    #[arg(long, value_name = "NUMBER")]
    max_detections: Option<usize>,
    #[command(flatten)]
    tiling: TilingArguments,
    /// Names of the classes: a JSON array, or one a line [default: the model's, else COCO's for 91 classes].
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

/// Runs the command. The exit code is 1 if an image failed or a sub-folder could not be read.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let limits = DetectionLimits {
        score_threshold: arguments.score_threshold,
        // A network gives this many at once; an image in tiles may have more.
        max_detections: arguments.max_detections.map(|limit| limit.min(MAX_DETECTIONS)),
    };
    if let Some(code) = arguments.dataset.predict(&arguments.network, &limits)? {
        return Ok(code);
    }
    let out = arguments.out.as_deref();
    let outputs: Vec<&Path> = out.into_iter().chain(arguments.exports.folders()).collect();
    let pictures = Pictures::find(&arguments.pictures, arguments.recursive, &outputs)?;
    for note in pictures.notes() {
        eprintln!("note: {note}.");
    }
    let files = &pictures.files;
    let drawings = out.map(|out| outputs::each(files, out, &DRAWINGS)).transpose()?.unwrap_or_default();
    let exports = arguments.exports.plan(files)?;
    let written = drawings.iter().chain(&arguments.json).map(PathBuf::as_path).chain(exports.paths());
    arguments.filter.check()?;
    outputs::check(written, files.iter().map(|file| file.path.as_path()))?;
    let Network { mut model, mut labels, backend } = arguments.network.load()?;
    model.settings = limits.apply(&model.settings)?;
    if let Some(path) = &arguments.labels {
        labels = Labels::read(path, model.network.layout().num_classes)?;
    }
    let mut exports = exports.open(&labels)?;
    let predictor = Predictor { model, backend, labels: &labels, arguments };

    let progress = Progress::new(files.len());
    let mut report = Report { pictures: Vec::new() };
    let mut failures = 0;
    for (i, picture) in files.iter().enumerate() {
        let file = picture.path.display().to_string();
        let drawing = drawings.get(i).map(PathBuf::as_path);
        report.pictures.push(match predictor.predict((i, picture), drawing, &mut exports, &progress) {
            Ok(found) => {
                let (objects, milliseconds) = (found.detections.len(), found.milliseconds);
                let taken = found.input.words().map(|words| format!(" in {words}")).unwrap_or_default();
                let seen = found.seen.words().map(|words| format!(" {words}")).unwrap_or_default();
                let backend = found.backend;
                progress.step(&format!("{file}: {objects} objects{taken}{seen}, {milliseconds:.0} ms on {backend}"));
                if found.seen.truncated {
                    progress.note(&format!("{file}: there are more objects than a limit lets through"));
                }
                Outcome::Found(Box::new(found))
            }
            Err(error) => {
                failures += 1;
                progress.step(&format!("error[{}]: {error}.", error.code()));
                Outcome::failed(file, &error)
            }
        });
    }
    progress.finish();
    exports.finish()?;
    write(&report, arguments)?;
    for error in &pictures.failures {
        eprintln!("error[{}]: {error}.", error.code());
    }
    if failures > 0 && files.len() > 1 {
        eprintln!("{failures} of {} pictures failed.", files.len());
    }
    Ok(if failures > 0 || !pictures.failures.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A network that is ready, and what its results are to look like.
struct Predictor<'a> {
    model: Model,
    backend: Backend,
    labels: &'a Labels,
    arguments: &'a Arguments,
}

impl Predictor<'_> {
    /// Finds the objects of one image, exports them and, where `drawing` is a path, draws them.
    fn predict(
        &self,
        (index, picture): (usize, &PictureFile),
        drawing: Option<&Path>,
        exports: &mut Exports<'_>,
        progress: &Progress,
    ) -> Result<Picture> {
        let path = &picture.path;
        let open = self.arguments.plane.open(path)?;
        let source = &*open.source;
        // The whole image, unless it is too large for that.
        let regions = tone_regions(source.width(), source.height()).into_iter();
        let sample = Image::stacked(&regions.map(|region| source.read(region)).collect::<Result<Vec<_>>>()?)?;
        let Model { network, settings } = &self.model;
        let settings = open.settings(settings, &sample)?;
        let start = Instant::now();
        let tone = settings.input.tone(&sample)?;
        let sample = sample.with_tone(tone)?;
        let is_whole = (sample.width(), sample.height()) == (source.width(), source.height());
        let image: &dyn ImageSource = if is_whole { &sample } else { source };
        if drawing.is_some() && !is_whole {
            return Err(Error::InvalidInput(format!(
                "{}: an image of {}×{} pixels is too large to be drawn; leave out --out, and write --geojson or --rois",
                path.display(),
                source.width(),
                source.height()
            )));
        }
        let request = self.arguments.tiling.request(&settings, self.arguments.max_detections);
        let tiles = async |done, total| {
            progress.tile(done, total);
            true
        };
        let found = block_on(network.segment(image, &request, tiles))?;
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        let seen = Seen::from(&found);
        let pixel_size = request.pixel_size.or(source.pixel_size());
        let objects = self.arguments.filter.apply(found.objects, image, pixel_size)?;
        let name = picture.name.display().to_string();
        for note in exports.add(&ExportedImage { index, name, source, pixel_size }, &objects)? {
            eprintln!("note: {note}.");
        }
        if let Some(drawing) = drawing {
            let mut overlay = Overlay::new(&sample)?;
            overlay.draw(&objects, self.labels);
            if self.arguments.numbers {
                overlay.draw_numbers(&objects);
            }
            files::create_parent(drawing)?;
            overlay.finish().save(drawing).map_err(|error| Error::io(drawing, error))?;
        }
        Ok(Picture {
            file: path.display().to_string(),
            overlay: drawing.map(|drawing| drawing.display().to_string()),
            width: image.width(),
            height: image.height(),
            input: open.taken(*tone.channels()),
            seen,
            backend: self.backend.name,
            dtype: network.dtype().name(),
            milliseconds,
            detections: (0..objects.len())
                .map(|index| Object::new(&objects, index, self.labels))
                .collect::<Result<_>>()?,
        })
    }
}

fn write(report: &Report, arguments: &Arguments) -> Result<()> {
    let json = serde_json::to_string_pretty(report).map_err(|error| Error::Internal(error.to_string()))?;
    match (&arguments.json, &arguments.out) {
        (Some(path), _) => files::write(path, json.as_bytes()),
        (None, Some(_)) => Ok(()),
        (None, None) if arguments.exports.is_any() => Ok(()),
        (None, None) => {
            println!("{json}");
            Ok(())
        }
    }
}

/// A score from the command line.
pub(crate) fn score(text: &str) -> Result<f32, String> {
    let score: f32 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err("a score is 0 to 1".into()) }
}
