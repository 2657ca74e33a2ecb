//! The demo site: static files that work from any path of any server.

use anyhow::Result;

use crate::setup::node;
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

/// Puts the page, the built package and the models together in the target folder.
///
/// # Errors
/// When the package was not built or its script fails.
pub(crate) fn assemble(workspace: &Workspace) -> Result<()> {
    let mut build = node::npm(&workspace.package());
    process::run(build.args(["run", "--silent", "build:www", "--"]).arg(workspace.site()))
}
