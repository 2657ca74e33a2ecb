//! `maskrcnn convert`: a model's folder, for the command line and the npm package, from a checkpoint.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use maskrcnn_web::weights::{self, Manifest, ModelFolder, Packed, Precision, WeightsFile};
use maskrcnn_web::{Error, Layout, Result, Settings};

use crate::checkpoint::CheckpointArguments;
use crate::files;
use crate::labels::Labels;
use crate::outputs;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoint: torchvision's or a training's (.safetensors or .pth), or detectron2's (.pkl or .pth); by any name.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    checkpoint: CheckpointArguments,
    /// The model's folder. An existing manifest keeps its description, and its settings unless the checkpoint has
    /// its own; the accuracies, which were other weights', are dropped, and so are the files with those weights.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// How the weights are stored. All are computed with in f32.
    #[arg(long, value_enum, default_value = "f16")]
    precision: Choice,
    /// Write files of at most this many megabytes (10^6 bytes) instead of one.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    shard_mb: Option<u16>,
    /// Names of the classes: a JSON array, or one a line [default: the checkpoint's, as a training writes them; else
    /// the manifest's; else COCO's for 91 or 81 classes].
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What the model is called [default: the manifest's, else the folder's name].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Under which licence the weights may be used [default: the manifest's, else none is named].
    #[arg(long, value_name = "LICENCE")]
    licence: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// 4 bytes a weight.
    F32,
    /// 2 bytes a weight.
    F16,
    /// 1 byte a weight, and a scale for each output channel.
    Int8,
}

impl From<Choice> for Precision {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::F32 => Precision::F32,
            Choice::F16 => Precision::F16,
            Choice::Int8 => Precision::Int8,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    outputs::check([arguments.out.join(ModelFolder::MANIFEST).as_path()], [])?;
    let precision = Precision::from(arguments.precision);
    let checkpoint = files::read(&arguments.weights)?;
    let described = ModelFolder::manifest_of(&arguments.weights, &checkpoint)?;
    let options = arguments.checkpoint.options().described_by(described.as_ref());
    let Packed { weights: packed, layout, settings, conventions } = weights::pack(checkpoint, precision, &options)?;
    let (mut manifest, former) = manifest(arguments, &layout, settings, described)?;
    if let Some(name) = &arguments.name {
        manifest.name.clone_from(name);
    }
    if let Some(licence) = &arguments.licence {
        manifest.licence.clone_from(licence);
    }
    if let Some(path) = &arguments.labels {
        manifest.labels = Labels::read(path, layout.num_classes)?.into();
    }
    manifest.check_layout(&layout)?;
    manifest.precision = Some(precision);
    manifest.conventions = conventions;
    manifest.accuracy.clear();
    manifest.weights = write(arguments, &manifest.name, &packed)?;
    files::write(&arguments.out.join(ModelFolder::MANIFEST), &manifest.to_json()?)?;
    for file in former.iter().filter(|former| manifest.weights.iter().all(|part| part.file != former.file)) {
        let path = arguments.out.join(&file.file);
        if path.exists() {
            std::fs::remove_file(&path).map_err(|error| Error::io(&path, error))?;
        }
    }
    let (architecture, parts) = (layout.architecture(), manifest.weights.len());
    let files = if parts == 1 { manifest.weights[0].file.clone() } else { format!("{parts} files") };
    println!("{}: {architecture}, {files}, {:.2} MB", arguments.out.display(), packed.len() as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}

/// The manifest to write, and the files that the one in the folder named. Labels and settings are those that the
/// checkpoint is `described` with; else those of the existing manifest; else the network's own.
fn manifest(
    arguments: &Arguments,
    layout: &Layout,
    settings: Settings,
    described: Option<Manifest>,
) -> Result<(Manifest, Vec<WeightsFile>)> {
    let out = &arguments.out;
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    if !out.join(ModelFolder::MANIFEST).exists() {
        let labels = || Labels::default_for(layout.num_classes).into();
        let manifest = described.unwrap_or_else(|| Manifest::new(&name, layout, settings, labels()));
        return Ok((Manifest { name: name.into(), ..manifest }, Vec::new()));
    }
    let there = ModelFolder::open(out)?.manifest;
    let former = there.weights.clone();
    let manifest = match described {
        None => there,
        Some(described) => {
            let Manifest { name, description, licence, source, .. } = there;
            Manifest { name, description, licence, source, ..described }
        }
    };
    Ok((manifest, former))
}

/// Writes the checkpoint as one file or in parts, and says which.
fn write(arguments: &Arguments, name: &str, checkpoint: &[u8]) -> Result<Vec<WeightsFile>> {
    let most = arguments.shard_mb.map_or(usize::MAX, |megabytes| usize::from(megabytes) * 1_000_000);
    let stem = weights::file_stem(name);
    let count = checkpoint.len().div_ceil(most);
    let parts = checkpoint.chunks(most).enumerate().map(|(index, part)| {
        // A part alone is not a checkpoint, so it is not called one.
        let file = match count {
            1 => format!("{stem}.safetensors"),
            _ => format!("{stem}-{:03}-of-{count:03}.bin", index + 1),
        };
        files::write(&arguments.out.join(&file), part)?;
        Ok(WeightsFile::of(&file, part))
    });
    parts.collect()
}
