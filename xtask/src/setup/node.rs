//! Node.js, npm and the packages that each npm project's lock names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::apt;
use crate::process;
use crate::workspace::Workspace;

const OLDEST: u32 = 20;
const OTHERWISE: &str = "Building the package needs Node.js 20 or newer with npm: install them.";
/// Which lock the folder node_modules was made from: a copy of it.
const INSTALLED_LOCK: &str = "node_modules/.installed-lock.json";

/// Finds Node.js and npm, or installs Debian's.
///
/// # Errors
/// When one is missing or too old and Debian's cannot be installed or is too old as well.
pub(crate) fn find_or_install() -> Result<()> {
    if process::on_path(&["node"]).is_none() {
        apt::install(&["nodejs"], OTHERWISE)?;
    }
    if process::on_path(&["npm"]).is_none() {
        apt::install(&["npm"], OTHERWISE)?;
    }
    let version = process::output(Command::new("node").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => bail!("Node.js {} is too old. {OTHERWISE}", version.trim()),
    }
}

/// The npm projects of this repository.
pub(crate) fn projects(workspace: &Workspace) -> Vec<PathBuf> {
    let folders = [workspace.package(), workspace.root.join("docs/style")];
    folders.into()
}

/// Installs a project's packages if they are not the ones that its lock names.
///
/// # Errors
/// When npm fails.
pub(crate) fn install_packages(project: &Path) -> Result<()> {
    if !is_stale(project)? {
        return Ok(());
    }
    println!("   Installing npm packages in {}.", project.file_name().unwrap_or_default().to_string_lossy());
    process::output(npm(project).arg("ci"))?;
    fs::copy(project.join("package-lock.json"), project.join(INSTALLED_LOCK))?;
    Ok(())
}

/// npm, run in a project.
pub(crate) fn npm(project: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(project);
    command
}

fn is_stale(project: &Path) -> Result<bool> {
    let wanted = fs::read(project.join("package-lock.json"))?;
    Ok(fs::read(project.join(INSTALLED_LOCK)).map_or(true, |installed| installed != wanted))
}

/// The major version in what `node --version` says, such as `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::{INSTALLED_LOCK, is_stale, major};

    #[test]
    fn reads_the_major_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("twenty"), None);
    }

    #[test]
    fn packages_are_stale_until_they_come_from_this_lock() {
        let project = env::temp_dir().join(format!("maskrcnn-web-stale-{}", process::id()));
        fs::create_dir_all(project.join("node_modules")).unwrap();
        let lock = project.join("package-lock.json");
        fs::write(&lock, "one").unwrap();
        assert!(is_stale(&project).unwrap());
        fs::copy(&lock, project.join(INSTALLED_LOCK)).unwrap();
        assert!(!is_stale(&project).unwrap());
        fs::write(&lock, "two").unwrap();
        assert!(is_stale(&project).unwrap());
        fs::remove_dir_all(project).unwrap();
    }
}
