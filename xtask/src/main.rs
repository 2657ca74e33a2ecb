//! The front door of maskrcnn-web: `cargo xtask <command>` sets up, builds, shows, tests and measures it.

mod arguments;
mod bench;
mod compare;
mod features;
mod fuzz;
mod native;
mod package;
mod parity;
mod performance_page;
mod process;
mod setup;
mod site;
mod sizes;
mod steps;
mod test;
mod wasm;
mod workspace;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use arguments::Arguments;
use wasm::Build;
use workspace::Workspace;

const USAGE: &str = "\
cargo xtask <command>; each sets up what it needs and lacks

  demo [--port N] [--dev]    build everything and serve the demo page on this machine
  test [--full [DIR]]        run every check and test; with --full the full-size parity cases in DIR
                             (or in the folder that MASKRCNN_REFERENCES names) as well
  build [--dev]              build the wasm modules and the npm package, and print their sizes
  sizes [--write]            print the sizes of the last build; --write puts them into docs/performance.md
  parity [DIR] [--browser] [--backend B] [--dev]
                             compare every stage with torchvision, for each pair <name>.safetensors and
                             <name>_ref*.safetensors in DIR (without DIR the repository's own);
                             --browser in Chromium too; B is cpu (natively the default) or webgpu
  bench [--native | --browser | --stages] [--weights FILE] [--picture FILE] [--min-size N] [--cuda] [--full DIR]
        [--rounds N] [--runs N] [--json FILE] [--write] [--dev]
                             print times by stage, natively, in turns with torchvision where it is installed (--cuda:
                             with burn's CUDA backend too), and then in Chromium beside onnxruntime-web: the narrow
                             network and, with --full, that of DIR (see benches/README.md); --json keeps the figures,
                             --write puts the table into docs/performance.md; --stages prints times by stage in
                             Chromium
  compare (--data FILE.json | --images DIR) [--pictures N] [--model DIR] [--backend B] [--json FILE] [--dev]
                             hold the package in Chromium (B is webgpu or cpu) against the command line on N (10)
                             pictures of a COCO data set or a folder: the same objects, boxes, scores and areas?
  fuzz [TARGET] [--seconds N]
                             change files at random and read them, for N (600) seconds each: checkpoints, manifests,
                             COCO's JSON and masks; a crash, a hang or too much memory ends it and leaves the file
  setup                      only set up what is missing

  --dev builds the wasm modules quickly instead of small and fast
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(command) = arguments.next() else {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    };
    run(&command, Arguments::new(arguments)).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: &str, mut arguments: Arguments) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut build = || if arguments.flag("--dev") { Build::Dev } else { Build::Release };
    match command {
        "demo" => {
            let how = build();
            let port =
                arguments.value("--port")?.map(|port| port.parse().context("--port needs a number.")).transpose()?;
            arguments.finish()?;
            site::build(&workspace, how)?;
            site::serve(&workspace, port)?;
        }
        "test" => {
            let full = arguments.flag("--full");
            let folder = if full { arguments.positional().map(PathBuf::from) } else { None };
            arguments.finish()?;
            return Ok(test::run(&workspace, full, folder));
        }
        "build" => {
            let how = build();
            arguments.finish()?;
            wasm::build_all(&workspace, how)?;
            package::build(&workspace)?;
            if how == Build::Release {
                sizes::keep(&workspace, &wasm::measure(&workspace)?)?;
            }
            println!("The package is in pkg/dist.");
        }
        "sizes" => {
            let write = arguments.flag("--write");
            arguments.finish()?;
            sizes::show(&workspace, write)?;
        }
        "parity" => {
            let how = build();
            let browser = arguments.flag("--browser").then_some(how);
            let backend = arguments.value("--backend")?.map(|name| name.parse()).transpose()?;
            let folder = arguments.positional().map(PathBuf::from);
            arguments.finish()?;
            return parity::run(&workspace, folder.as_deref(), browser, backend);
        }
        "bench" => {
            let how = build();
            bench::run(&workspace, arguments, how)?;
        }
        "compare" => {
            let how = build();
            compare::run(&workspace, arguments, how)?;
        }
        "fuzz" => {
            let seconds = arguments.value("--seconds")?;
            let seconds = seconds.map_or(Ok(600), |seconds| seconds.parse()).context("--seconds needs a number.")?;
            let target = arguments.positional();
            arguments.finish()?;
            fuzz::run(&workspace, target.as_deref(), seconds)?;
        }
        "setup" => {
            arguments.finish()?;
            setup::everything(&workspace)?;
        }
        unknown => {
            eprint!("There is no command \"{unknown}\".\n\n{USAGE}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
