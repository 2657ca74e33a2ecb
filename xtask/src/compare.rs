//! The package in Chromium against the command line, on the pictures of any folder or data set.

use std::path::{self, Path};
use std::process::Command;

use anyhow::{Context, Result};

use crate::arguments::Arguments;
use crate::setup::browser::CHROMIUM;
use crate::wasm::Build;
use crate::workspace::Workspace;
use crate::{process, site};

/// What `tests/chromium/compare.mjs` is told in files and folders, and in other words.
const PATHS: [&str; 4] = ["--data", "--images", "--model", "--json"];
const WORDS: [&str; 2] = ["--pictures", "--backend"];

/// `cargo xtask compare`: the same objects natively and in the browser?
///
/// # Errors
/// When something does not build, what the browser needs cannot be had, or the two differ.
pub(crate) fn run(workspace: &Workspace, mut arguments: Arguments, how: Build) -> Result<()> {
    let mut compare = Command::new("node");
    compare.arg(workspace.root.join("tests/chromium/compare.mjs")).arg("--site").arg(workspace.site());
    for name in PATHS {
        if let Some(path) = arguments.value(name)? {
            compare.arg(name).arg(path::absolute(Path::new(&path)).with_context(|| format!("{name} {path}"))?);
        }
    }
    for name in WORDS {
        if let Some(word) = arguments.value(name)? {
            compare.arg(name).arg(word);
        }
    }
    arguments.finish()?;
    site::build(workspace, how)?;
    process::run(compare.env(CHROMIUM.variable, CHROMIUM.find_or_install()?))
}
