//! Debian's packages, if this program may install them.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::process;

/// Installs packages.
///
/// # Errors
/// When this is not Debian, the user is not root, or `apt-get` fails; `otherwise` says what a person can do instead.
pub(crate) fn install(packages: &[&str], otherwise: &str) -> Result<()> {
    if process::on_path(&["apt-get"]).is_none() || !is_root() {
        bail!("{otherwise}");
    }
    println!("   Installing {} with apt-get.", packages.join(", "));
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| process::output(apt_get().arg("update")).is_ok());
    match process::output(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages)) {
        Ok(_) => Ok(()),
        Err(error) => bail!("{error}\n   {otherwise}"),
    }
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}
