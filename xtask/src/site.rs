//! The demo site: static files that work from any path of any server.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::package;
use crate::wasm::{self, Build};
use crate::workspace::Workspace;

/// Builds the modules and the package, then assembles the site.
///
/// # Errors
/// When something needed cannot be had or a build fails.
pub(crate) fn build(workspace: &Workspace, how: Build) -> Result<()> {
    wasm::build_all(workspace, how)?;
    package::build(workspace)?;
    assemble(workspace)
}

/// Puts the page, the built package and the models together: `www/*` at the root of the site, the package in
/// `maskrcnn-web/`, the models in `models/`.
///
/// # Errors
/// When the package was not built or a file cannot be copied.
pub(crate) fn assemble(workspace: &Workspace) -> Result<()> {
    let site = workspace.site();
    let _ = fs::remove_dir_all(&site);
    copy(&workspace.root.join("www"), &site)?;
    copy(&workspace.package().join("dist"), &site.join("maskrcnn-web"))?;
    copy(&workspace.root.join("models"), &site.join("models"))
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} is not there.", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
