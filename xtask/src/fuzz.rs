//! `cargo xtask fuzz`: untrusted files, mutated by libFuzzer. `tests/fuzz` holds the readers that it calls.
//!
//! The targets are compiled as cargo-fuzz compiles them, but by the usual toolchain: coverage counters and
//! AddressSanitizer come with it, and `RUSTC_BOOTSTRAP` allows their flags.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::process;
use crate::setup::rust;
use crate::workspace::Workspace;

/// Coverage counters for libFuzzer in all crates, and AddressSanitizer, which also limits single allocations.
const FLAGS: &str = "--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module \
                     -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";
/// More than one of these for a file of at most 128 KiB counts as a crash: 10 s, 1 GiB held, 256 MiB at once.
const LIMITS: [&str; 4] = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256", "-max_len=131072"];
/// What a run may take beyond its time: the seeds, and the file that it is at.
const GRACE: Duration = Duration::from_secs(60);

/// A program of `tests/fuzz/targets`.
struct Target {
    name: &'static str,
    /// Files of `tests` that it starts from, besides its own in `tests/fuzz/seeds`.
    fixtures: &'static [&'static str],
}

const TARGETS: [Target; 7] = [
    Target { name: "legacy_pickle", fixtures: &["reference/micro_legacy.pth", "reference/detectron2.pkl"] },
    Target { name: "zip_pickle", fixtures: &["reference/micro.pth", "reference/micro_checkpoint.pth"] },
    Target { name: "safetensors_header", fixtures: &[] },
    Target { name: "manifest", fixtures: &[] },
    Target { name: "coco_json", fixtures: &[] },
    Target { name: "rle", fixtures: &[] },
    Target {
        name: "tiff",
        fixtures: &[
            "image/tiff/bigtiff-be-u16.tif",
            "image/tiff/five-channels-u16.tif",
            "image/tiff/imagej-one-directory-u16.tif",
            "image/tiff/jpeg-tiled-ycbcr-u8.tif",
            "image/tiff/ome-xyzct-nm-be-u8.tif",
            "image/tiff/pyramid-pages-u16.tif",
            "image/tiff/pyramid-sub-ifds-u16.tif",
            "image/tiff/zstd-tiled-u16.tif",
        ],
    },
];

/// Whether the toolchain has AddressSanitizer for this system.
pub(crate) const AVAILABLE: bool = cfg!(any(target_os = "linux", target_os = "macos"));

/// Builds the targets, and runs the one with the name, or all, for `seconds` each.
///
/// # Errors
/// When there is no such target, when they do not build, and when a file makes one crash, hang or hold too much memory:
/// the text says where that file is.
pub(crate) fn run(workspace: &Workspace, only: Option<&str>, seconds: u64) -> Result<()> {
    let names = TARGETS.map(|target| target.name);
    if let Some(unknown) = only.filter(|name| !names.contains(name)) {
        bail!("There is no fuzz target \"{unknown}\"; there are {}.", names.join(", "));
    }
    let programs = build(workspace)?;
    for target in TARGETS.iter().filter(|target| only.is_none_or(|name| name == target.name)) {
        target.run(workspace, &programs, seconds)?;
    }
    Ok(())
}

/// Compiles all targets. Returns the folder that they are in.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let (folder, host) = (folder(workspace), rust::host()?);
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--locked", "--manifest-path", "tests/fuzz/Cargo.toml", "--target", &host]);
    cargo.arg("--target-dir").arg(&folder).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS);
    process::run(&mut cargo)?;
    Ok(folder.join(host).join("release"))
}

/// The target folder of the workspace in `tests/fuzz`, with what the runs leave.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("fuzz")
}

impl Target {
    fn run(&self, workspace: &Workspace, programs: &Path, seconds: u64) -> Result<()> {
        let name = self.name;
        let program = programs.join(name);
        // Kept from run to run, so that each continues the last one.
        let corpus = folder(workspace).join("corpus").join(name);
        let crashes = folder(workspace).join("crashes").join(name);
        let log = folder(workspace).join(format!("{name}.log"));
        for folder in [&corpus, &crashes] {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        for fixture in self.fixtures {
            let name = Path::new(fixture).file_name().unwrap_or_default();
            fs::copy(workspace.root.join("tests").join(fixture), corpus.join(name))
                .with_context(|| format!("{fixture} cannot be copied"))?;
        }
        let mut fuzz = std::process::Command::new(&program);
        fuzz.arg(format!("-max_total_time={seconds}")).args(LIMITS);
        fuzz.arg(format!("-artifact_prefix={}/", crashes.display()));
        fuzz.arg(&corpus).arg(workspace.root.join("tests/fuzz/seeds").join(name));
        // What is freed is kept for a while, so that its use is noticed; not more of it than a file's worth.
        fuzz.env("ASAN_OPTIONS", "quarantine_size_mb=16").stderr(File::create(&log)?);
        let ended = process::run_within(&mut fuzz, Duration::from_secs(seconds) + GRACE);
        let said = fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())?;
        ended.map_err(|error| {
            anyhow!(
                "{error} {} has all of what it said, which ends:\n{}\n{} shows it again with that file.",
                log.display(),
                ending(&said),
                program.display()
            )
        })?;
        let counts = counts(&said).with_context(|| format!("{name} did not finish: {}", log.display()))?;
        println!("   {name}: {counts}");
        Ok(())
    }
}

/// The last line of libFuzzer's that counts: how many files were read, and how much of the code was reached.
fn counts(said: &str) -> Option<&str> {
    said.lines().rev().find(|line| line.starts_with('#') && line.contains("DONE"))
}

/// The last lines, from the panic or the sanitizer's report on where there is one.
fn ending(said: &str) -> String {
    const MAX_LINES: usize = 60;
    let lines: Vec<&str> = said.lines().collect();
    let report = |line: &&str| line.contains("panicked at") || line.contains("ERROR: ");
    let start = lines.iter().position(report).unwrap_or(lines.len().saturating_sub(MAX_LINES));
    let is_told = |line: &&&str| !line.starts_with('#') && !line.contains("NEW_FUNC");
    lines[start..].iter().filter(is_told).take(MAX_LINES).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{TARGETS, counts, ending};
    use crate::workspace::Workspace;

    #[test]
    fn every_target_has_its_program_and_its_seeds() {
        let workspace = Workspace::find().unwrap();
        let fuzz = workspace.root.join("tests/fuzz");
        let mut programs: Vec<String> = std::fs::read_dir(fuzz.join("targets"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        programs.sort();
        let mut names = TARGETS.map(|target| target.name);
        names.sort_unstable();
        assert_eq!(programs, names);
        for target in TARGETS {
            assert!(fuzz.join("seeds").join(target.name).read_dir().unwrap().count() > 0, "{}", target.name);
            for fixture in target.fixtures {
                assert!(workspace.root.join("tests").join(fixture).is_file(), "{fixture}");
            }
        }
    }

    const SAID: &str = "INFO: Seed: 1\n#9\tINITED cov: 3\nthread '<unnamed>' panicked at src/x.rs:1:2:\nno\n#10\tNEW cov: 4\n\
                        Test unit written to crash-1\n";

    #[test]
    fn a_crash_is_told_from_its_panic_on() {
        assert_eq!(ending(SAID), "thread '<unnamed>' panicked at src/x.rs:1:2:\nno\nTest unit written to crash-1");
        assert_eq!(ending("one\ntwo"), "one\ntwo");
    }

    #[test]
    fn a_run_that_came_to_its_end_is_counted() {
        assert_eq!(counts("#9\tNEW cov: 4\n#10\tDONE   cov: 5\nDone 10 runs"), Some("#10\tDONE   cov: 5"));
        assert_eq!(counts(SAID), None);
    }
}
