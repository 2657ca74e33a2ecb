//! `maskrcnn inspect`: what a checkpoint holds.

#[cfg(feature = "train")]
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
#[cfg(feature = "train")]
use maskrcnn_web::train::{CheckpointSummary, RunFolder};
use maskrcnn_web::weights::{self, Manifest, WeightsOptions};

use crate::files;
use crate::table::{self, Align};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The checkpoint (.safetensors, .pth or .pkl).
    #[arg(value_name = "FILE")]
    weights: PathBuf,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let bytes = files::read(&arguments.weights)?;
    let size = bytes.len();
    #[cfg(feature = "train")]
    if let Some(summary) = CheckpointSummary::read(&bytes)? {
        describe(&arguments.weights, size, &summary);
        return Ok(ExitCode::SUCCESS);
    }
    let labels = Manifest::embedded(&bytes)?.map(|manifest| manifest.labels);
    let (config, tensors) = weights::read(bytes, &WeightsOptions::default())?;
    let parameters: usize = tensors.iter().map(|(_, tensor)| tensor.num_elements()).sum();
    let [a, b, c, d] = config.backbone.depths;
    println!("{}", arguments.weights.display());
    for (what, value) in [
        ("preset", weights::preset(&config).to_string()),
        ("size", format!("{:.1} MB", size as f64 / 1e6)),
        ("classes", format!("{} and the background", config.num_classes - 1)),
        ("labels", labels.map_or("not in the file".into(), |labels| labels.join(", "))),
        ("masks", if config.masks { "yes" } else { "no (Faster R-CNN)" }.into()),
        ("backbone", format!("{:?}, {a}+{b}+{c}+{d} blocks", config.backbone.block)),
        ("pyramid", format!("{} channels", config.fpn.channels)),
        ("tensors", format!("{}, batch normalisation folded", tensors.iter().count())),
        ("parameters", parameters.to_string()),
    ] {
        println!("{what:<12}{value}");
    }
    let rows: Vec<Vec<String>> = tensors
        .iter()
        .map(|(path, tensor)| {
            let shape: Vec<String> = tensor.shape().iter().map(ToString::to_string).collect();
            vec![path.into(), shape.join("×"), tensor.num_elements().to_string()]
        })
        .collect();
    let head = [("tensor", Align::Left), ("shape", Align::Left), ("parameters", Align::Right)];
    print!("{}", table::render(&head, &rows));
    Ok(ExitCode::SUCCESS)
}

/// Says what the checkpoint of a training is, and which files hold the network.
#[cfg(feature = "train")]
fn describe(path: &Path, size: usize, summary: &CheckpointSummary) {
    let CheckpointSummary { step, config, layout, parameters } = summary;
    let run = RunFolder::at(path.parent().unwrap_or(Path::new("")));
    let weights: Vec<String> = [run.best(), run.last()]
        .into_iter()
        .filter(|file| file.exists())
        .map(|file| file.display().to_string())
        .collect();
    let weights = match weights.is_empty() {
        true => "none yet: the training writes them after a validation and at its end".into(),
        false => format!("{}: use one of these for predict, eval and convert", weights.join(", ")),
    };
    println!("{}", path.display());
    for (what, value) in [
        ("what", "checkpoint that `maskrcnn train --resume` continues from, not a network's weights".into()),
        ("step", format!("{step} of {}", config.schedule.steps)),
        ("preset", weights::preset(layout)),
        ("classes", format!("{} and the background", layout.num_classes.saturating_sub(1))),
        ("size", format!("{:.1} MB", size as f64 / 1e6)),
        ("parameters", parameters.to_string()),
        ("weights", weights),
    ] {
        println!("{what:<12}{value}");
    }
}
