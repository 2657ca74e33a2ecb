//! Chromium, in which the package is tested.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::apt;
use crate::process;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const IN_MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
const OTHERWISE: &str = "The browser tests need Chromium: install it, or name its program in CHROME.";

/// The browser's program: the one that `CHROME` names, one that is installed, or Debian's, installed now.
///
/// # Errors
/// When there is none and none can be installed.
pub(crate) fn find_or_install() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROME").map(PathBuf::from) {
        if !named.is_file() {
            bail!("CHROME names {}, which is not there.", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(&["chromium"], OTHERWISE)?;
    find().context(OTHERWISE)
}

fn find() -> Option<PathBuf> {
    process::on_path(&NAMES).or_else(|| Some(PathBuf::from(IN_MACOS)).filter(|program| program.is_file()))
}
