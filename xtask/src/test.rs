//! `cargo xtask test`: everything that must hold, step by step, whatever fails on the way.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::parity::Backend;
use crate::setup::browser::{CHROMIUM, FIREFOX, WEBKIT};
use crate::setup::wasm_toolchain::WasmToolchain;
use crate::setup::{node, rust, vulkan};
use crate::steps::Steps;
use crate::wasm::{self, Build, MODULES};
use crate::workspace::Workspace;
use crate::{api, features, fuzz, package, parity, process, site, sizes, style};

/// Names a folder with full-size reference cases.
const REFERENCES: &str = "MASKRCNN_REFERENCES";
/// They take a few minutes.
const BROWSER_LIMIT: Duration = Duration::from_secs(30 * 60);
/// They fetch the bundlers first.
const BUNDLERS_LIMIT: Duration = Duration::from_secs(15 * 60);
/// They take a minute.
const OTHER_BROWSER_LIMIT: Duration = Duration::from_secs(10 * 60);
/// For each fuzz target: enough to see that it runs and what is near its seeds.
const SMOKE_SECONDS: u64 = 5;

/// Runs everything; with `full`, the full-size parity cases too: those in its folder, or else in the folder that
/// `MASKRCNN_REFERENCES` names.
pub(crate) fn run(workspace: &Workspace, full: Option<Option<PathBuf>>) -> ExitCode {
    let mut steps = Steps::new();
    style::check(&mut steps, workspace);
    let vulkan = native(&mut steps, workspace);
    let browser = modules(&mut steps, workspace) && package(&mut steps, workspace);
    if browser {
        let script = |name: &str| -> Result<Command> {
            let mut script = node::npm(&workspace.package());
            script.args(["run", name]).env(CHROMIUM.variable, CHROMIUM.find_or_install()?);
            Ok(script)
        };
        steps.run("browser tests, in Chromium", || process::run_within(&mut script("test")?, BROWSER_LIMIT));
        steps.run("bundlers, in Chromium", || process::run_within(&mut script("test:bundlers")?, BUNDLERS_LIMIT));
        for (other, name) in [(FIREFOX, "test:firefox"), (WEBKIT, "test:webkit")] {
            let what = format!("package and page, in {}", other.name);
            match other.find_or_install() {
                Err(reason) => steps.skip(&what, &reason.to_string()),
                Ok(program) => {
                    steps.run(&what, || {
                        process::run_within(script(name)?.env(other.variable, program), OTHER_BROWSER_LIMIT)
                    });
                }
            }
        }
    } else {
        steps.skip("browser tests and bundlers", "They need the package.");
    }
    small_parity(&mut steps, workspace, vulkan, browser);
    if let Some(folder) = full {
        full_parity(&mut steps, workspace, folder);
    }
    steps.finish()
}

/// What holds on this machine without a browser. Returns whether there is a Vulkan driver.
fn native(steps: &mut Steps, workspace: &Workspace) -> bool {
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
        steps.skip("a Vulkan driver for the native tests", &reason.to_string());
    }
    steps.run("native tests", || cargo("test"));
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
    vulkan.is_ok()
}

/// An example of the crate, which the native tests have built.
fn example(workspace: &Workspace, name: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--example", name, "--"]);
    cargo
}

/// The wasm modules. Returns whether all were built.
fn modules(steps: &mut Steps, workspace: &Workspace) -> bool {
    let toolchain = steps.run("what the wasm modules need", || {
        node::find_or_install()?;
        node::install_packages(&workspace.package())?;
        let toolchain = WasmToolchain::find_or_install()?;
        println!("   Compiling for wasm32 with {toolchain}.");
        Ok(toolchain)
    });
    let Some(toolchain) = toolchain else {
        steps.skip("clippy and modules for wasm32", "They need what is missing.");
        return false;
    };
    for module in &MODULES {
        steps.run(&format!("clippy, wasm32, {}", module.name), || {
            let mut clippy = toolchain.clippy(workspace)?;
            // The build's profile: what runs while compiling is then compiled once for both.
            clippy.args(["--lib", "--profile", module.profile, "--no-default-features", "--features", module.features]);
            clippy.args(["--", "-D", "warnings"]);
            process::run(&mut clippy)
        });
    }
    let mut built = true;
    for module in &MODULES {
        let build = || wasm::build(workspace, &toolchain, module, Build::Release);
        built &= steps.run(&format!("wasm module {}", module.name), build).is_some();
    }
    let measured = || {
        let sizes = wasm::measure(workspace)?;
        sizes::keep(workspace, &sizes)?;
        sizes::check(&sizes)
    };
    built && steps.run("sizes of the modules", measured).is_some()
}

/// The npm package around the modules. Returns whether the site with it could be assembled.
fn package(steps: &mut Steps, workspace: &Workspace) -> bool {
    let built = steps.run("package build", || package::build(workspace)).is_some();
    steps.run("TypeScript types", || package::script(workspace, "typecheck"));
    steps.run("TypeScript lint", || package::script(workspace, "lint"));
    steps.run("TypeScript formatting", || package::script(workspace, "format:check"));
    steps.run("package tests in Node", || package::script(workspace, "test:node"));
    steps.run("report of the package's API", || package::script(workspace, "api:check"));
    steps.run("API documentation", || package::script(workspace, "docs"));
    if !built {
        steps.skip("packed package", "It was not built.");
        return false;
    }
    steps.run("packed package, by publint and attw", || package::check_tarball(workspace));
    steps.run("demo site", || site::assemble(workspace)).is_some()
}

/// The repository's own cases, on every backend that is here.
fn small_parity(steps: &mut Steps, workspace: &Workspace, vulkan: bool, browser: bool) {
    let found = || Ok((parity::own(workspace)?, parity::command_line(workspace)?));
    let Some((cases, maskrcnn)) = steps.run("command line for parity", found) else { return };
    for case in &cases {
        parity::natively(steps, &maskrcnn, case, Backend::Cpu);
        if vulkan {
            parity::natively(steps, &maskrcnn, case, Backend::WebGpu);
        }
        if browser {
            parity::in_browser(steps, workspace, &maskrcnn, case, Backend::WebGpu);
            parity::in_browser(steps, workspace, &maskrcnn, case, Backend::Cpu);
        }
    }
}

fn full_parity(steps: &mut Steps, workspace: &Workspace, folder: Option<PathBuf>) {
    let found = || -> Result<_> {
        let folder = folder
            .or_else(|| env::var_os(REFERENCES).map(PathBuf::from))
            .with_context(|| format!("Name the folder with the full-size cases: as an argument or in {REFERENCES}."))?;
        Ok((parity::find(&folder)?, parity::command_line(workspace)?))
    };
    let Some((cases, maskrcnn)) = steps.run("full-size cases", found) else { return };
    for case in &cases {
        parity::natively(steps, &maskrcnn, case, Backend::Cpu);
    }
}
