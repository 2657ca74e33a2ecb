//! `maskrcnn synth`: a synthetic data set, with a part to train on and a part to validate on.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use maskrcnn_web::Result;
use maskrcnn_web::train::Random;
use maskrcnn_web::train::synth::{SynthConfig, SynthKind};

use crate::progress::Progress;
use crate::size::size;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder to write to: train.json with its images in train/, and val.json with val/.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Number of images to train on.
    #[arg(long, value_name = "N", alias = "pictures", default_value_t = 40)]
    train: usize,
    /// Number of images to validate on; none of them is among those to train on. 0 leaves val.json out.
    #[arg(long, value_name = "N", default_value_t = 10)]
    val: usize,
    /// Width and height of the images in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "256x256", value_parser = size)]
    size: (usize, usize),
    /// The same seed makes the same images.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Mean radius of the nuclei in pixels, 2 or more [default: 8 to 14, by image].
    #[arg(long, value_name = "PIXELS")]
    radius: Option<f32>,
    /// What the images look like [default: one after the other].
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
    let mut config = SynthConfig { width, height, ..SynthConfig::default() };
    if let Some(kind) = arguments.kind {
        config.kinds = vec![match kind {
            Kind::Fluorescence => SynthKind::Fluorescence,
            Kind::Stained => SynthKind::Stained,
        }];
    }
    if let Some(radius) = arguments.radius {
        config.radius = [radius, radius];
    }
    let train = (SynthConfig { pictures: arguments.train, ..config.clone() }, arguments.seed, "train.json");
    // Seeds of 64 bits that are drawn do not meet those that people choose.
    let seed = Random::of_part(arguments.seed, u64::MAX).next_u64();
    let val = (SynthConfig { pictures: arguments.val, ..config }, seed, "val.json");
    let parts = if arguments.val == 0 { vec![train] } else { vec![train, val] };
    for (config, _, name) in &parts {
        config.check_free(&arguments.out.join(name))?;
    }
    let progress = Progress::new(arguments.train + arguments.val);
    for (config, seed, name) in &parts {
        let json = arguments.out.join(name);
        let folder = SynthConfig::image_folder(&json);
        config.write(*seed, &json, |picture| progress.step(&folder.join(&picture.file_name).display().to_string()))?;
        println!("{}", json.display());
    }
    progress.finish();
    Ok(ExitCode::SUCCESS)
}
