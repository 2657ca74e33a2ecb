//! The demo site: static files that work from any path of any server.

use anyhow::Result;

use crate::setup::node::npm;
use crate::wasm::{self, Build};
use crate::workspace::Workspace;
use crate::{package, process};

/// Builds the modules and the package, then assembles the site.
///
/// # Errors
/// When something needed cannot be had or a build fails.
pub(crate) fn build(workspace: &Workspace, how: Build) -> Result<()> {
    wasm::build_all(workspace, how)?;
    package::build(workspace)?;
    assemble(workspace)
}

/// Lets the package's own script put the site together: the page at its root, the package in `maskrcnn-web/`, the
/// models in `models/`.
///
/// # Errors
/// When the package was not built or Node.js fails.
pub(crate) fn assemble(workspace: &Workspace) -> Result<()> {
    process::run(npm(&workspace.package()).args(["run", "--silent", "build:www", "--"]).arg(workspace.site()))
}
