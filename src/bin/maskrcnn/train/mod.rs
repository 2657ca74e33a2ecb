//! `maskrcnn train`: weights from images.

mod average;
pub(crate) mod checkpoint;
mod device;
mod display;
mod overfit;
mod synth;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Subcommand};
use maskrcnn_web::train::{Configuration, Hardware, Job, Outcome, RunFolder, TrainConfig};
use maskrcnn_web::{Error, Result};

use self::device::Backend;
use self::display::Display;
use crate::files;

/// The commands that make networks, and data sets to try that on.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Train a network on images with known objects. Exits with 130 when Ctrl-C or SIGTERM stops it, once a
    /// checkpoint to resume from is written.
    Train(Arguments),
    /// Make one network of several trainings of it: the mean of their weights.
    Average(average::Arguments),
    /// Check that training works: overfit a network to 8 synthetic images.
    Overfit(overfit::Arguments),
    /// Make a synthetic data set of nuclei with known masks, to try training on.
    Synth(synth::Arguments),
}

/// Runs one of the commands.
pub(crate) fn command(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Train(arguments) => run(arguments),
        Command::Average(arguments) => average::run(arguments),
        Command::Overfit(arguments) => overfit::run(arguments),
        Command::Synth(arguments) => synth::run(arguments),
    }
}

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The data set to learn from: COCO's JSON.
    #[arg(long, value_name = "JSON", required_unless_present = "help_config")]
    data: Option<PathBuf>,
    /// The folder of its images [default: where COCO, Roboflow, CVAT and Label Studio have them:
    /// the one named like the file, beside it, or `images` or `../val2017` and the like].
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// The data set to measure the accuracy on.
    #[arg(long, value_name = "JSON")]
    val: Option<PathBuf>,
    /// The folder of its images [default: found as those to learn from are].
    #[arg(long, value_name = "FOLDER", requires = "val")]
    val_images: Option<PathBuf>,
    /// Take warnings about the data sets for errors.
    #[arg(long)]
    strict: bool,
    /// The configuration; --help-config lists what it can say [default: with --resume the one in the run's folder, else
    /// values that suit the data set, which are told and written there].
    #[arg(long, value_name = "TOML")]
    config: Option<PathBuf>,
    /// The folder of the run.
    #[arg(long, value_name = "FOLDER", required_unless_present = "help_config")]
    out: Option<PathBuf>,
    /// Resume the training in the folder; start one if none was begun there.
    #[arg(long)]
    resume: bool,
    /// Start from this checkpoint of torchvision's (.safetensors or .pth), as far as it fits.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Which state dict of that checkpoint is taken, where it holds several: the keys that lead to it with dots between
    /// them.
    #[arg(long, value_name = "KEY", requires = "weights")]
    state_dict: Option<String>,
    /// Where the network is trained.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// Number of steps, whatever the configuration says.
    #[arg(long, value_name = "NUMBER")]
    steps: Option<u64>,
    /// Another value than the configuration's, such as `optimizer.learning_rate=1e-4`.
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// Print a configuration with every key, its meaning, unit, range and default, and stop.
    #[arg(long)]
    help_config: bool,
}

/// The exit code of a training that Ctrl-C or SIGTERM stopped, so that a command after `&&` does not run: what a
/// shell gives for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Runs the command. The exit code is [`INTERRUPTED`] for a training that a signal stopped.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (false, Some(data), Some(out)) = (arguments.help_config, &arguments.data, &arguments.out) else {
        print!("{}", TrainConfig::help()?);
        return Ok(ExitCode::SUCCESS);
    };
    let job = arguments.job(data, out)?;
    let outcome = run_job(&job)?;
    let out = job.out.display();
    match outcome {
        Outcome { finished: true, step, .. } => {
            eprintln!("{step} steps are done; the weights are in {out}.");
            return Ok(ExitCode::SUCCESS);
        }
        Outcome { step: 0, .. } => eprintln!("Stopped before the first step; nothing was written."),
        Outcome { step, .. } => {
            eprintln!("Stopped after {step} steps; resume with the same command and --resume.");
        }
    }
    Ok(ExitCode::from(INTERRUPTED))
}

/// Trains, with the progress on standard error, until all is done or a signal tells it to stop.
fn run_job(job: &Job) -> Result<Outcome> {
    let stop = stop_on_signals()?;
    let mut display = Display::new();
    let outcome = job.run(&mut display, &stop);
    display.finish();
    outcome
}

impl Arguments {
    fn job(&self, data: &Path, out: &Path) -> Result<Job> {
        let steps = self.steps.map(|steps| format!("schedule.steps={steps}"));
        let changes: Vec<String> = self.set.iter().cloned().chain(steps).collect();
        let device = self.backend.open()?;
        let config = match self.config_file(out) {
            Some(path) => {
                let text = String::from_utf8(files::read(&path)?)
                    .map_err(|_| Error::InvalidInput(format!("{} is not a text file", path.display())))?;
                Configuration::Given(Box::new(TrainConfig::from_toml(&text, &changes)?))
            }
            None => {
                let hardware = if self.backend == Backend::Flex { Hardware::cpu() } else { Hardware::Gpu };
                Configuration::Suited { hardware, changes }
            }
        };
        Ok(Job {
            data: data.to_owned(),
            images: self.images.clone(),
            validation: self.val.clone(),
            validation_images: self.val_images.clone(),
            strict: self.strict,
            out: out.to_owned(),
            config,
            resume: self.resume,
            weights: self.weights.clone(),
            state_dict: self.state_dict.clone(),
            device,
        })
    }

    /// The file with the configuration, if there is one.
    fn config_file(&self, out: &Path) -> Option<PathBuf> {
        let of_run = || Some(RunFolder::at(out).config()).filter(|path| self.resume && path.exists());
        self.config.clone().or_else(of_run)
    }
}

/// A flag that Ctrl-C and a request to terminate set. A second one ends the program at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let handler = move || {
        if told.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
        eprintln!("Stopping after this step; once more to stop at once.");
    };
    ctrlc::set_handler(handler).map_err(|error| Error::Internal(format!("the signals: {error}")))?;
    Ok(stop)
}
