//! How fast it is natively: stage by stage, and alternating with torchvision if that is installed.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process;
use crate::workspace::Workspace;

/// Programs that may be Python. Debian's torchvision belongs to Debian's Python, which need not be the first one.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];
/// This program's backends, and torchvision's device beside each.
const PAIRS: [(&str, &str); 3] = [("cpu", "cpu"), ("wgpu", "cuda"), ("cuda", "cuda")];
/// Defaults: rounds, and warm runs in each.
const ROUNDS: usize = 3;
const RUNS: usize = 3;

/// What is timed.
pub(crate) struct Native {
    pub(crate) weights: PathBuf,
    pub(crate) picture: PathBuf,
    /// Pixels that the image's shorter side is scaled to.
    pub(crate) min_size: Option<u32>,
    pub(crate) turns: Turns,
    /// Whether burn's CUDA backend is built and timed too.
    pub(crate) cuda: bool,
}

/// How often.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct Turns {
    /// Rounds, in which the two programs alternate [default: 3]
    #[arg(long, value_name = "N")]
    pub(crate) rounds: Option<usize>,
    /// Warm runs of the network in each round [default: 3]
    #[arg(long, value_name = "N")]
    pub(crate) runs: Option<usize>,
}

/// Figures as `--json` has them.
#[derive(Default)]
pub(crate) struct Ratios {
    /// This program's time divided by torchvision's, for each backend; null where it was not measured.
    ratios: Map<String, Value>,
    /// Why not.
    reasons: Map<String, Value>,
}

/// What one side did.
#[derive(Default)]
struct Side {
    /// Milliseconds of each warm run.
    warm: Vec<f64>,
    objects: u64,
}

/// Times each layer of the networks by itself.
///
/// # Errors
/// When it does not build or run.
pub(crate) fn layers(workspace: &Workspace) -> Result<()> {
    let mut bench = Command::new(build(workspace, false)?);
    bench.args(["bench", "--layers", "--backend", "wgpu"]).arg("--out").arg(workspace.root.join("benches/results"));
    process::run(&mut bench)
}

/// Builds the command line and returns its program.
fn build(workspace: &Workspace, cuda: bool) -> Result<PathBuf> {
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--bin", "maskrcnn"]);
    if cuda {
        build.args(["--features", "cuda"]);
    }
    process::run(&mut build)?;
    Ok(workspace.target.join("release").join(format!("maskrcnn{EXE_SUFFIX}")))
}

impl Native {
    /// Times everything.
    ///
    /// # Errors
    /// When something does not build or run.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Ratios> {
        let maskrcnn = build(workspace, self.cuda)?;
        let found = PYTHONS.into_iter().find_map(|python| Some((python, devices(workspace, python)?)));
        let Some((python, devices)) = found else {
            process::run(&mut self.ours(&maskrcnn, "auto"))?;
            println!("\ntorchvision is not installed here, so there is nothing to compare with.");
            return Ok(Ratios::of(PAIRS.map(|(backend, _)| (backend, Err("torchvision is not installed")))));
        };
        let mut rows = Vec::new();
        let mut measured = Vec::new();
        for (backend, device) in PAIRS {
            if let Some(reason) = self.why_not(backend, device, &devices) {
                measured.push((backend, Err(reason)));
                continue;
            }
            let (ours, peer) = self.play(workspace, (&maskrcnn, backend), (python, device))?;
            let ratio = ours.median() / peer.median();
            rows.push(format!(
                "| {backend} | {} | {:.0} ms | {device} | {} | {:.0} ms | **{ratio:.2}** |",
                ours.objects,
                ours.median(),
                peer.objects,
                peer.median()
            ));
            measured.push((backend, Ok(ratio)));
        }
        println!("\n| ours on | objects | warm | torchvision on | objects | warm | ours / its |");
        println!("|---|--:|--:|---|--:|--:|--:|\n{}", rows.join("\n"));
        Ok(Ratios::of(measured))
    }

    /// Why a pair is not timed.
    fn why_not(&self, backend: &str, device: &str, devices: &[String]) -> Option<&'static str> {
        match () {
            () if backend == "cuda" && !self.cuda => Some("not asked for: `--cuda` builds and measures it"),
            () if devices.iter().all(|other| other != device) => Some("torchvision sees no CUDA device"),
            () => None,
        }
    }

    /// All rounds of a pair; who begins changes from round to round.
    fn play(
        &self,
        workspace: &Workspace,
        (maskrcnn, backend): (&Path, &str),
        (python, device): (&str, &str),
    ) -> Result<(Side, Side)> {
        let rounds = self.turns.rounds.unwrap_or(ROUNDS);
        let (mut ours, mut peer) = (Side::default(), Side::default());
        for round in 0..rounds.max(1) {
            println!("\n{backend}, and torchvision on {device}: round {} of {rounds}", round + 1);
            for turn in 0..2 {
                if (round + turn) % 2 == 0 {
                    ours.add_ours(self.ours(maskrcnn, backend), &workspace.target.join("bench-native.json"))?;
                } else {
                    peer.add_peer(self.peer(workspace, python, device))?;
                }
            }
        }
        Ok((ours, peer))
    }

    fn ours(&self, maskrcnn: &Path, backend: &str) -> Command {
        let mut bench = Command::new(maskrcnn);
        bench.args(["bench", "--backend", backend]);
        bench.arg("--weights").arg(&self.weights).arg("--picture").arg(&self.picture);
        self.with_options(bench)
    }

    fn peer(&self, workspace: &Workspace, python: &str, device: &str) -> Command {
        let mut times = script(workspace, python);
        times.arg(&self.weights).arg(&self.picture).args(["--device", device]);
        self.with_options(times)
    }

    fn with_options(&self, mut command: Command) -> Command {
        command.args(["--runs", &self.turns.runs.unwrap_or(RUNS).to_string()]);
        if let Some(pixels) = self.min_size {
            command.args(["--min-size", &pixels.to_string()]);
        }
        command
    }
}

/// What torchvision can be timed on; `None` where this Python has none.
fn devices(workspace: &Workspace, python: &str) -> Option<Vec<String>> {
    let said = process::output(script(workspace, python).arg("--devices")).ok()?;
    serde_json::from_str(said.trim()).ok()
}

fn script(workspace: &Workspace, python: &str) -> Command {
    let mut times = Command::new(python);
    // It would leave compiled files beside the sources.
    times.env("PYTHONDONTWRITEBYTECODE", "1").arg(workspace.root.join("benches/time_torchvision.py"));
    times
}

impl Side {
    /// Runs `maskrcnn bench`, whose figures go into `file`, and keeps what it says of the whole network.
    fn add_ours(&mut self, mut bench: Command, file: &Path) -> Result<()> {
        process::run(bench.arg("--json").arg(file))?;
        let figures: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        let stages = figures["stages"].as_array().context("The stages are missing.")?;
        let whole = stages.iter().find(|stage| stage["stage"] == "whole").context("The whole is missing.")?;
        self.add(&whole["all_milliseconds"], &figures["objects"])
    }

    /// Runs torchvision and keeps what it says.
    fn add_peer(&mut self, mut times: Command) -> Result<()> {
        let figures: Value = serde_json::from_str(process::output(&mut times)?.trim())?;
        self.add(&figures["warm"], &figures["objects"])
    }

    fn add(&mut self, warm: &Value, objects: &Value) -> Result<()> {
        let times = warm.as_array().context("The times are missing.")?;
        self.warm.extend(times.iter().filter_map(Value::as_f64));
        self.objects = objects.as_u64().context("The number of objects is missing.")?;
        Ok(())
    }

    fn median(&self) -> f64 {
        let mut sorted = self.warm.clone();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
        (sorted[low] + sorted[high]) / 2.0
    }
}

impl Ratios {
    fn of(measured: impl IntoIterator<Item = (&'static str, Result<f64, &'static str>)>) -> Self {
        let mut all = Self::default();
        for (backend, ratio) in measured {
            let name = format!("native_torchvision_{backend}");
            if let Err(reason) = ratio {
                all.reasons.insert(name.clone(), reason.into());
            }
            all.ratios.insert(name, ratio.ok().into());
        }
        all
    }

    /// Adds them to a file that the benchmark in the browser has written, or makes it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(crate) fn write(self, file: &Path) -> Result<()> {
        let mut figures: Map<String, Value> =
            if file.is_file() { serde_json::from_str(&fs::read_to_string(file)?)? } else { Map::new() };
        for (name, own) in [("ratios", self.ratios), ("reasons", self.reasons)] {
            let section = figures.entry(name).or_insert_with(|| Map::new().into());
            section
                .as_object_mut()
                .with_context(|| format!("{name} is not an object in {}.", file.display()))?
                .extend(own);
        }
        fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")
            .with_context(|| format!("{} cannot be written", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use serde_json::{Value, json};

    use super::{Native, Ratios, Side, Turns};

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_ones() {
        let side = |warm: &[f64]| Side { warm: warm.to_vec(), objects: 0 };
        assert_eq!(side(&[3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(side(&[4.0, 1.0, 2.0, 9.0]).median(), 3.0);
    }

    #[test]
    fn a_pair_is_timed_where_both_sides_are_there() {
        let native =
            |cuda| Native { weights: "w".into(), picture: "p".into(), min_size: None, turns: Turns::default(), cuda };
        let (cpu, both) = (["cpu".to_owned()], ["cpu".to_owned(), "cuda".to_owned()]);
        assert_eq!(native(false).why_not("cpu", "cpu", &cpu), None);
        assert!(native(false).why_not("wgpu", "cuda", &cpu).is_some());
        assert_eq!(native(false).why_not("wgpu", "cuda", &both), None);
        assert!(native(false).why_not("cuda", "cuda", &both).is_some());
        assert_eq!(native(true).why_not("cuda", "cuda", &both), None);
    }

    #[test]
    fn ratios_go_beside_those_of_the_browser() {
        let file = env::temp_dir().join(format!("maskrcnn-ratios-{}.json", process::id()));
        fs::write(&file, r#"{"ratios": {"tiny_cpu_warm": 0.5}, "reasons": {}, "results": [1]}"#).unwrap();
        Ratios::of([("cpu", Ok(0.75)), ("wgpu", Err("no GPU"))]).write(&file).unwrap();
        let figures: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        fs::remove_file(&file).unwrap();
        let expected = json!({
            "ratios": {"tiny_cpu_warm": 0.5, "native_torchvision_cpu": 0.75, "native_torchvision_wgpu": null},
            "reasons": {"native_torchvision_wgpu": "no GPU"},
            "results": [1],
        });
        assert_eq!(figures, expected);
    }
}
