//! `maskrcnn parity`: every stage of the network against the same stage in torchvision.
//!
//! # What counts as the same
//! - Features and logits: within 1e-3 of the largest magnitude in the stage; of what is computed at
//!   boxes, one value in a thousand may be three times as far off (`dense.rs` says why).
//! - Proposals and detections are sets: two candidates with nearly the same score may come in either
//!   order. Each of the reference's is paired with ours (`pairs.rs`); their corners must agree
//!   within 0.05 px, scores within 1e-3. What is computed for each of them is compared pair by pair.
//! - The few without a partner must lie at a decision that float noise can turn (`cutoff.rs`).
//! - Labels must come in the reference's order wherever its scores are further apart than noise.
//! - The masks, pasted and thresholded at 0.5: at least 99.9 % of all their pixels.

mod cutoff;
mod dense;
mod detections;
mod difference;
mod masks;
mod pairs;
mod proposals;
mod reference;
mod stages;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use futures_lite::future::block_on;
use maskrcnn_web::{Model, Result};

use crate::files;
use crate::network::{Network, NetworkArguments};
use crate::table;
use reference::Reference;
use stages::Stages;
use verdict::Verdict;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// What torchvision computed: the image and every stage (.safetensors).
    #[arg(long, value_name = "FILE")]
    reference: PathBuf,
    /// Hold these stages against the reference, as a browser wrote them, instead of running the network here.
    #[arg(long, value_name = "FILE")]
    stages: Option<PathBuf>,
}

/// Runs the command. The exit code is 1 if a stage is missing or past its tolerance.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let reference = Reference::read(&arguments.reference)?;
    let (ours, origin) = match &arguments.stages {
        Some(path) => {
            let (stages, _) = Stages::from_safetensors(path, &files::read(path)?)?;
            (stages, path.display().to_string())
        }
        None => {
            let Network { model: Model { network, mut settings }, backend, .. } = arguments.network.load()?;
            reference.configure(&mut settings);
            let inspection = block_on(network.inspect(&reference.image, &settings))?;
            (Stages::from(inspection.stages), format!("native, {}", backend.name))
        }
    };
    let verdicts = compare(&reference, &ours, !arguments.network.no_masks())?;
    let rows: Vec<Vec<String>> = verdicts.iter().map(Verdict::cells).collect();
    println!("{} against {origin}", arguments.reference.display());
    print!("{}", table::render(&Verdict::HEAD, &rows));
    let failed = verdicts.iter().filter(|verdict| !verdict.ok).count();
    if failed > 0 {
        println!("{failed} of {} stages differ.", verdicts.len());
        return Ok(ExitCode::FAILURE);
    }
    println!("All {} stages agree.", verdicts.len());
    Ok(ExitCode::SUCCESS)
}

/// Holds each stage of the reference against ours.
fn compare(reference: &Reference, ours: &Stages, masks: bool) -> Result<Vec<Verdict>> {
    let mut verdicts: Vec<Verdict> =
        reference.features().map(|(name, expected)| dense::compare(name, expected, ours.get(name))).collect();
    let proposals = proposals::compare(reference, ours, &mut verdicts)?;
    for name in ["box.logits", "box.deltas"] {
        verdicts.push(dense::compare_rows(name, reference.stage(name)?, ours.get(name), &proposals));
    }
    detections::compare(reference, ours, masks, &mut verdicts)?;
    Ok(verdicts)
}
