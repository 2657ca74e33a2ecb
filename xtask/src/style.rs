//! `cargo xtask style`: spelling, the project's words, links, and paths that are named but missing.
//!
//! `_typos.toml` and `docs/style` configure the tools: words that are not used are in `docs/style/words.yml`.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::process;
use crate::setup::{node, typos};
use crate::steps::Steps;
use crate::workspace::Workspace;

const DOCUMENTS: [&str; 1] = ["*.md"];
/// Read as plain text: comments, messages and names.
const SOURCES: [&str; 10] = ["*.rs", "*.ts", "*.tsx", "*.mjs", "*.js", "*.py", "*.html", "*.css", "*.toml", "*.yml"];
/// Not searched for words: other programs' output, the list itself, and what was right when it was written.
const NOT_SEARCHED: [&str; 3] = [":!tests/reference", ":!docs/style", ":!pkg/CHANGELOG.md"];
/// Folders that paths begin with. `models` is not among them: users name their own folders there.
const FOLDERS: [&str; 11] =
    [".cargo", ".ci", ".github", "benches", "docs", "examples", "pkg", "src", "tests", "www", "xtask"];

/// Runs every check of the repository's prose.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let mut steps = Steps::new();
    check(&mut steps, workspace);
    steps.finish()
}

/// Each check as a step.
pub(crate) fn check(steps: &mut Steps, workspace: &Workspace) {
    steps.run("spelling", || {
        let typos = typos::find_or_install(workspace)?;
        process::run(Command::new(typos).current_dir(&workspace.root).args(["--format", "brief"]))
    });
    steps.run("paths in documents and comments", || paths(workspace));
    let tools = steps.run("linters of prose", || {
        node::find_or_install()?;
        node::install_packages(&style(workspace))
    });
    if tools.is_none() {
        return steps.skip("words and links", "They need the linters.");
    }
    steps.run("words", || {
        words(workspace, "markdown.json", &DOCUMENTS)?;
        words(workspace, "text.json", &SOURCES)
    });
    steps.run("links in documents", || links(workspace));
}

fn style(workspace: &Workspace) -> std::path::PathBuf {
    workspace.root.join("docs/style")
}

fn words(workspace: &Workspace, configuration: &str, patterns: &[&str]) -> Result<()> {
    let files = files(workspace, &[patterns, &NOT_SEARCHED[..]].concat())?;
    let mut textlint = Command::new(style(workspace).join("node_modules/.bin/textlint"));
    // Plugins and rules are found from the working directory.
    textlint.current_dir(style(workspace)).args(["--config", configuration, "--format", "unix"]);
    textlint.args(files.iter().map(|file| workspace.root.join(file)));
    process::output(&mut textlint).map(drop)
}

fn links(workspace: &Workspace) -> Result<()> {
    let mut remark = Command::new(style(workspace).join("node_modules/.bin/remark"));
    remark.current_dir(&workspace.root).args(["--quiet", "--frail", "--no-stdout", "--no-color", "--rc-path"]);
    remark.arg(style(workspace).join("links.json")).args(files(workspace, &DOCUMENTS)?);
    process::output(&mut remark).map(drop)
}

/// Paths of the repository must exist where Markdown, or a comment in a source file, names them.
fn paths(workspace: &Workspace) -> Result<()> {
    let mut missing = Vec::new();
    let searched = [&DOCUMENTS[..], &SOURCES[..], &NOT_SEARCHED[..]].concat();
    for file in files(workspace, &searched)? {
        let text = fs::read_to_string(workspace.root.join(&file))?;
        let folder = Path::new(&file).parent().unwrap_or(Path::new(""));
        for (index, line) in text.lines().enumerate() {
            let prose = if file.ends_with(".md") { line } else { comment(&file, line) };
            let is_missing = |path: &&str| !workspace.root.join(path).exists() && !folder.join(path).exists();
            missing.extend(named(prose).filter(is_missing).map(|path| format!("{file}:{}: {path}", index + 1)));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("These paths do not exist; name the file's new place:\n{}", missing.join("\n"))
}

/// The files under version control, and new ones that are not ignored, from the repository's root.
fn files(workspace: &Workspace, patterns: &[&str]) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    // A checkout may belong to another user, as in a container.
    git.current_dir(&workspace.root).args(["-c", "safe.directory=*"]);
    if !workspace.root.join(".git").exists() {
        // An archive of the sources: an empty repository in the target folder takes all its files for new ones.
        let repository = workspace.target.join("files.git");
        process::output(Command::new("git").args(["init", "--quiet", "--bare"]).arg(&repository))?;
        git.arg("--git-dir").arg(repository).arg("--work-tree").arg(&workspace.root);
    }
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "--"]);
    let listed = process::output(git.args(patterns))?;
    // A file that was deleted is listed until that is committed.
    Ok(listed.lines().filter(|file| workspace.root.join(file).is_file()).map(str::to_owned).collect())
}

/// The comment in a line of a source file; empty if there is none.
fn comment<'a>(file: &str, line: &'a str) -> &'a str {
    let mark = if [".py", ".toml", ".yml"].iter().any(|end| file.ends_with(end)) { "#" } else { "//" };
    let in_block = line.trim_start().starts_with('*');
    let start = if in_block { Some(0) } else { line.find(mark) };
    start.map_or("", |start| &line[start..])
}

/// The paths of the repository that a text names. `NAME` is a placeholder; `dist` is built, `public` filled by users.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "_./-".contains(character);
    text.split(move |character| !is_part(character)).map(|path| path.trim_end_matches('.')).filter(|path| {
        let mut parts = path.split('/');
        let in_folder = parts.next().is_some_and(|first| FOLDERS.contains(&first)) && path.contains('/');
        let is_any =
            |part: &str| matches!(part, "dist" | "public") || part.split('.').next().is_some_and(|name| name == "NAME");
        in_folder && !parts.any(is_any)
    })
}

#[cfg(test)]
mod tests {
    use super::{comment, named};

    fn paths(text: &str) -> Vec<&str> {
        named(text).collect()
    }

    #[test]
    fn paths_of_the_repository_are_found_in_prose() {
        assert_eq!(paths("See `src/ops/nms/`, and (tests/rle.rs)."), ["src/ops/nms/", "tests/rle.rs"]);
        assert_eq!(paths("[x](docs/parity.md#y)"), ["docs/parity.md"]);
    }

    #[test]
    fn other_words_with_slashes_are_no_paths_of_the_repository() {
        let others = ["https://example.org/src/a", "images/objects", "tests/ops/NAME.rs", "pkg/dist/wasm", "the src"];
        others.iter().for_each(|text| assert!(paths(text).is_empty(), "{text}"));
    }

    #[test]
    fn only_comments_of_a_source_are_read() {
        assert_eq!(comment("a.rs", "run(); // why"), "// why");
        assert_eq!(comment("a.ts", "   * why"), "   * why");
        assert_eq!(comment("a.toml", "key = 1 # why"), "# why");
        assert_eq!(comment("a.rs", "let text = \"why # this\";"), "");
    }
}
