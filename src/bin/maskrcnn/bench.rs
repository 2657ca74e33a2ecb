//! `maskrcnn bench`: how long each stage takes, the first time and then.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use futures_lite::future::block_on;
use maskrcnn_web::inference::StageTime;
use maskrcnn_web::structures::Image;
use maskrcnn_web::{Error, Result};
use serde::Serialize;

use crate::files;
use crate::network::{Network, NetworkArguments};
use crate::size::size;
use crate::table::{self, Align};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// The picture [default: a made-up one].
    #[arg(long, value_name = "FILE", conflicts_with = "size")]
    picture: Option<PathBuf>,
    /// Width and height of the made-up picture in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "640x480", value_parser = size)]
    size: (usize, usize),
    /// Runs after the first one, of which the median is taken.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Where the times go as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// All times of a run.
#[derive(Debug, Serialize)]
struct Times {
    backend: &'static str,
    width: usize,
    height: usize,
    runs: u16,
    /// Opening the device, reading the checkpoint and handing it over.
    load_milliseconds: f64,
    stages: Vec<Stage>,
}

#[derive(Debug, Serialize)]
struct Stage {
    stage: &'static str,
    /// The first run.
    cold_milliseconds: f64,
    /// The median of the others.
    warm_milliseconds: f64,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let image = match &arguments.picture {
        Some(path) => Image::read(path)?,
        None => made_up(arguments.size.0, arguments.size.1)?,
    };
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    let Network { model, backend, .. } = arguments.network.load()?;
    let load_milliseconds = clock();
    let cold = block_on(model.profile(&image, clock))?;
    let mut warm = Vec::new();
    for _ in 0..arguments.runs {
        warm.push(block_on(model.profile(&image, clock))?);
    }
    let times = Times {
        backend: backend.name,
        width: image.width(),
        height: image.height(),
        runs: arguments.runs,
        load_milliseconds,
        stages: stages(&cold, &warm),
    };
    print(&times);
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&times).map_err(|error| Error::Internal(error.to_string()))?;
        files::write(path, json.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn stages(cold: &[StageTime], warm: &[Vec<StageTime>]) -> Vec<Stage> {
    let median = |index: usize| {
        let mut times: Vec<f64> = warm.iter().filter_map(|run| Some(run.get(index)?.milliseconds)).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let stage = |(index, first): (usize, &StageTime)| Stage {
        stage: first.stage,
        cold_milliseconds: first.milliseconds,
        warm_milliseconds: median(index),
    };
    cold.iter().enumerate().map(stage).collect()
}

fn print(times: &Times) {
    println!("{}×{} pixels on {}, warm: median of {}", times.width, times.height, times.backend, times.runs);
    let mut rows = vec![vec!["load".into(), format!("{:.1}", times.load_milliseconds), String::new()]];
    for stage in &times.stages {
        let (cold, warm) = (stage.cold_milliseconds, stage.warm_milliseconds);
        rows.push(vec![stage.stage.into(), format!("{cold:.1}"), format!("{warm:.1}")]);
    }
    let head = [("stage", Align::Left), ("cold ms", Align::Right), ("warm ms", Align::Right)];
    print!("{}", table::render(&head, &rows));
}

/// A picture with gradients and edges at every scale, the same each time.
fn made_up(width: usize, height: usize) -> Result<Image> {
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        [(x ^ y) as u8, (x * 3 + y) as u8, (x & y) as u8, 255]
    });
    Image::from_rgba(width, height, pixels.collect())
}
