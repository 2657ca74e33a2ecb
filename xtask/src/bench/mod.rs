//! How fast it is: stage by stage natively, and in Chromium beside onnxruntime-web.

mod native;

use std::fs;
use std::path::{self, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use self::native::{Native, Turns};
use crate::setup::browser::CHROMIUM;
use crate::setup::node;
use crate::wasm::{Build, BuildOptions};
use crate::workspace::Workspace;
use crate::{performance_page, process, site};

/// What the folder of a full-size network holds; `full.onnx` may be missing.
const CASE: [&str; 3] = ["case.json", "picture.png", "backbone.onnx"];

/// What is timed, and how. Without `--native`, `--browser`, `--stages` and `--layers` the first two are.
#[derive(Args)]
pub(crate) struct Options {
    /// Natively, alternating with torchvision if it is installed
    #[arg(long)]
    native: bool,
    /// In Chromium beside onnxruntime-web: the narrow network and, with --full, that of its folder
    #[arg(long)]
    browser: bool,
    /// Stage by stage in Chromium
    #[arg(long)]
    stages: bool,
    /// Layer by layer natively, in all kernels and precisions of the GPU or, without one, of the software adapter; the
    /// figures go into benches/results
    #[arg(long, conflicts_with_all = ["native", "browser", "stages"])]
    layers: bool,
    /// The checkpoint for --native and --stages; without it the narrow network
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    weights: Option<PathBuf>,
    /// The image for --native and --stages
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    picture: Option<PathBuf>,
    /// Pixels that the image's shorter side is scaled to
    #[arg(long, value_name = "PIXELS")]
    min_size: Option<u32>,
    /// Also build and time burn's CUDA backend
    #[arg(long)]
    cuda: bool,
    /// The folder of a full-size network; benches/README.md says how it is made
    #[arg(long, value_name = "DIR", value_parser = absolute)]
    full: Option<PathBuf>,
    #[command(flatten)]
    turns: Turns,
    /// Where to write the figures
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    json: Option<PathBuf>,
    /// Put the browser's table into docs/performance.md
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    build: BuildOptions,
}

fn absolute(path: &str) -> std::io::Result<PathBuf> {
    path::absolute(path)
}

/// `cargo xtask bench`.
///
/// # Errors
/// When something does not build, Chromium is missing, or the two sides find different objects.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.layers {
        return native::layers(workspace);
    }
    let (native, browser) = match (options.native, options.browser, options.stages) {
        (false, false, false) => (true, true),
        (native, browser, _) => (native, browser),
    };
    if let Some(folder) = &options.full
        && let Some(missing) = CASE.iter().find(|name| !folder.join(name).is_file())
    {
        bail!("{} has no {missing}; benches/README.md says how it is made.", folder.display());
    }
    if let Some(old) = options.json.as_ref().filter(|file| file.is_file()) {
        fs::remove_file(old)?;
    }
    let how = options.build.how();
    let weights = options.weights.clone().unwrap_or_else(|| workspace.reference_checkpoint());
    let ratios = if native {
        let picture = options.picture.clone().unwrap_or_else(|| workspace.root.join("benches/tiny/picture.png"));
        let (min_size, turns, cuda) = (options.min_size, options.turns, options.cuda);
        Some(Native { weights: weights.clone(), picture, min_size, turns, cuda }.run(workspace)?)
    } else {
        None
    };
    if options.stages {
        site::build(workspace, how)?;
        let mut node = script(workspace, "stages.mjs");
        node.arg("--weights").arg(&weights);
        if let Some(picture) = &options.picture {
            node.arg("--picture").arg(picture);
        }
        if let Some(pixels) = options.min_size {
            node.args(["--min-size", &pixels.to_string()]);
        }
        process::run(node.env(CHROMIUM.variable, CHROMIUM.find_or_install()?))?;
    }
    if browser {
        beside_onnxruntime(workspace, options, how)?;
    }
    match (ratios, &options.json) {
        (Some(ratios), Some(json)) => ratios.write(json),
        _ => Ok(()),
    }
}

/// This package in Chromium beside onnxruntime-web.
fn beside_onnxruntime(workspace: &Workspace, options: &Options, how: Build) -> Result<()> {
    let table = workspace.target.join("bench.md");
    let mut node = script(workspace, "against-onnxruntime.mjs");
    node.arg("--markdown").arg(&table);
    for (name, path) in [("--full", &options.full), ("--json", &options.json)] {
        if let Some(path) = path {
            node.arg(name).arg(path);
        }
    }
    for (name, number) in [("--rounds", options.turns.rounds), ("--runs", options.turns.runs)] {
        if let Some(number) = number {
            node.args([name, &number.to_string()]);
        }
    }
    site::build(workspace, how)?;
    node::install_packages(&workspace.root.join("benches"))?;
    process::run(node.env(CHROMIUM.variable, CHROMIUM.find_or_install()?))?;
    if options.write {
        performance_page::quote(workspace, "bench", fs::read_to_string(&table)?.trim_end())?;
    }
    Ok(())
}

fn script(workspace: &Workspace, name: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(workspace.root.join("benches").join(name)).arg("--site").arg(workspace.site());
    node
}
