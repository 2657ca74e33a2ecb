//! Paths: the repository's root, cargo's target folder and the folders made inside it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The folders that every command works in.
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the environment or cargo's configuration puts it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace that this program belongs to.
    ///
    /// # Errors
    /// When cargo did not start this program, or cannot describe the workspace.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var("CARGO_MANIFEST_DIR").context("Start this program with `cargo xtask`.")?;
        let root = Path::new(&manifest).parent().context("The folder xtask/ has no parent.")?.to_owned();
        let described = process::output(
            Command::new(cargo()).args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&root),
        )?;
        let metadata: serde_json::Value = serde_json::from_str(&described)?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target folder.")?.into();
        Ok(Self { root, target })
    }

    /// A command that runs cargo in the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        command
    }

    /// The npm package.
    pub(crate) fn package(&self) -> PathBuf {
        self.root.join("pkg")
    }

    /// The checkpoint of a narrow network, for tests.
    pub(crate) fn reference_checkpoint(&self) -> PathBuf {
        self.root.join("models/reference-tiny.safetensors")
    }

    /// The demo site: static files, assembled by [`crate::site`].
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }
}

/// The cargo that started this program.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
