//! Cold and warm times by stage, natively and in the browser.

use std::path;
use std::process::Command;

use anyhow::Result;

use crate::setup::chromium;
use crate::wasm::Build;
use crate::workspace::Workspace;
use crate::{process, site};

/// `cargo xtask bench`: a checkpoint, by default the reference checkpoint, natively and, with `browser`, in Chromium too.
///
/// # Errors
/// When something does not build, or what the browser needs cannot be had.
pub(crate) fn run(workspace: &Workspace, weights: Option<&str>, browser: Option<Build>) -> Result<()> {
    let weights = weights.map(path::absolute).transpose()?.unwrap_or_else(|| workspace.reference_checkpoint());
    let mut native = workspace.cargo();
    native.args(["run", "--release", "--bin", "maskrcnn", "--", "bench", "--weights"]).arg(&weights);
    process::run(&mut native)?;
    if let Some(how) = browser {
        site::build(workspace, how)?;
        let mut node = Command::new("node");
        node.arg(workspace.root.join("tests/browser/bench.mjs")).arg("--site").arg(workspace.site());
        node.arg("--weights").arg(&weights);
        process::run(node.env("CHROME", chromium::find_or_install()?))?;
    }
    println!("These are all the times.");
    Ok(())
}
