//! `maskrcnn inspect`: what a checkpoint holds.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::weights::{self, WeightsOptions};

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
    let (config, tensors) = weights::read(bytes, &WeightsOptions::default())?;
    let parameters: usize = tensors.iter().map(|(_, tensor)| tensor.num_elements()).sum();
    let [a, b, c, d] = config.backbone.depths;
    println!("{}", arguments.weights.display());
    for (what, value) in [
        ("preset", weights::preset(&config).to_string()),
        ("size", format!("{:.1} MB", size as f64 / 1e6)),
        ("classes", format!("{} and the background", config.num_classes - 1)),
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
