//! The npm packages: that of the engine, built around the wasm modules, and those that hold models; packed and checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

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
    println!("The package is in pkg/dist, those that hold models are in models/*/dist.");
    Ok(())
}

/// Builds the package's `dist`, in which the modules already are, and the packages that hold models.
///
/// # Errors
/// When Node.js is missing or a build fails.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    prepare(workspace)?;
    process::run(npm(&workspace.package()).args(["run", "--silent", "build"]))?;
    process::run(npm(&workspace.package()).args(["run", "--silent", "build:models"]))
}

/// `cargo xtask package`: packs every package as it would be published, into the target folder, and checks it.
///
/// # Errors
/// When the modules were not built, packing fails, or something is wrong with a package.
pub(crate) fn pack_all(workspace: &Workspace) -> Result<()> {
    if let Some(missing) = wasm::missing(workspace) {
        bail!("{missing} was not built: run `cargo xtask build` first.");
    }
    build(workspace)?;
    for tarball in check_tarballs(workspace)? {
        println!("{}", tarball.display());
    }
    Ok(())
}

/// Runs one of the package's scripts.
///
/// # Errors
/// When Node.js is missing or the script fails.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Result<()> {
    prepare(workspace)?;
    process::run(npm(&workspace.package()).args(["run", "--silent", name]))
}

/// Packs every package as it would be published, and lets publint and attw look at the tarballs, which are returned.
///
/// # Errors
/// When packing fails or one of them finds something wrong.
pub(crate) fn check_tarballs(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let destination = workspace.target.join("package");
    let _ = fs::remove_dir_all(&destination);
    fs::create_dir_all(&destination)?;
    let mut packages = vec![workspace.package()];
    packages.extend(model_packages(workspace)?);
    packages.iter().map(|package| check_tarball(workspace, &pack(package, &destination)?)).collect()
}

/// The folders of the packages that hold models, which were built: those in whose model's folder an `npm.json` is.
fn model_packages(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let models = fs::read_dir(workspace.root.join("models"))?;
    let mut folders = models.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    folders.retain(|folder| folder.join("npm.json").is_file());
    folders.sort();
    Ok(folders.into_iter().map(|folder| folder.join("dist")).collect())
}

fn check_tarball(workspace: &Workspace, tarball: &Path) -> Result<PathBuf> {
    let tools = workspace.package().join("node_modules/.bin");
    process::run(Command::new(tools.join("publint")).arg(tarball).arg("--strict"))?;
    process::run(Command::new(tools.join("attw")).arg(tarball).args(["--profile", "esm-only"]))?;
    Ok(tarball.to_owned())
}

fn pack(package: &Path, destination: &Path) -> Result<PathBuf> {
    let said = process::output(npm(package).args(["pack", "--silent", "--pack-destination"]).arg(destination))?;
    // What runs before packing may write, too; the tarball's name comes last.
    let name = said.trim().lines().last().context("npm pack named no tarball.")?;
    Ok(destination.join(name))
}

fn prepare(workspace: &Workspace) -> Result<()> {
    node::find_or_install()?;
    node::install_packages(&workspace.package())
}
