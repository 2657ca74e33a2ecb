//! `cargo xtask types`: what is generated from the Rust types of settings and manifests.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{package, parity, process};

/// From the repository's root.
const SCHEMA: &str = "models/manifest.schema.json";

/// Writes the JSON schema of a manifest, and from it the TypeScript types of the npm package. Tests compare both with
/// the Rust types.
///
/// # Errors
/// When the command line does not compile, Node.js is missing, or a file cannot be written.
pub(crate) fn generate(workspace: &Workspace) -> Result<()> {
    let maskrcnn = parity::command_line(workspace)?;
    let schema = process::output(Command::new(maskrcnn).arg("schema"))?;
    fs::write(workspace.root.join(SCHEMA), schema).with_context(|| format!("{SCHEMA} cannot be written"))?;
    package::script(workspace, "types")
}
