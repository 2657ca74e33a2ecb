//! `maskrcnn bench`: how long each stage takes, the first time and then, and how much of the device's
//! arithmetic it gets.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use futures_lite::future::block_on;
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::{StageTime, peak};
use maskrcnn_web::{Error, Model, Result};
use serde::Serialize;

use crate::bench_layers::{self, LayersArguments};
use crate::files;
use crate::memory;
use crate::network::{Network, NetworkArguments};
use crate::outputs;
use crate::size::size;
use crate::table::{self, Align};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// The image [default: a synthetic one].
    #[arg(long, value_name = "FILE", conflicts_with = "size")]
    picture: Option<PathBuf>,
    /// Width and height of the synthetic image in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "640x480", value_parser = size)]
    size: (usize, usize),
    /// Runs after the first one, of which the median is taken.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Where the times go as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    layers: LayersArguments,
}

/// All figures of a run.
#[derive(Debug, Serialize)]
struct Figures {
    backend: &'static str,
    /// The kernels of a GPU, `portable` or `tiled`.
    gpu_kernels: Option<&'static str>,
    dtype: &'static str,
    width: usize,
    height: usize,
    runs: u16,
    /// Objects that were found.
    objects: usize,
    /// Opening the device, reading the checkpoint and handing it over.
    load_milliseconds: f64,
    /// The most that the device does, in 10⁹ operations a second.
    peak_gigaflops: f64,
    /// Peak memory of this program while it loaded; none where the system does not report it.
    load_memory_bytes: Option<u64>,
    /// Peak memory of this program, loading included.
    peak_memory_bytes: Option<u64>,
    stages: Vec<Stage>,
}

/// The figures of one stage. Operations are multiplications and additions of float32; what is said of
/// them is left out where a stage has no convolution and no linear layer.
#[derive(Debug, Serialize)]
struct Stage {
    stage: &'static str,
    /// The first run.
    cold_milliseconds: f64,
    /// The median of the others.
    warm_milliseconds: f64,
    /// All others.
    all_milliseconds: Vec<f64>,
    #[serde(flatten)]
    work: Option<Work>,
}

/// What a stage computes.
#[derive(Debug, Serialize)]
struct Work {
    operations: u64,
    /// 10⁹ operations a second, by the median.
    gigaflops: f64,
    /// Of the device's peak, 0..1.
    share_of_peak: f64,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.layers.layers {
        return bench_layers::run(&arguments.layers, arguments.network.backend());
    }
    outputs::check(arguments.json.as_deref(), arguments.picture.as_deref())?;
    let image = match &arguments.picture {
        Some(path) => Image::read(path)?,
        None => made_up(arguments.size.0, arguments.size.1)?,
    };
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    let Network { model: Model { network, settings }, backend, .. } = arguments.network.load()?;
    let (load_milliseconds, load_memory_bytes) = (clock(), memory::peak());
    let cold = block_on(network.profile(&image, &settings, clock))?;
    // Before and after, for others may be at work too.
    let before = block_on(peak(&backend.device, clock))?;
    let mut warm = Vec::new();
    for _ in 0..arguments.runs {
        warm.push(block_on(network.profile(&image, &settings, clock))?);
    }
    let peak_memory_bytes = memory::peak();
    let found = block_on(network.predict(std::slice::from_ref(&image), &settings))?;
    let peak_gigaflops = block_on(peak(&backend.device, clock))?.max(before) / 1e9;
    let figures = Figures {
        backend: backend.name,
        gpu_kernels: backend.kernels(),
        dtype: network.dtype().name(),
        width: image.width(),
        height: image.height(),
        runs: arguments.runs,
        objects: found.iter().map(|found| found.items.len()).sum(),
        load_milliseconds,
        peak_gigaflops,
        load_memory_bytes,
        peak_memory_bytes,
        stages: stages(&cold, &warm, peak_gigaflops),
    };
    print(&figures);
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&figures).map_err(|error| Error::Internal(error.to_string()))?;
        files::write(path, json.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn stages(cold: &[StageTime], warm: &[Vec<StageTime>], peak_gigaflops: f64) -> Vec<Stage> {
    let stage = |(index, first): (usize, &StageTime)| {
        let all: Vec<f64> = warm.iter().filter_map(|run| Some(run.get(index)?.milliseconds)).collect();
        let warm_milliseconds = median(&all);
        let gigaflops = first.operations as f64 / warm_milliseconds / 1e6;
        let share_of_peak = gigaflops / peak_gigaflops;
        let operations = first.operations;
        Stage {
            stage: first.stage,
            cold_milliseconds: first.milliseconds,
            warm_milliseconds,
            all_milliseconds: all,
            work: (operations > 0).then_some(Work { operations, gigaflops, share_of_peak }),
        }
    };
    cold.iter().enumerate().map(stage).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn print(figures: &Figures) {
    let Figures { width, height, backend, dtype, runs, objects, peak_gigaflops, .. } = figures;
    let kernels = figures.gpu_kernels.map_or_else(String::new, |name| format!(" with {name} kernels"));
    println!("{width}×{height} pixels on {backend}{kernels} in {dtype}, {objects} objects, warm: median of {runs}");
    let none = || "–".to_owned();
    let load = format!("{:.1}", figures.load_milliseconds);
    let mut rows = vec![vec!["load".into(), load, none(), none(), none(), none()]];
    for stage in &figures.stages {
        let (cold, warm) = (stage.cold_milliseconds, stage.warm_milliseconds);
        let of = |number: fn(&Work) -> String| stage.work.as_ref().map_or_else(none, number);
        rows.push(vec![
            stage.stage.into(),
            format!("{cold:.1}"),
            format!("{warm:.1}"),
            of(|work| format!("{:.3}", work.operations as f64 / 1e9)),
            of(|work| format!("{:.1}", work.gigaflops)),
            of(|work| format!("{:.1} %", work.share_of_peak * 100.0)),
        ]);
    }
    let head = [
        ("stage", Align::Left),
        ("cold ms", Align::Right),
        ("warm ms", Align::Right),
        ("GFLOP", Align::Right),
        ("GFLOP/s", Align::Right),
        ("of peak", Align::Right),
    ];
    print!("{}", table::render(&head, &rows));
    println!("peak of the device: {peak_gigaflops:.1} GFLOP/s of float32");
    let memory = |bytes: Option<u64>| bytes.map_or_else(none, |bytes| format!("{:.0} MB", bytes as f64 / 1e6));
    let (load, all) = (memory(figures.load_memory_bytes), memory(figures.peak_memory_bytes));
    println!("peak memory of this program: {load} while loading, {all} in all");
}

/// An image with gradients and edges at every scale, the same each time.
fn made_up(width: usize, height: usize) -> Result<Image> {
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        [(x ^ y) as u8, (x * 3 + y) as u8, (x & y) as u8, 255]
    });
    Image::from_rgba(width, height, pixels.collect())
}
