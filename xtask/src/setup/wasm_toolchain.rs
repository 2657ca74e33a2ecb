//! The compiler for wasm32: rustup's target, or Debian's compiler, which builds the standard library from source.

use std::env;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{apt, rust};
use crate::process;
use crate::workspace::{Workspace, cargo};

/// What the wasm modules are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// `rustup` or `debian`: takes that way without looking for the other.
const CHOICE: &str = "XTASK_WASM_TOOLCHAIN";
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const OTHERWISE: &str = "Compiling for the browser needs Rust's wasm32 target: run `rustup target add \
                         wasm32-unknown-unknown`, or, on Debian, install rustc-web and rust-web-src.";

/// Where the compiler for wasm32 comes from.
pub(crate) enum WasmToolchain {
    /// The toolchain that cargo uses has the target's standard library.
    Rustup,
    /// Debian's rustc with the standard library's source, and a linker that speaks wasm.
    Debian {
        /// `rust-lld`, which Debian's compiler lacks.
        linker: PathBuf,
    },
}

impl WasmToolchain {
    /// The first toolchain that is installed, or else the first that can be.
    ///
    /// # Errors
    /// When neither is available: what to install, in a sentence.
    pub(crate) fn find_or_install() -> Result<Self> {
        match env::var(CHOICE).as_deref() {
            Ok("debian") => return Self::debian(),
            Ok("rustup") if rustup_target_is_installed() || add_rustup_target() => return Ok(Self::Rustup),
            Ok("rustup") => bail!("{CHOICE} asks for rustup's wasm32 target, which rustup cannot install."),
            Ok(other) => bail!("{CHOICE} is rustup or debian, not \"{other}\"."),
            Err(_) => {}
        }
        if rustup_target_is_installed() {
            return Ok(Self::Rustup);
        }
        if debian_is_installed() {
            return Self::debian();
        }
        if add_rustup_target() { Ok(Self::Rustup) } else { Self::debian() }
    }

    fn debian() -> Result<Self> {
        if !debian_is_installed() {
            apt::install(&["rustc-web", "rust-web-src"], OTHERWISE)?;
        }
        Ok(Self::Debian { linker: linker()? })
    }

    /// `cargo <subcommand> --target wasm32-unknown-unknown`.
    pub(crate) fn cargo(&self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut command = workspace.cargo();
        command.arg(subcommand);
        self.aim(&mut command);
        command
    }

    /// `cargo clippy --target wasm32-unknown-unknown`, with the clippy that fits the compiler.
    ///
    /// # Errors
    /// When Debian's clippy is missing and cannot be installed.
    pub(crate) fn clippy(&self, workspace: &Workspace) -> Result<Command> {
        let Self::Debian { .. } = self else { return Ok(self.cargo(workspace, "clippy")) };
        if !Path::new(DEBIAN_CLIPPY).is_file() {
            apt::install(&["rust-web-clippy"], "Checking the wasm32 code needs Debian's rust-web-clippy: install it.")?;
        }
        let mut command = Command::new(DEBIAN_CLIPPY);
        command.arg("clippy").env("CARGO", cargo()).current_dir(&workspace.root);
        self.aim(&mut command);
        Ok(command)
    }

    fn aim(&self, command: &mut Command) {
        command.args(["--target", TARGET]);
        if let Self::Debian { linker } = self {
            command.arg("-Zbuild-std=std,panic_abort");
            command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }
}

impl Display for WasmToolchain {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rustup => formatter.write_str("the toolchain's own standard library"),
            Self::Debian { .. } => formatter.write_str("Debian's rustc, with the standard library built from source"),
        }
    }
}

fn rustup_target_is_installed() -> bool {
    process::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn add_rustup_target() -> bool {
    if process::on_path(&["rustup"]).is_none() {
        return false;
    }
    println!("   Adding rustup's target {TARGET}.");
    let added = process::succeeds_within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_LIMIT);
    if !added {
        println!("   rustup cannot add it here.");
    }
    added && rustup_target_is_installed()
}

fn debian_is_installed() -> bool {
    Path::new(DEBIAN_RUSTC).is_file() && Path::new(DEBIAN_SOURCE).is_file()
}

/// The `rust-lld` of the toolchain that cargo uses, or LLVM's `wasm-ld`.
fn linker() -> Result<PathBuf> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let rust_lld = Path::new(sysroot.trim()).join("lib/rustlib").join(rust::host()?).join("bin/rust-lld");
    Some(rust_lld)
        .filter(|program| program.is_file())
        .or_else(|| process::on_path(&["wasm-ld", "wasm-ld-19", "wasm-ld-16", "wasm-ld-14"]))
        .context("Debian's rustc needs a linker for wasm: rustup's toolchain has one, or install Debian's lld.")
}
