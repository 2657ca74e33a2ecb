//! The browsers in which the package is tested.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::apt;
use crate::process;

/// A browser: how its program is found, and what it is installed from.
pub(crate) struct Browser {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The environment variable that may name its program; the tests read it, too.
    pub(crate) variable: &'static str,
    programs: &'static [&'static str],
    in_macos: Option<&'static str>,
    /// A program without which it cannot run here.
    needs: Option<&'static str>,
    /// Debian's packages.
    packages: &'static [&'static str],
    otherwise: &'static str,
}

/// Chromium, without which there are no browser tests.
pub(crate) const CHROMIUM: Browser = Browser {
    name: "Chromium",
    variable: "CHROME",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    in_macos: Some("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    needs: None,
    packages: &["chromium"],
    otherwise: "The browser tests need Chromium: install it, or name its program in CHROME.",
};

/// Firefox.
pub(crate) const FIREFOX: Browser = Browser {
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    in_macos: Some("/Applications/Firefox.app/Contents/MacOS/firefox"),
    needs: None,
    packages: &["firefox-esr"],
    otherwise: "Firefox was not found: install it, or name its program in FIREFOX.",
};

/// WebKitGTK, which runs Safari's engine on Linux, on a virtual display.
pub(crate) const WEBKIT: Browser = Browser {
    name: "WebKit",
    variable: "WEBKIT_DRIVER",
    programs: &["WebKitWebDriver"],
    in_macos: None,
    needs: Some("Xvfb"),
    packages: &["webkit2gtk-driver", "xvfb"],
    otherwise: "WebKitGTK was not found: install Debian's packages webkit2gtk-driver and xvfb.",
};

impl Browser {
    /// The program: the one that its variable names, one that is installed, or Debian's, installed now.
    ///
    /// # Errors
    /// When no such browser is installed or can be.
    pub(crate) fn find_or_install(&self) -> Result<PathBuf> {
        if let Some(named) = env::var_os(self.variable).map(PathBuf::from) {
            if !named.is_file() {
                bail!("{} names {}, which does not exist.", self.variable, named.display());
            }
            return Ok(named);
        }
        if let Some(found) = self.find() {
            return Ok(found);
        }
        apt::install(self.packages, self.otherwise)?;
        self.find().context(self.otherwise)
    }

    fn find(&self) -> Option<PathBuf> {
        if self.needs.is_some_and(|program| process::on_path(&[program]).is_none()) {
            return None;
        }
        let in_macos = self.in_macos.map(PathBuf::from).filter(|program| program.is_file());
        process::on_path(self.programs).or(in_macos)
    }
}
