//! Holds the engine against torchvision, stage by stage, on every reference case in a folder.

use std::collections::BTreeSet;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::setup::browser::CHROMIUM;
use crate::steps::Steps;
use crate::wasm::BuildOptions;
use crate::workspace::Workspace;
use crate::{process, site};

/// A full-size network on a software adapter needs most of it.
const BROWSER_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Names the family of a GPU's kernels.
pub(crate) const GPU_VARIABLE: &str = "MASKRCNN_GPU";
/// The families of a GPU's kernels; of `tiled` also that with all 3×3 convolutions by Winograd's algorithm.
pub(crate) const GPU_KERNELS: [&str; 3] = ["portable", "tiled", "winograd"];

/// A network and what torchvision computes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// The state dict, `<name>.safetensors`.
    pub(crate) weights: PathBuf,
    /// Image and stages, `<name>_ref*.safetensors`.
    pub(crate) reference: PathBuf,
}

impl Case {
    fn name(&self) -> String {
        self.reference.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// What the engine computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    Cpu,
    #[value(name = "webgpu", alias = "wgpu")]
    WebGpu,
}

impl Backend {
    /// Its name on the command line of `maskrcnn`.
    fn natively(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::WebGpu => "wgpu",
        }
    }

    /// Its name in the npm package.
    pub(crate) fn in_browser(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
        }
    }
}

/// Which cases are compared, and where.
#[derive(Args)]
pub(crate) struct Options {
    /// A folder with pairs of <name>.safetensors and <name>_ref*.safetensors; without it the repository's own
    folder: Option<PathBuf>,
    /// In Chromium, too
    #[arg(long)]
    browser: bool,
    /// What computes; by default the CPU natively and WebGPU in Chromium
    #[arg(long)]
    backend: Option<Backend>,
    #[command(flatten)]
    build: BuildOptions,
}

/// `cargo xtask parity`: every case natively and, if asked for, in Chromium too.
///
/// # Errors
/// When there is no case, or something that the run needs is missing.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let cases = match &options.folder {
        Some(folder) => find(folder)?,
        None => own(workspace)?,
    };
    let maskrcnn = command_line(workspace)?;
    if options.browser {
        site::build(workspace, options.build.how())?;
    }
    let mut steps = Steps::new();
    for case in &cases {
        natively(&mut steps, &maskrcnn, case, options.backend.unwrap_or(Backend::Cpu));
        if options.browser {
            in_browser(&mut steps, workspace, &maskrcnn, case, options.backend.unwrap_or(Backend::WebGpu));
        }
    }
    Ok(steps.finish())
}

/// The cases that the repository carries: narrow networks, small enough for every test run.
pub(crate) fn own(workspace: &Workspace) -> Result<Vec<Case>> {
    let references = workspace.root.join("tests/reference");
    let mut cases = vec![Case {
        weights: workspace.reference_checkpoint(),
        reference: references.join("tiny_ref_128.safetensors"),
    }];
    cases.extend(pairs(&safetensors_in(&references)?));
    Ok(cases)
}

/// The cases in a folder.
///
/// # Errors
/// When the folder cannot be read or holds none.
pub(crate) fn find(folder: &Path) -> Result<Vec<Case>> {
    let cases = pairs(&safetensors_in(folder)?);
    if cases.is_empty() {
        bail!("{} holds no pair of <name>.safetensors and <name>_ref*.safetensors.", folder.display());
    }
    Ok(cases)
}

/// One case, natively.
pub(crate) fn natively(steps: &mut Steps, maskrcnn: &Path, case: &Case, backend: Backend) {
    let backend = backend.natively();
    steps.run(&format!("parity of {}, native, {backend}", case.name()), || {
        process::run(compare(maskrcnn, case).args(["--backend", backend]))
    });
}

/// One case natively on wgpu, in each family of kernels.
pub(crate) fn in_all_kernels(steps: &mut Steps, maskrcnn: &Path, case: &Case) {
    for kernels in GPU_KERNELS {
        steps.run(&format!("parity of {}, native, wgpu, {kernels} kernels", case.name()), || {
            process::run(compare(maskrcnn, case).args(["--backend", "wgpu"]).env(GPU_VARIABLE, kernels))
        });
    }
}

/// One case in Chromium, on the assembled site.
pub(crate) fn in_browser(steps: &mut Steps, workspace: &Workspace, maskrcnn: &Path, case: &Case, backend: Backend) {
    let backend = backend.in_browser();
    steps.run(&format!("parity of {}, browser, {backend}", case.name()), || {
        let stages = workspace.target.join("parity").join(format!("{}_{backend}.safetensors", case.name()));
        fs::create_dir_all(workspace.target.join("parity"))?;
        let mut inspect = Command::new("node");
        inspect
            .arg(workspace.root.join("tests/chromium/parity.mjs"))
            .env(CHROMIUM.variable, CHROMIUM.find_or_install()?);
        inspect.arg("--site").arg(workspace.site()).arg("--weights").arg(&case.weights);
        inspect.arg("--reference").arg(&case.reference).arg("--out").arg(&stages).args(["--backend", backend]);
        process::run_within(&mut inspect, BROWSER_LIMIT)?;
        process::run(compare(maskrcnn, case).arg("--stages").arg(&stages))
    });
}

/// Builds the command line and returns its program.
///
/// # Errors
/// When it does not compile.
pub(crate) fn command_line(workspace: &Workspace) -> Result<PathBuf> {
    process::run(workspace.cargo().args(["build", "--bin", "maskrcnn"]))?;
    Ok(workspace.target.join("debug").join(format!("maskrcnn{EXE_SUFFIX}")))
}

fn compare(maskrcnn: &Path, case: &Case) -> Command {
    let mut command = Command::new(maskrcnn);
    command.arg("parity").arg("--weights").arg(&case.weights).arg("--reference").arg(&case.reference);
    command
}

fn safetensors_in(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(files.filter(|file| file.extension().is_some_and(|extension| extension == "safetensors")).collect())
}

/// Pairs each reference with the weights that its name begins with; with the longest name where several fit.
fn pairs(files: &BTreeSet<PathBuf>) -> Vec<Case> {
    let candidates = |reference: &Path| -> Vec<PathBuf> {
        let stem = reference.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        stem.match_indices("_ref")
            .map(|(end, _)| reference.with_file_name(format!("{}.safetensors", &stem[..end])))
            .filter(|weights| files.contains(weights))
            .collect()
    };
    let is_weights = |file: &PathBuf| candidates(file).is_empty();
    files
        .iter()
        .filter_map(|reference| {
            let weights = candidates(reference).into_iter().rfind(is_weights)?;
            Some(Case { weights, reference: reference.clone() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::{find, pairs};

    fn paired(names: &[&str]) -> Vec<(String, String)> {
        let files: BTreeSet<PathBuf> = names.iter().map(|name| format!("cases/{name}.safetensors").into()).collect();
        let stem = |file: &Path| file.file_stem().unwrap().to_str().unwrap().to_owned();
        pairs(&files).iter().map(|case| (stem(&case.weights), stem(&case.reference))).collect()
    }

    fn names(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(weights, reference)| (weights.to_string(), reference.to_string())).collect()
    }

    #[test]
    fn one_network_may_have_many_references() {
        let found = paired(&["ops", "tiny", "tiny_ref_128", "tiny_ref_256", "v2", "v2_ref"]);
        assert_eq!(found, names(&[("tiny", "tiny_ref_128"), ("tiny", "tiny_ref_256"), ("v2", "v2_ref")]));
    }

    #[test]
    fn a_reference_without_weights_is_no_case() {
        assert_eq!(paired(&["tiny_ref_128", "other"]), names(&[]));
    }

    #[test]
    fn a_name_may_itself_hold_the_mark() {
        let found = paired(&["my_refined", "my_refined_ref_1", "a", "a_ref_1", "a_ref_1_ref_2"]);
        assert_eq!(found, names(&[("a", "a_ref_1"), ("a", "a_ref_1_ref_2"), ("my_refined", "my_refined_ref_1")]));
    }

    #[test]
    fn a_folder_without_cases_is_an_error() {
        assert!(find(Path::new("no-such-folder")).is_err());
        assert!(find(Path::new(env!("CARGO_MANIFEST_DIR"))).is_err());
    }
}
