//! The command line: `maskrcnn predict`, `train`, `average`, `eval`, `parity`, `bench`, `inspect`, `synth`,
//! `convert`, `fetch` and `schema`.

#[cfg(feature = "train")]
mod average;
mod backend;
mod bench;
mod checkpoint;
mod convert;
mod dataset;
mod eval;
mod fetch;
mod files;
mod inspect;
mod labels;
mod library_output;
mod memory;
mod network;
mod outputs;
mod overlay;
mod parity;
mod pictures;
mod predict;
mod progress;
mod report;
mod settings;
mod size;
#[cfg(feature = "train")]
mod synth;
mod table;
mod text;
#[cfg(feature = "train")]
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use maskrcnn_web::Result;
use maskrcnn_web::weights::Manifest;

/// Mask R-CNN: finds the objects in images, with a mask of each.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// Show what libraries print and log, such as the Vulkan loader and graphics drivers, too.
    #[arg(long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find the objects in images; draws them and writes them as JSON.
    Predict(predict::Arguments),
    /// Score a network, or its results, on a data set.
    Eval(eval::Arguments),
    /// Hold every stage of the network against torchvision's numbers.
    Parity(parity::Arguments),
    /// Measure each stage, cold and warm, against the most that the device can do.
    Bench(bench::Arguments),
    /// Say what a checkpoint holds.
    Inspect(inspect::Arguments),
    /// Train a network on images with known objects. Exits with 130 when Ctrl-C or SIGTERM stops it, once a
    /// checkpoint to resume from is written.
    #[cfg(feature = "train")]
    Train(train::Arguments),
    /// Make one network of several trainings of it: the mean of their weights.
    #[cfg(feature = "train")]
    Average(average::Arguments),
    /// Check that training works: overfit a network to 8 synthetic images.
    #[cfg(feature = "train")]
    Overfit(train::overfit::Arguments),
    /// Make a synthetic data set of nuclei with known masks, to try training on.
    #[cfg(feature = "train")]
    Synth(synth::Arguments),
    /// Make a model's folder from torchvision's or detectron2's checkpoint: small weights, and a manifest.
    #[command(alias = "pack")]
    Convert(convert::Arguments),
    /// Download a checkpoint that torchvision publishes, trained on COCO's 80 classes, and make a model's folder of it.
    Fetch(fetch::Arguments),
    /// Print the JSON schema of a model's manifest.json, for editors to check one by.
    Schema,
}

fn main() -> ExitCode {
    let Cli { verbose, command } = Cli::parse();
    if verbose {
        library_output::show();
    }
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error[{}]: {error}.", error.code());
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Predict(arguments) => predict::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Parity(arguments) => parity::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        #[cfg(feature = "train")]
        Command::Train(arguments) => train::run(&arguments),
        #[cfg(feature = "train")]
        Command::Average(arguments) => average::run(&arguments),
        #[cfg(feature = "train")]
        Command::Overfit(arguments) => train::overfit::run(&arguments),
        #[cfg(feature = "train")]
        Command::Synth(arguments) => synth::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Schema => {
            print!("{}", Manifest::schema());
            Ok(ExitCode::SUCCESS)
        }
    }
}
