//! The npm package: built around the wasm modules, packed and checked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::setup::node::{self, npm};
use crate::wasm::{self, Build, Choice};
use crate::workspace::Workspace;
use crate::{process, sizes};

/// `cargo xtask build`: the modules, their sizes, and the package around them.
///
/// # Errors
/// When a build fails or something that it needs is missing.
pub(crate) fn build_all(workspace: &Workspace, how: Build, choice: &Choice) -> Result<()> {
    wasm::build_all(workspace, how, choice)?;
    build(workspace)?;
    if how == Build::Release && choice.is_all() {
        sizes::keep(workspace, &wasm::measure(workspace)?)?;
    }
    println!("The package is in pkg/dist.");
    Ok(())
}

/// Builds the package's `dist`, in which the modules already are.
///
/// # Errors
/// When Node.js is missing or the build fails.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    prepare(workspace)?;
    process::run(npm(&workspace.package()).args(["run", "--silent", "build"]))
}

/// Runs one of the package's scripts.
///
/// # Errors
/// When Node.js is missing or the script fails.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Result<()> {
    prepare(workspace)?;
    process::run(npm(&workspace.package()).args(["run", "--silent", name]))
}

/// Packs the package as it would be published and lets publint and attw look at the tarball.
///
/// # Errors
/// When packing fails or one of them finds something wrong.
pub(crate) fn check_tarball(workspace: &Workspace) -> Result<()> {
    let tarball = pack(workspace)?;
    let tools = workspace.package().join("node_modules/.bin");
    process::run(std::process::Command::new(tools.join("publint")).arg(&tarball).arg("--strict"))?;
    process::run(std::process::Command::new(tools.join("attw")).arg(&tarball).args(["--profile", "esm-only"]))
}

fn pack(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("package");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    process::output(npm(&workspace.package()).args(["pack", "--pack-destination"]).arg(&folder))?;
    let tarball = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).find(|file| is_tarball(file));
    tarball.context("npm pack left no tarball.")
}

fn is_tarball(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "tgz")
}

fn prepare(workspace: &Workspace) -> Result<()> {
    node::find_or_install()?;
    node::install_packages(&workspace.package())
}
