//! Sizes of the wasm modules: measured, printed, kept in the target folder, written into docs/performance.md.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::workspace::Workspace;
use crate::{performance_page, process};

/// Node.js has both compressors that web servers use.
const COMPRESS: &str = "const zlib = require('node:zlib'), bytes = require('node:fs').readFileSync(process.argv[1]);
    console.log(zlib.gzipSync(bytes, { level: 9 }).length, zlib.brotliCompressSync(bytes).length)";

/// Maximum size of a module after `gzip -9`, in bytes. With the scripts around it, which take a twentieth of a megabyte,
/// a page loads less than its limit of two megabytes.
const MAX_GZIP: u64 = 1_950_000;

/// A module's sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModuleSize {
    pub(crate) name: String,
    pub(crate) raw: u64,
    /// After `gzip -9`.
    pub(crate) gzip: u64,
    /// After brotli at its highest quality.
    pub(crate) brotli: u64,
}

impl ModuleSize {
    /// Measures a file.
    ///
    /// # Errors
    /// When it cannot be read or Node.js fails.
    pub(crate) fn of(name: &str, file: &Path) -> Result<Self> {
        let raw = fs::metadata(file).with_context(|| format!("{name} was not built"))?.len();
        let said = process::output(Command::new("node").args(["--eval", COMPRESS]).arg(file))?;
        let mut sizes = said.split_whitespace().map(str::parse);
        match (sizes.next(), sizes.next()) {
            (Some(Ok(gzip)), Some(Ok(brotli))) => Ok(Self { name: name.to_owned(), raw, gzip, brotli }),
            _ => bail!("Node.js gave no sizes but \"{}\".", said.trim()),
        }
    }

    fn from_json(value: &Value) -> Option<Self> {
        let number = |key: &str| value[key].as_u64();
        let name = value["name"].as_str()?.to_owned();
        Some(Self { name, raw: number("raw")?, gzip: number("gzip")?, brotli: number("brotli")? })
    }
}

/// Shows the sizes and keeps them in the target folder as `sizes.json`.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn keep(workspace: &Workspace, sizes: &[ModuleSize]) -> Result<()> {
    println!("\n{}", table(sizes));
    let values: Vec<Value> = sizes
        .iter()
        .map(|size| json!({ "name": size.name, "raw": size.raw, "gzip": size.gzip, "brotli": size.brotli }))
        .collect();
    fs::write(workspace.target.join("sizes.json"), format!("{:#}\n", Value::from(values)))?;
    Ok(())
}

/// Refuses modules that a page would load too long.
///
/// # Errors
/// When one is larger than it may be.
pub(crate) fn check(sizes: &[ModuleSize]) -> Result<()> {
    match sizes.iter().find(|size| size.gzip > MAX_GZIP) {
        None => Ok(()),
        Some(ModuleSize { name, gzip, .. }) => {
            bail!("{name} has {gzip} bytes after gzip -9; the limit is {MAX_GZIP}.")
        }
    }
}

/// `cargo xtask sizes`: shows what the last build kept and, with `write`, puts it into docs/performance.md.
///
/// # Errors
/// When there was no build, or the page has no place for the table.
pub(crate) fn show(workspace: &Workspace, write: bool) -> Result<()> {
    let kept = fs::read_to_string(workspace.target.join("sizes.json"))
        .ok()
        .context("There are no sizes yet: run `cargo xtask build` first.")?;
    let values: Vec<Value> = serde_json::from_str(&kept)?;
    let sizes: Option<Vec<ModuleSize>> = values.iter().map(ModuleSize::from_json).collect();
    let table = table(&sizes.context("sizes.json is damaged: run `cargo xtask build` again.")?);
    println!("{table}");
    if write {
        performance_page::quote(workspace, "sizes", &table)?;
    }
    Ok(())
}

/// A table in Markdown that also reads well in a terminal.
fn table(sizes: &[ModuleSize]) -> String {
    let header = ["module", "raw", "gzip -9", "brotli"].map(str::to_owned);
    let row =
        |size: &ModuleSize| [size.name.clone(), megabytes(size.raw), megabytes(size.gzip), megabytes(size.brotli)];
    let rows: Vec<[String; 4]> = std::iter::once(header).chain(sizes.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let mut lines: Vec<String> = rows
        .iter()
        .map(|[name, raw, gzip, brotli]| {
            let (a, b, c, d) = (width(0), width(1), width(2), width(3));
            format!("| {name:a$} | {raw:>b$} | {gzip:>c$} | {brotli:>d$} |")
        })
        .collect();
    let rule = |column: usize| "-".repeat(width(column) + 1);
    lines.insert(1, format!("|{}-|{}:|{}:|{}:|", rule(0), rule(1), rule(2), rule(3)));
    lines.join("\n")
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::{MAX_GZIP, ModuleSize, check, table};

    fn sizes() -> Vec<ModuleSize> {
        vec![ModuleSize { name: "maskrcnn_cpu".into(), raw: 12_340_000, gzip: 420_000, brotli: 300_000 }]
    }

    #[test]
    fn the_table_is_aligned_markdown() {
        let expected = "| module       |      raw | gzip -9 |  brotli |\n\
                        |--------------|---------:|--------:|--------:|\n\
                        | maskrcnn_cpu | 12.34 MB | 0.42 MB | 0.30 MB |";
        assert_eq!(table(&sizes()), expected);
    }

    #[test]
    fn a_module_that_is_too_large_is_refused() {
        let [mut size] = <[_; 1]>::try_from(sizes()).expect("there is one");
        size.gzip = MAX_GZIP;
        assert!(check(&[size.clone()]).is_ok());
        size.gzip += 1;
        let refusal = check(&[size]).expect_err("it is too large").to_string();
        assert_eq!(refusal, "maskrcnn_cpu has 1950001 bytes after gzip -9; the limit is 1950000.");
    }
}
