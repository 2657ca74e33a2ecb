//! How fast it is: stage by stage natively, and in Chromium beside onnxruntime-web.

use std::fs;
use std::path::{self, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::setup::browser::CHROMIUM;
use crate::setup::node;
use crate::wasm::Build;
use crate::workspace::Workspace;
use crate::{process, readme, site};

/// What `benches/browser.mjs` takes as it is.
const WORDS: [&str; 2] = ["--rounds", "--runs"];
/// What the folder of a full-size network holds.
const CASE: [&str; 4] = ["case.json", "picture.png", "full.onnx", "backbone.onnx"];

/// `cargo xtask bench`: `--native` or `--browser` alone, or both; `--stages` times the stages in the browser instead.
///
/// # Errors
/// When something does not build, what the browser needs cannot be had, or the two sides find different objects.
pub(crate) fn run(workspace: &Workspace, mut arguments: Arguments, how: Build) -> Result<()> {
    let [native, browser, stages] = ["--native", "--browser", "--stages"].map(|name| arguments.flag(name));
    let write = arguments.flag("--write");
    let weights = arguments.value("--weights")?.map(path::absolute).transpose()?;
    let weights = weights.unwrap_or_else(|| workspace.reference_checkpoint());
    let comparison = Comparison::read(workspace, &mut arguments)?;
    arguments.finish()?;

    if native || !(browser || stages) {
        let mut bench = workspace.cargo();
        bench.args(["run", "--release", "--bin", "maskrcnn", "--", "bench", "--weights"]).arg(&weights);
        process::run(&mut bench)?;
    }
    if stages {
        site::build(workspace, how)?;
        let mut node = script(workspace, "stages.mjs");
        process::run(node.arg("--weights").arg(&weights).env(CHROMIUM.variable, CHROMIUM.find_or_install()?))?;
    }
    if browser || !(native || stages) {
        comparison.run(workspace, how, write)?;
    }
    Ok(())
}

/// This package beside its peer.
struct Comparison {
    /// What the script is told besides the site.
    told: Vec<String>,
    table: PathBuf,
}

impl Comparison {
    fn read(workspace: &Workspace, arguments: &mut Arguments) -> Result<Self> {
        let mut told = Vec::new();
        let mut tell = |name: &str, value: String| told.extend([name.to_owned(), value]);
        if let Some(folder) = arguments.value("--full")? {
            let folder = path::absolute(&folder)?;
            if let Some(missing) = CASE.iter().find(|name| !folder.join(name).is_file()) {
                bail!("{} has no {missing}; benches/README.md says how it is made.", folder.display());
            }
            tell("--full", text(&folder)?);
        }
        if let Some(file) = arguments.value("--json")? {
            tell("--json", text(&path::absolute(&file)?)?);
        }
        for name in WORDS {
            if let Some(word) = arguments.value(name)? {
                tell(name, word);
            }
        }
        let table = workspace.target.join("bench.md");
        tell("--markdown", text(&table)?);
        Ok(Self { told, table })
    }

    fn run(&self, workspace: &Workspace, how: Build, write: bool) -> Result<()> {
        site::build(workspace, how)?;
        node::install_packages(&workspace.root.join("benches"))?;
        process::run(
            script(workspace, "browser.mjs").args(&self.told).env(CHROMIUM.variable, CHROMIUM.find_or_install()?),
        )?;
        if write {
            readme::quote(workspace, "bench", fs::read_to_string(&self.table)?.trim_end())?;
        }
        Ok(())
    }
}

fn script(workspace: &Workspace, name: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(workspace.root.join("benches").join(name)).arg("--site").arg(workspace.site());
    node
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).with_context(|| format!("{} is not valid UTF-8.", path.display()))
}
