//! What needs no browser: lints, native tests, examples, fuzz targets, documentation, parity.

use std::fs;
use std::process::Command;

use crate::parity::{self, Backend};
use crate::setup::{rust, vulkan};
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{api, features, fuzz, process};

/// How long each fuzz target runs, in seconds: enough to see that it runs and to find what is near its seeds.
const SMOKE_SECONDS: u64 = 5;

/// Runs the checks and tests that need no browser.
pub(super) fn run(steps: &mut Steps, workspace: &Workspace) {
    let cargo = |arguments: &str| process::run(workspace.cargo().args(arguments.split(' ')));
    steps.run("Rust formatting", || {
        rust::find_or_install()?;
        cargo("fmt --all --check")
    });
    steps.run("clippy, native", || {
        cargo("clippy --all-targets -- -D warnings")?;
        cargo("clippy --package xtask --all-targets -- -D warnings")
    });
    for (features, purpose) in features::COMBINATIONS {
        steps.run(&format!("types with {features} only ({purpose})"), || features::check(workspace, features));
    }
    let vulkan = vulkan::find_or_install();
    if let Err(reason) = &vulkan {
        steps.skip("native tests on wgpu", &reason.to_string());
    }
    steps.run("native tests", || cargo("test"));
    if vulkan.is_ok() {
        operations_in_all_kernels(steps, workspace);
    }
    steps.run("example predict", || {
        let drawing = workspace.target.join("example.png");
        process::run(example(workspace, "predict").arg("www/example.png").arg(drawing))
    });
    steps.run("example fine_tune", || {
        let folder = workspace.target.join("fine-tuned");
        let _ = fs::remove_dir_all(&folder);
        process::run(example(workspace, "fine_tune").arg(folder).arg("2"))
    });
    if fuzz::AVAILABLE {
        steps.run("fuzz targets, a few seconds each", || {
            cargo("fmt --manifest-path tests/fuzz/Cargo.toml --check")?;
            fuzz::run(workspace, None, SMOKE_SECONDS)
        });
    } else {
        steps.skip("fuzz targets", "AddressSanitizer does not support this system.");
    }
    steps.run("tests of xtask", || cargo("test --package xtask"));
    steps.run("documentation", || {
        process::run(workspace.cargo().args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.run("public API of the crate", || api::check(workspace));
    parity(steps, workspace, vulkan.is_ok());
}

/// The operations that have several families of kernels, in each: the native tests run what suits the adapter.
fn operations_in_all_kernels(steps: &mut Steps, workspace: &Workspace) {
    for kernels in parity::GPU_KERNELS {
        steps.run(&format!("operations in {kernels} kernels"), || {
            let mut cargo = workspace.cargo();
            cargo.args(["test", "--test", "ops", "--", "conv2d", "gradients", "half_precision"]);
            process::run(cargo.env(parity::GPU_VARIABLE, kernels))
        });
    }
}

/// The repository's own cases, on every backend that is available.
fn parity(steps: &mut Steps, workspace: &Workspace, vulkan: bool) {
    let found = || Ok((parity::own(workspace)?, parity::command_line(workspace)?));
    let Some((cases, maskrcnn)) = steps.run("command line for parity", found) else { return };
    for case in &cases {
        parity::natively(steps, &maskrcnn, case, Backend::Cpu);
        if vulkan {
            parity::in_all_kernels(steps, &maskrcnn, case);
        }
    }
}

/// An example of the crate, which the native tests have built.
fn example(workspace: &Workspace, name: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--example", name, "--"]);
    cargo
}
