//! The demo site: static files that work from any path of any server.

use std::process::Command;

use anyhow::Result;

use crate::setup::node;
use crate::wasm::{self, Build, Choice};
use crate::workspace::Workspace;
use crate::{package, process};

/// Builds the modules and the package, then assembles the site.
///
/// # Errors
/// When something needed is missing or a build fails.
pub(crate) fn build(workspace: &Workspace, how: Build) -> Result<()> {
    wasm::build_all(workspace, how, &Choice::default())?;
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

/// Serves the assembled site to this machine until the program is ended. Without a port it takes 8080 or, if that is in
/// use, any free one.
///
/// # Errors
/// If the port is in use.
pub(crate) fn serve(workspace: &Workspace, port: Option<u16>) -> Result<()> {
    let mut serve = Command::new("node");
    serve.arg(workspace.package().join("serve-site.mjs")).arg(workspace.site());
    if let Some(port) = port {
        serve.args(["--port", &port.to_string()]);
    }
    process::run(&mut serve)
}
