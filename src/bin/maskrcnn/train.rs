//! `maskrcnn train`: weights from pictures.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use maskrcnn_web::train::{Accuracy, Job, Observer, StepRecord, TrainConfig, ValidationRecord};
use maskrcnn_web::{Error, Result};

use crate::backend;
use crate::files;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The data set to learn from: COCO's JSON.
    #[arg(long, value_name = "JSON")]
    data: PathBuf,
    /// The folder of its pictures [default: the one beside it, named like it].
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// The data set to measure the accuracy on, with its pictures beside it.
    #[arg(long, value_name = "JSON")]
    val: Option<PathBuf>,
    /// The configuration [default with --resume: the one in the run's folder].
    #[arg(long, value_name = "TOML", required_unless_present = "resume")]
    config: Option<PathBuf>,
    /// The folder of the run.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Go on with the training in the folder, if one was begun there.
    #[arg(long)]
    resume: bool,
    /// Start from this checkpoint of torchvision's (.safetensors or .pth), as far as it fits.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Where the network is trained.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// Number of steps, whatever the configuration says.
    #[arg(long, value_name = "NUMBER")]
    steps: Option<u64>,
    /// Another value than the configuration's, such as `optimizer.learning_rate=1e-4`.
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

/// Where a network can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// The CPU, on all cores.
    Flex,
    /// A GPU, through Vulkan, Metal or DirectX 12.
    Wgpu,
    /// NVIDIA's GPUs.
    Cuda,
}

/// Runs the command. The exit code is 0 also for a training that was told to stop.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let job = arguments.job()?;
    let stop = stop_on_signals()?;
    let mut display = Display::new();
    let outcome = job.run(&mut display, &stop);
    display.finish();
    let outcome = outcome?;
    let out = job.out.display();
    if outcome.finished {
        eprintln!("{} steps are done; the weights are in {out}.", outcome.step);
    } else {
        eprintln!("Stopped after {} steps; go on with the same command and --resume.", outcome.step);
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn job(&self) -> Result<Job> {
        let path = self.config.clone().unwrap_or_else(|| self.out.join("config.toml"));
        let text = String::from_utf8(files::read(&path)?)
            .map_err(|_| Error::InvalidInput(format!("{} is no text", path.display())))?;
        let steps = self.steps.map(|steps| format!("schedule.steps={steps}"));
        let changes: Vec<String> = self.set.iter().cloned().chain(steps).collect();
        Ok(Job {
            data: self.data.clone(),
            images: self.images.clone(),
            validation: self.val.clone(),
            out: self.out.clone(),
            config: TrainConfig::from_toml(&text, &changes)?,
            resume: self.resume,
            weights: self.weights.clone(),
            device: match self.backend {
                Backend::Flex => backend::Choice::Cpu.open()?.device,
                Backend::Wgpu => backend::Choice::Wgpu.open()?.device,
                Backend::Cuda => cuda()?,
            },
        })
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<burn::tensor::Device> {
    burn::tensor::Device::cuda_options().init().map_err(|error| Error::InvalidInput(format!("no CUDA device: {error}")))
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<burn::tensor::Device> {
    Err(Error::InvalidInput("this program was built without CUDA; build it with `--features cuda`".into()))
}

/// A flag that Ctrl-C and a request to terminate set. A second one ends the program at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let handler = move || {
        if told.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("Stopping after this step; once more to stop at once.");
    };
    ctrlc::set_handler(handler).map_err(|error| Error::Internal(format!("the signals: {error}")))?;
    Ok(stop)
}

/// How far a training is: a bar with the losses on a terminal, lines elsewhere, on standard error.
struct Display {
    bar: Option<ProgressBar>,
    steps: u64,
    shown: Option<Instant>,
}

/// Seconds between two lines.
const PAUSE: f64 = 10.0;

impl Display {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}\n{msg}");
            ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, steps: 0, shown: None }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}

impl Observer for Display {
    fn begin(&mut self, step: u64, steps: u64) {
        self.steps = steps;
        if let Some(bar) = &self.bar {
            bar.set_length(steps);
            bar.set_position(step);
            bar.reset_eta();
        }
        if step > 0 {
            self.line(&format!("Going on after step {step}."));
        }
    }

    fn step(&mut self, record: &StepRecord) {
        let losses: Vec<String> = record.losses.named().map(|(name, value)| format!("{name} {value:.3}")).collect();
        let line = format!(
            "{}, gradients {:.2}, rate {:.2e}, {:.1} pictures/s",
            losses.join(", "),
            record.gradient_norm,
            record.learning_rate,
            record.pictures_per_second
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position(record.step);
                bar.set_message(line);
            }
            None => {
                let due = self.shown.is_none_or(|shown| shown.elapsed().as_secs_f64() >= PAUSE);
                if due || record.step == self.steps {
                    eprintln!("step {}/{}: {line}", record.step, self.steps);
                    self.shown = Some(Instant::now());
                }
            }
        }
    }

    fn validating(&mut self, done: usize, pictures: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("measuring the accuracy: {done} of {pictures} pictures"));
        }
    }

    fn validated(&mut self, record: &ValidationRecord, best: bool) {
        let best = if best { " (the best so far)" } else { "" };
        self.line(&format!("step {}: {}{best}", record.step, numbers(&record.overall)));
        for (kind, accuracy) in &record.by_kind {
            self.line(&format!("    {kind}: {}", numbers(accuracy)));
        }
    }
}

fn numbers(accuracy: &Accuracy) -> String {
    let numbers: Vec<String> = accuracy.named().map(|(name, value)| format!("{name} {value:.4}")).collect();
    numbers.join(", ")
}
