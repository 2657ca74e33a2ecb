//! `maskrcnn synth`: a data set of made-up pictures.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use maskrcnn_web::Result;
use maskrcnn_web::train::synth::{SynthConfig, SynthKind};

use crate::progress::Progress;
use crate::size::size;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder to write to: `pictures.json`, and the pictures in `pictures/`.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Number of pictures.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pictures: usize,
    /// Width and height of the pictures in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "256x256", value_parser = size)]
    size: (usize, usize),
    /// The same seed makes the same pictures.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Mean radius of the nuclei in pixels, 2 or more [default: 8 to 14, by picture].
    #[arg(long, value_name = "PIXELS")]
    radius: Option<f32>,
    /// What the pictures look like [default: one after the other].
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Grey nuclei that shine on a dark ground.
    Fluorescence,
    /// Purple nuclei on pink tissue.
    Stained,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (width, height) = arguments.size;
    let mut config = SynthConfig { pictures: arguments.pictures, width, height, ..SynthConfig::default() };
    if let Some(kind) = arguments.kind {
        config.kinds = vec![match kind {
            Kind::Fluorescence => SynthKind::Fluorescence,
            Kind::Stained => SynthKind::Stained,
        }];
    }
    if let Some(radius) = arguments.radius {
        config.radius = [radius, radius];
    }
    config.check()?;
    let progress = Progress::new(arguments.pictures);
    let json = config.write(arguments.seed, &arguments.out, |picture| progress.step(&picture.file_name))?;
    progress.finish();
    println!("{}", json.display());
    Ok(ExitCode::SUCCESS)
}
