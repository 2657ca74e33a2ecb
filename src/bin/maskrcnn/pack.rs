//! `maskrcnn pack`: a model's folder, for the command line and the npm package, from a checkpoint.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::weights::{self, Manifest, ModelFolder, StateDict, WeightsFile, WeightsOptions};
use maskrcnn_web::{MaskRcnnConfig, Result};

use crate::files;
use crate::labels::Labels;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoint (.safetensors or .pth), such as a training's best.safetensors.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The model's folder. A manifest that is there keeps its words and settings; the accuracies, which were
    /// other weights', are dropped.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Names of the classes: a JSON array, or one a line [default: the manifest's, else COCO's for 91 classes].
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let state = StateDict::from_bytes(files::read(&arguments.weights)?)?;
    let packed = weights::half_precision(&state)?;
    let (mut config, _) = weights::read(packed.clone(), &WeightsOptions::default())?;
    files::create_folder(&arguments.out)?;
    let mut manifest = manifest(arguments, &config)?;
    if let Some(path) = &arguments.labels {
        manifest.labels = Labels::read(path, config.num_classes)?.into();
    }
    manifest.apply_to(&mut config)?;
    let file = format!("{}.safetensors", manifest.name);
    files::write(&arguments.out.join(&file), &packed)?;
    manifest.weights = vec![WeightsFile::of(&file, &packed)];
    manifest.accuracy.clear();
    files::write(&arguments.out.join(ModelFolder::MANIFEST), &manifest.to_json()?)?;
    println!("{}: {file}, {:.2} MB", arguments.out.display(), packed.len() as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}

/// The manifest that is there, or one with the network's own settings.
fn manifest(arguments: &Arguments, config: &MaskRcnnConfig) -> Result<Manifest> {
    let out = &arguments.out;
    if out.join(ModelFolder::MANIFEST).exists() {
        return Ok(ModelFolder::open(out)?.manifest);
    }
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    Ok(Manifest::new(&name, config, Labels::default_for(config.num_classes).into()))
}
