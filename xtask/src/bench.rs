//! How fast it is: stage by stage natively, and in Chromium beside onnxruntime-web.

use std::fs;
use std::path::{self, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::native::{Native, Turns};
use crate::setup::browser::CHROMIUM;
use crate::setup::node;
use crate::wasm::Build;
use crate::workspace::Workspace;
use crate::{performance_page, process, site};

/// What the folder of a full-size network holds.
const CASE: [&str; 4] = ["case.json", "picture.png", "full.onnx", "backbone.onnx"];

/// `cargo xtask bench`: `--native` or `--browser` alone, or both; `--stages` times the stages in the browser instead.
///
/// # Errors
/// When something does not build, what the browser needs cannot be had, or the two sides find different objects.
pub(crate) fn run(workspace: &Workspace, mut arguments: Arguments, how: Build) -> Result<()> {
    let [native, browser, stages] = ["--native", "--browser", "--stages"].map(|name| arguments.flag(name));
    let [write, cuda] = ["--write", "--cuda"].map(|name| arguments.flag(name));
    let mut file = |name: &str| arguments.value(name)?.map(path::absolute).transpose().map_err(anyhow::Error::from);
    let (weights, picture, json) = (file("--weights")?, file("--picture")?, file("--json")?);
    let weights = weights.unwrap_or_else(|| workspace.reference_checkpoint());
    let min_size = arguments.value("--min-size")?;
    let turns = Turns { rounds: arguments.value("--rounds")?, runs: arguments.value("--runs")? };
    let comparison = Comparison::read(workspace, &mut arguments, json.as_deref(), &turns)?;
    arguments.finish()?;

    if let Some(old) = json.as_ref().filter(|file| file.is_file()) {
        fs::remove_file(old)?;
    }
    let mut ratios = None;
    if native || !(browser || stages) {
        let picture = picture.clone().unwrap_or_else(|| workspace.root.join("benches/tiny/picture.png"));
        let (weights, min_size) = (weights.clone(), min_size.clone());
        ratios = Some(Native { weights, picture, min_size, turns, cuda }.run(workspace)?);
    }
    if stages {
        site::build(workspace, how)?;
        let mut node = script(workspace, "stages.mjs");
        node.arg("--weights").arg(&weights);
        if let Some(picture) = &picture {
            node.arg("--picture").arg(picture);
        }
        if let Some(pixels) = &min_size {
            node.args(["--min-size", pixels]);
        }
        process::run(node.env(CHROMIUM.variable, CHROMIUM.find_or_install()?))?;
    }
    if browser || !(native || stages) {
        comparison.run(workspace, how, write)?;
    }
    match (ratios, json) {
        (Some(ratios), Some(json)) => ratios.write(&json),
        _ => Ok(()),
    }
}

/// This package beside its peer.
struct Comparison {
    /// What the script is told besides the site.
    told: Vec<String>,
    table: PathBuf,
}

impl Comparison {
    fn read(workspace: &Workspace, arguments: &mut Arguments, json: Option<&Path>, turns: &Turns) -> Result<Self> {
        let mut told = Vec::new();
        let mut tell = |name: &str, value: String| told.extend([name.to_owned(), value]);
        if let Some(folder) = arguments.value("--full")? {
            let folder = path::absolute(&folder)?;
            if let Some(missing) = CASE.iter().find(|name| !folder.join(name).is_file()) {
                bail!("{} has no {missing}; benches/README.md says how it is made.", folder.display());
            }
            tell("--full", text(&folder)?);
        }
        if let Some(file) = json {
            tell("--json", text(file)?);
        }
        for (name, number) in [("--rounds", &turns.rounds), ("--runs", &turns.runs)] {
            if let Some(number) = number {
                tell(name, number.clone());
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
            script(workspace, "against-onnxruntime.mjs")
                .args(&self.told)
                .env(CHROMIUM.variable, CHROMIUM.find_or_install()?),
        )?;
        if write {
            performance_page::quote(workspace, "bench", fs::read_to_string(&self.table)?.trim_end())?;
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
