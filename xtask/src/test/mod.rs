//! `cargo xtask test`: everything that must hold, step by step; a failure does not stop the others.

mod browser;
mod native;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::parity::{self, Backend};
use crate::steps::Steps;
use crate::style;
use crate::workspace::Workspace;

/// Names a folder with full-size reference cases.
const REFERENCES: &str = "MASKRCNN_REFERENCES";

/// A part of the tests. The jobs of GitHub's workflow run one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Spelling, words, links and named paths
    Style,
    /// Everything that needs no browser
    Native,
    /// The wasm modules, the package, and both in browsers
    Browser,
}

/// What is tested.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run one part only
    #[arg(long)]
    only: Option<Part>,
    /// Also run the full-size parity cases in DIR, or else in the folder that MASKRCNN_REFERENCES names
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    full: Option<Option<PathBuf>>,
}

/// Runs everything that `options` ask for.
pub(crate) fn run(workspace: &Workspace, options: Options) -> ExitCode {
    let runs = |part| options.only.is_none_or(|only| only == part);
    let mut steps = Steps::new();
    if runs(Part::Style) {
        style::check(&mut steps, workspace);
    }
    if runs(Part::Native) {
        native::run(&mut steps, workspace);
    }
    if runs(Part::Browser) {
        browser::run(&mut steps, workspace);
    }
    if let Some(folder) = options.full {
        full_parity(&mut steps, workspace, folder);
    }
    steps.finish()
}

fn full_parity(steps: &mut Steps, workspace: &Workspace, folder: Option<PathBuf>) {
    let found = || -> Result<_> {
        let folder = folder
            .or_else(|| env::var_os(REFERENCES).map(PathBuf::from))
            .with_context(|| format!("Name the folder with the full-size cases: as an argument or in {REFERENCES}."))?;
        Ok((parity::find(&folder)?, parity::command_line(workspace)?))
    };
    let Some((cases, maskrcnn)) = steps.run("full-size cases", found) else { return };
    for case in &cases {
        parity::natively(steps, &maskrcnn, case, Backend::Cpu);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Options;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_folder_of_full_size_cases_may_be_left_out() {
        let full = |line: &str| CommandLine::parse_from(line.split(' ')).options.full;
        assert_eq!(full("test"), None);
        assert_eq!(full("test --full"), Some(None));
        assert_eq!(full("test --full cases"), Some(Some("cases".into())));
        assert_eq!(full("test --full --only native"), Some(None));
    }
}
