//! The combinations of the crate's features that must compile.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// Features and what a crate with no others is for. The wasm modules' combinations are in
/// [`MODULES`](crate::wasm::MODULES), the default features are compiled by all other steps.
pub(crate) const COMBINATIONS: [(&str, &str); 9] = [
    ("cpu", "inference"),
    ("cpu,coco", "COCO's data sets and results"),
    ("cpu,eval", "scores"),
    ("cpu,train", "training without a command line"),
    ("cpu,cli", "the command line on one core"),
    ("cpu,cli,threads", "the command line on all cores"),
    ("cpu,webgpu,cli", "the command line with GPUs"),
    ("webgpu", "the WebGPU module, natively"),
    ("cpu,convert,relaxed-simd", "the CPU modules, natively"),
];

/// Checks the library and the command line with these features, without the default ones; a warning is an error.
///
/// # Errors
/// When the crate does not compile.
pub(crate) fn check(workspace: &Workspace, features: &str) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--lib", "--bins", "--no-default-features", "--features", features, "--", "-D", "warnings"]);
    process::run(&mut cargo)
}
