//! `maskrcnn overfit`: whether training works at all.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::train::synth::SynthConfig;
use maskrcnn_web::train::{Configuration, Job, TrainConfig};

use super::device::Backend;
use super::{INTERRUPTED, run_job};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder for the images and the run [default: a new one for temporary files].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Where the network is trained.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// Number of steps [default: 200].
    #[arg(long, value_name = "NUMBER")]
    steps: Option<u64>,
}

/// What the average precision of the masks at IoU 0.5 has to exceed.
const GOAL: f64 = 0.95;

/// Runs the command. The exit code is 1 if the network did not overfit its images.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let temporary = || std::env::temp_dir().join(format!("maskrcnn-overfit-{}", std::process::id()));
    let out = arguments.out.clone().unwrap_or_else(temporary);
    let synth = SynthConfig { pictures: 8, ..SynthConfig::default() };
    let data = out.join("train.json");
    synth.write(0, &data, |_| {})?;
    let mut config = TrainConfig::overfit();
    config.schedule.steps = arguments.steps.unwrap_or(config.schedule.steps);
    let job = Job {
        validation: Some(data.clone()),
        data,
        images: None,
        validation_images: None,
        strict: false,
        out: out.join("run"),
        config: Configuration::Given(Box::new(config)),
        resume: false,
        weights: None,
        state_dict: None,
        device: arguments.backend.open()?,
    };
    let outcome = run_job(&job)?;
    if !outcome.finished {
        eprintln!("Stopped after {} steps.", outcome.step);
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let reached = outcome.validation.and_then(|record| record.overall.mask_ap50).unwrap_or(0.0);
    println!("mask AP50 on the training's own 8 images: {reached:.4} (goal: more than {GOAL})");
    Ok(if reached > GOAL { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
