//! The Rust toolchain: its host, and rustfmt and clippy, which not every toolchain includes.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::cargo;

/// Finds `cargo fmt` and `cargo clippy`, or adds them with rustup.
///
/// # Errors
/// When one is missing and rustup cannot add it.
pub(crate) fn find_or_install() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let is_installed = || process::output(Command::new(cargo()).args([subcommand, "--version"])).is_ok();
        if is_installed() {
            continue;
        }
        println!("   Adding rustup's component {component}.");
        let added = process::output(Command::new("rustup").args(["component", "add", component]));
        if added.is_err() || !is_installed() {
            bail!("The checks need cargo {subcommand}: install {component}.");
        }
    }
    Ok(())
}

/// The triple of the machine that the toolchain runs on.
///
/// # Errors
/// When rustc does not say.
pub(crate) fn host() -> Result<String> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host.")
}
