//! The wasm modules, the npm package around them, and both in browsers.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::parity::{self, Backend};
use crate::setup::browser::{CHROMIUM, FIREFOX, WEBKIT};
use crate::setup::node;
use crate::setup::wasm_toolchain::WasmToolchain;
use crate::steps::Steps;
use crate::wasm::{self, Build, Choice, MODULES};
use crate::workspace::Workspace;
use crate::{package, process, site, sizes};

/// They take a few minutes.
const CHROMIUM_LIMIT: Duration = Duration::from_secs(30 * 60);
/// They download the bundlers first.
const BUNDLERS_LIMIT: Duration = Duration::from_secs(15 * 60);
/// They take a minute.
const OTHER_BROWSER_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Builds everything for browsers and tests it there.
pub(super) fn run(steps: &mut Steps, workspace: &Workspace) {
    let modules = modules(steps, workspace);
    if !(modules && package(steps, workspace)) {
        return steps.skip("browser tests and bundlers", "They need the package.");
    }
    let script = |name: &str| -> Result<Command> {
        let mut script = node::npm(&workspace.package());
        script.args(["run", name]).env(CHROMIUM.variable, CHROMIUM.find_or_install()?);
        Ok(script)
    };
    steps.run("browser tests, in Chromium", || process::run_within(&mut script("test")?, CHROMIUM_LIMIT));
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
    parity(steps, workspace);
}

/// Builds the wasm modules. Returns whether all were built.
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
    let build = || wasm::build(workspace, &toolchain, Build::Release, &Choice::default());
    let built = steps.run("wasm modules", build).is_some();
    let measured = || {
        let sizes = wasm::measure(workspace)?;
        sizes::keep(workspace, &sizes)?;
        sizes::check(&sizes)
    };
    built && steps.run("sizes of the modules", measured).is_some()
}

/// Builds and checks the npm packages, that around the modules and those that hold models. Returns whether the site with it could be assembled.
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
    steps.run("packed packages, by publint and attw", || package::check_tarballs(workspace));
    steps.run("demo site", || site::assemble(workspace)).is_some()
}

/// The repository's own cases, in Chromium on either backend.
fn parity(steps: &mut Steps, workspace: &Workspace) {
    let found = || Ok((parity::own(workspace)?, parity::command_line(workspace)?));
    let Some((cases, maskrcnn)) = steps.run("command line for parity in Chromium", found) else { return };
    for case in &cases {
        parity::in_browser(steps, workspace, &maskrcnn, case, Backend::WebGpu);
        parity::in_browser(steps, workspace, &maskrcnn, case, Backend::Cpu);
    }
}
