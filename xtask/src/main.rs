//! The front door of maskrcnn-web: `cargo xtask <command>` sets up, builds, shows, tests and measures it.

mod api;
mod bench;
mod compare;
mod features;
mod fuzz;
mod package;
mod parity;
mod performance_page;
mod process;
mod setup;
mod site;
mod sizes;
mod steps;
mod style;
mod test;
mod types;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use wasm::{BuildOptions, Choice};
use workspace::Workspace;

/// Sets up, builds, shows, tests and measures maskrcnn-web. Each command sets up what it needs and lacks.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and serve the demo page on this machine
    Demo {
        /// The port; without it 8080 or, if that is in use, a free one
        #[arg(long)]
        port: Option<u16>,
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Run every check and test
    Test(test::Options),
    /// Build the wasm modules and the npm packages, and print the modules' sizes
    Build {
        #[command(flatten)]
        build: BuildOptions,
        #[command(flatten)]
        choice: Choice,
    },
    /// Pack the npm packages, those that hold models included, as they would be published, and check them
    Package,
    /// Print the sizes of the wasm modules of the last build
    Sizes {
        /// Put them into docs/performance.md
        #[arg(long)]
        write: bool,
    },
    /// Compare every stage with torchvision's numbers
    Parity(parity::Options),
    /// Print times by stage, natively, and in Chromium beside onnxruntime-web
    Bench(bench::Options),
    /// Require the same objects of the package in Chromium and of the command line
    Compare(compare::Options),
    /// Mutate files at random and read them; a crash, a hang or too much memory is a failure
    Fuzz {
        /// One target, by its name in tests/fuzz/targets; without it all
        target: Option<String>,
        /// How long each target runs
        #[arg(long, default_value_t = 600)]
        seconds: u64,
    },
    /// Update docs/api/maskrcnn-web.txt, the list of the crate's public items
    Api {
        /// Only check that it is up to date
        #[arg(long)]
        check: bool,
    },
    /// Generate models/manifest.schema.json and the package's types from the Rust types of settings and manifests
    Types,
    /// Check spelling, words, links and named paths
    Style,
    /// Only set up what is missing
    Setup,
}

fn main() -> ExitCode {
    if let Some(rustdoc) = api::rustdoc() {
        return rustdoc;
    }
    let Some(task) = CommandLine::parse().task else {
        print!("{}", CommandLine::command().render_help());
        return ExitCode::SUCCESS;
    };
    run(task).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn run(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Demo { port, build } => {
            site::build(&workspace, build.how())?;
            site::serve(&workspace, port)?;
        }
        Task::Test(options) => return Ok(test::run(&workspace, options)),
        Task::Build { build, choice } => package::build_all(&workspace, build.how(), &choice)?,
        Task::Package => package::pack_all(&workspace)?,
        Task::Sizes { write } => sizes::show(&workspace, write)?,
        Task::Parity(options) => return parity::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options)?,
        Task::Compare(options) => compare::run(&workspace, &options)?,
        Task::Fuzz { target, seconds } => fuzz::run(&workspace, target.as_deref(), seconds)?,
        Task::Api { check: false } => api::update(&workspace)?,
        Task::Api { check: true } => api::check(&workspace)?,
        Task::Types => types::generate(&workspace)?,
        Task::Style => return Ok(style::run(&workspace)),
        Task::Setup => setup::everything(&workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::CommandLine;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
