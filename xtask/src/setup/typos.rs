//! The spell checker, from its Python package, which contains the program: compiling it takes minutes.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::apt;
use crate::process;
use crate::workspace::Workspace;

/// Names the version.
const REQUIREMENTS: &str = "docs/style/requirements.txt";
const PIP: [&str; 3] = ["-m", "pip", "--disable-pip-version-check"];
const OTHERWISE: &str = "The spell checker is installed with pip: install Python 3 with pip.";

/// Finds the pinned version in the target folder, or installs it there. Returns its program.
///
/// # Errors
/// When there is no pip, none can be installed, or it fails.
pub(crate) fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let folder = workspace.target.join("typos");
    let program = folder.join("bin").join(format!("typos{EXE_SUFFIX}"));
    // Which version the folder holds: a copy of what it was installed from.
    let installed = folder.join("requirements.txt");
    let wanted = fs::read(&requirements)?;
    if program.is_file() && fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(program);
    }
    if process::output(Command::new("python3").args(PIP).arg("--version")).is_err() {
        apt::install(&["python3-pip"], OTHERWISE)?;
    }
    println!("   Installing the spell checker.");
    let _ = fs::remove_dir_all(&folder);
    let mut pip = Command::new("python3");
    pip.args(PIP).args(["install", "--quiet", "--no-deps", "--target"]).arg(&folder).arg("-r").arg(&requirements);
    process::output(&mut pip)?;
    if !program.is_file() {
        bail!("pip installed no {}.", program.display());
    }
    fs::copy(requirements, installed)?;
    Ok(program)
}
