//! The package in Chromium against the command line, on the images of any folder or data set.

use std::path::{self, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::parity::Backend;
use crate::setup::browser::CHROMIUM;
use crate::wasm::BuildOptions;
use crate::workspace::Workspace;
use crate::{process, site};

/// What is compared.
#[derive(Args)]
pub(crate) struct Options {
    /// A data set in COCO's JSON
    #[arg(long, value_name = "FILE.json", required_unless_present = "images")]
    data: Option<PathBuf>,
    /// A folder of images; with --data, where its images are
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// The number of images, taken evenly from all [default: 10]
    #[arg(long, value_name = "N")]
    pictures: Option<usize>,
    /// A model's folder; without it the default model
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// What Chromium computes on
    #[arg(long)]
    backend: Option<Backend>,
    /// Where to write the figures
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    build: BuildOptions,
}

/// `cargo xtask compare`: the same objects natively and in the browser?
///
/// # Errors
/// When something does not build, Chromium is missing, or the two differ.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut compare = Command::new("node");
    compare.arg(workspace.root.join("tests/chromium/compare.mjs")).arg("--site").arg(workspace.site());
    let paths = [
        ("--data", &options.data),
        ("--images", &options.images),
        ("--model", &options.model),
        ("--json", &options.json),
    ];
    for (name, path) in paths {
        if let Some(path) = path {
            compare.arg(name).arg(path::absolute(path).with_context(|| format!("{name} {}", path.display()))?);
        }
    }
    if let Some(number) = options.pictures {
        compare.args(["--pictures", &number.to_string()]);
    }
    if let Some(backend) = options.backend {
        compare.args(["--backend", backend.in_browser()]);
    }
    site::build(workspace, options.build.how())?;
    process::run(compare.env(CHROMIUM.variable, CHROMIUM.find_or_install()?))
}
