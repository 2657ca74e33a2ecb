//! The command line: `maskrcnn predict`, `train`, `average`, `eval`, `parity`, `bench`, `inspect`, `synth`,
//! `convert`, `fetch` and `schema`.

mod backend;
mod bench;
mod bench_layers;
mod checkpoint;
mod convert;
mod dataset;
mod eval;
mod exports;
mod fetch;
mod files;
mod filter;
mod inspect;
mod labels;
mod library_output;
mod memory;
mod network;
mod outputs;
mod overlay;
mod parity;
mod pictures;
mod plane;
mod predict;
mod progress;
mod report;
mod settings;
mod size;
mod table;
mod text;
mod tiles;
#[cfg(feature = "train")]
mod train;
mod worst;

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
    Predict(Box<predict::Arguments>),
    /// Score a network, or its results, on a data set.
    Eval(eval::Arguments),
    /// Hold every stage of the network against torchvision's numbers.
    Parity(parity::Arguments),
    /// Measure each stage, cold and warm, against the most that the device can do.
    Bench(bench::Arguments),
    /// Say what a checkpoint holds.
    Inspect(inspect::Arguments),
    #[cfg(feature = "train")]
    #[command(flatten)]
    Training(train::Command),
    /// Make a model's folder from torchvision's or detectron2's checkpoint: small weights, and a manifest.
    #[command(alias = "pack")]
    Convert(convert::Arguments),
    /// Download a checkpoint that torchvision publishes, trained on COCO's 80 classes, and make a model's folder of it.
    Fetch(fetch::Arguments),
    /// Print the JSON schema of a model's manifest.json, for editors to check one by.
    Schema,
}

fn main() -> ExitCode {
    memory::keep_freed();
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
        Command::Training(command) => train::command(&command),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Schema => {
            print!("{}", Manifest::schema());
            Ok(ExitCode::SUCCESS)
        }
    }
}
