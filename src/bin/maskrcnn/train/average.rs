//! `maskrcnn average`: one network of several trainings of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use maskrcnn_web::Result;
use maskrcnn_web::train::{average, with_even_score};
use maskrcnn_web::weights::{
    CheckpointFile, Manifest, ModelFolder, StateDict, WeightsOptions, read_selected, single_precision,
};

use crate::{files, outputs};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Weights that a training of the network ended with (.safetensors, .pth or .pkl). Given once or more often.
    #[arg(long, value_name = "FILE", required = true)]
    weights: Vec<PathBuf>,
    /// Which state dict of the files is taken, where they hold several: the keys that lead to it with dots between them.
    #[arg(long, value_name = "KEY")]
    state_dict: Option<String>,
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
    let key = arguments.state_dict.as_deref();
    let files: Vec<(StateDict, Option<Manifest>)> =
        arguments.weights.iter().map(|path| open(path, key)).collect::<Result<_>>()?;
    let (states, manifests): (Vec<StateDict>, Vec<Option<Manifest>>) = files.into_iter().unzip();
    let equal = vec![1.0; states.len()];
    let shares = if arguments.share.is_empty() { &equal } else { &arguments.share };
    let mut averaged = average(&states, shares)?;
    if let Some(score) = arguments.even_score {
        averaged = with_even_score(averaged, score)?;
    }
    let weights = single_precision(&averaged)?;
    let described = manifests.into_iter().flatten().reduce(|first, other| {
        let described = |manifest: &Manifest| {
            let Manifest { labels, settings, .. } = manifest;
            (labels.clone(), settings.input.clone(), settings.anchors.clone())
        };
        if described(&first) != described(&other) {
            eprintln!("warning: the files differ in their labels or settings; the first one's are kept");
        }
        first
    });
    let weights = match described {
        Some(manifest) => Manifest { accuracy: BTreeMap::new(), ..manifest }.embed(&weights)?,
        None => weights,
    };
    files::write(&arguments.out, &weights)?;
    println!("{}", arguments.out.display());
    Ok(ExitCode::SUCCESS)
}

/// The tensors of a file, which must hold a network, and what is known about it.
fn open(path: &Path, key: Option<&str>) -> Result<(StateDict, Option<Manifest>)> {
    let bytes = files::read(path)?;
    let manifest = ModelFolder::manifest_of(path, &bytes)?;
    let selected = CheckpointFile::read(bytes)?.select(key, None)?;
    read_selected(selected.clone(), &WeightsOptions::default())?;
    Ok((selected.state, manifest))
}
