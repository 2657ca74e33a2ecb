//! `cargo xtask api`: the crate's public items, one a line, in `docs/api/maskrcnn-web.txt`, so that a change of the API
//! is seen in a diff.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use public_api::Builder;

use crate::process;
use crate::workspace::Workspace;

/// From the repository's root.
const REPORT: &str = "docs/api/maskrcnn-web.txt";
const JSON: [&str; 4] = ["-Z", "unstable-options", "--output-format", "json"];
/// Makes this program rustdoc; see [`rustdoc`].
const AS_RUSTDOC: &str = "XTASK_AS_RUSTDOC";

/// Writes the report.
///
/// # Errors
/// When the crate does not compile, or the report cannot be written.
pub(crate) fn update(workspace: &Workspace) -> Result<()> {
    let path = workspace.root.join(REPORT);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, items(workspace)?).with_context(|| format!("{REPORT} cannot be written"))?;
    println!("The crate's public items are in {REPORT}.");
    Ok(())
}

/// Compares the report with the crate.
///
/// # Errors
/// When the crate does not compile, or the report lacks an item or has one too many.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let found = items(workspace)?;
    let report = fs::read_to_string(workspace.root.join(REPORT)).unwrap_or_default();
    let differences = differences(&report, &found);
    if differences.is_empty() {
        return Ok(());
    }
    bail!("{REPORT} differs from the crate; run `cargo xtask api` and commit it:\n{}", differences.join("\n"))
}

/// The public items with the default features, in order, without what the compiler or a derive adds to each type.
fn items(workspace: &Workspace) -> Result<String> {
    let mut cargo = workspace.cargo();
    cargo.args(["rustdoc", "--lib", "--"]).args(JSON);
    // Build scripts of dependencies read RUSTC_BOOTSTRAP: set for cargo, it would have everything compiled twice.
    cargo.env("RUSTDOC", env::current_exe()?).env(AS_RUSTDOC, "1");
    process::run(&mut cargo)?;
    let json = workspace.target.join("doc/maskrcnn_web.json");
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Runs rustdoc with this program's arguments and unstable options allowed, if [`items`] asks for that.
pub(crate) fn rustdoc() -> Option<ExitCode> {
    env::var_os(AS_RUSTDOC)?;
    let toolchain = env::var_os("CARGO").map(PathBuf::from).and_then(|cargo| Some(cargo.parent()?.join("rustdoc")));
    let program = toolchain.filter(|program| program.is_file()).unwrap_or_else(|| "rustdoc".into());
    let status = Command::new(program).args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    Some(if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The lines that only one of two reports has: `-` before those of the old one, `+` before those of the new one.
fn differences(old: &str, new: &str) -> Vec<String> {
    let missing = |from: &str, other: &str, mark: char| -> Vec<String> {
        from.lines()
            .filter(|line| !other.lines().any(|found| found == *line))
            .map(|line| format!("{mark}{line}"))
            .collect()
    };
    let (removed, added) = (missing(old, new, '-'), missing(new, old, '+'));
    let order = (removed.is_empty() && added.is_empty() && old != new).then(|| " (other order)".to_owned());
    removed.into_iter().chain(added).chain(order).collect()
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn differences_name_what_was_removed_and_added() {
        assert!(differences("a\nb\n", "a\nb\n").is_empty());
        assert_eq!(differences("a\nb\n", "a\nc\n"), ["-b", "+c"]);
        assert_eq!(differences("a\nb\n", "b\na\n"), [" (other order)"]);
    }
}
