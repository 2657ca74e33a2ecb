//! `maskrcnn average`: one network of several trainings of it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::train::{average, with_even_score};
use maskrcnn_web::weights::{StateDict, WeightsOptions, read, single_precision};

use crate::{files, outputs};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Weights that a training of the network ended with (.safetensors, .pth or .pkl). Given once or more often.
    #[arg(long, value_name = "FILE", required = true)]
    weights: Vec<PathBuf>,
    /// How much they count, one for each file in the same order [default: all the same].
    #[arg(long, value_name = "NUMBER")]
    share: Vec<f64>,
    /// Change the scores such that SCORE, 0 to 1, becomes 0.5, which is demanded of a detection by default.
    #[arg(long, value_name = "SCORE")]
    even_score: Option<f64>,
    /// The file to write, .safetensors in f32.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    outputs::check([arguments.out.as_path()], arguments.weights.iter().map(PathBuf::as_path))?;
    let states: Vec<StateDict> = arguments.weights.iter().map(|path| state(path)).collect::<Result<_>>()?;
    let equal = vec![1.0; states.len()];
    let shares = if arguments.share.is_empty() { &equal } else { &arguments.share };
    let mut averaged = average(&states, shares)?;
    if let Some(score) = arguments.even_score {
        averaged = with_even_score(averaged, score)?;
    }
    files::write(&arguments.out, &single_precision(&averaged)?)?;
    println!("{}", arguments.out.display());
    Ok(ExitCode::SUCCESS)
}

/// The tensors of a file, which must hold a network.
fn state(path: &Path) -> Result<StateDict> {
    let bytes = files::read(path)?;
    read(bytes.clone(), &WeightsOptions::default())?;
    StateDict::from_bytes(bytes)
}
