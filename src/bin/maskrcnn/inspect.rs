//! `maskrcnn inspect`: what a checkpoint holds.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::config::BodyConfig;
use maskrcnn_web::weights::{self, CheckpointFile, FileEntry, ModelFolder, Weights};

use crate::checkpoint::CheckpointArguments;
use crate::files;
use crate::table::{self, Align, line};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The checkpoint (.safetensors, .pth or .pkl, by any name).
    #[arg(value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    checkpoint: CheckpointArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let bytes = files::read(&arguments.weights)?;
    let size = bytes.len();
    #[cfg(feature = "train")]
    if crate::train::checkpoint::describe(&arguments.weights, &bytes)? {
        return Ok(ExitCode::SUCCESS);
    }
    let manifest = ModelFolder::manifest_of(&arguments.weights, &bytes)?;
    let file = CheckpointFile::read(bytes)?;
    // Whether or not there is a network in it.
    println!("{}", arguments.weights.display());
    line("format", &file.format().to_string());
    line("size", &format!("{:.1} MB", size as f64 / 1e6));
    line("holds", &holds(&file.entries()));
    let options = arguments.checkpoint.options().described_by(manifest.as_ref());
    let labels = manifest.map(|manifest| manifest.labels);
    let selected = file.select(options.state_dict.as_deref(), options.masks)?;
    line("state dict", if selected.path.is_empty() { "on the top level" } else { &selected.path });
    if !selected.others.is_empty() {
        line("not taken", &selected.others.join(", "));
    }
    let Weights { layout, tensors, .. } = weights::read_selected(selected, &options)?;
    let parameters: usize = tensors.iter().map(|(_, tensor)| tensor.num_elements()).sum();
    for (what, value) in [
        ("architecture", layout.architecture()),
        ("classes", format!("{} and the background", layout.num_classes - 1)),
        ("labels", labels.map_or("not in the file".into(), |labels| labels.join(", "))),
        ("masks", if layout.masks { "yes" } else { "no (Faster R-CNN)" }.into()),
        ("backbone", backbone(&layout.backbone)),
        ("pyramid", format!("{} channels", layout.fpn.channels)),
        ("tensors", format!("{}, batch normalisation folded", tensors.iter().count())),
        ("parameters", parameters.to_string()),
    ] {
        line(what, &value);
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

/// The kind of a body and its depth: `Bottleneck, 3+4+6+3 blocks`.
fn backbone(body: &BodyConfig) -> String {
    let (kind, depths) = match body {
        BodyConfig::ResNet(config) => (format!("{:?}", config.block), config.depths.to_vec()),
        BodyConfig::EfficientNetLite(config) => ("EfficientNet-Lite".into(), config.depths.to_vec()),
    };
    let depths: Vec<String> = depths.iter().map(ToString::to_string).collect();
    format!("{kind}, {} blocks", depths.join("+"))
}

/// What a file has on its top level: `model (295 tensors), epoch (12)`.
fn holds(entries: &[FileEntry]) -> String {
    const LISTED: usize = 24;
    let entry = |FileEntry { name, kind, tensors }: &FileEntry| {
        let tensors = match tensors {
            0 => None,
            1 => Some("1 tensor".to_owned()),
            count => Some(format!("{count} tensors")),
        };
        let what: Vec<&str> = tensors.as_deref().into_iter().chain((!kind.is_empty()).then_some(&kind[..])).collect();
        let what = what.join(", ").escape_debug().to_string();
        let name: String = name.escape_debug().take(60).collect();
        if name.is_empty() { what } else { format!("{name} ({what})") }
    };
    let listed: Vec<String> = entries.iter().take(LISTED).map(entry).collect();
    match entries.len().saturating_sub(LISTED) {
        0 if listed.is_empty() => "nothing".into(),
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}
