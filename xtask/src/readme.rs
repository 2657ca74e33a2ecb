//! Measured tables that the README quotes between markers, such as `<!-- sizes -->` and `<!-- /sizes -->`.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Puts a table between the README's markers of this name.
///
/// # Errors
/// When the README has no such markers or cannot be written.
pub(crate) fn quote(workspace: &Workspace, name: &str, table: &str) -> Result<()> {
    let readme = workspace.root.join("README.md");
    fs::write(&readme, between_markers(&fs::read_to_string(&readme)?, name, table)?)?;
    println!("The table is in README.md.");
    Ok(())
}

/// Replaces what stands between two markers.
fn between_markers(readme: &str, name: &str, table: &str) -> Result<String> {
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = readme.split_once(&start).with_context(|| format!("README.md has no line {start}."))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("README.md has no line {end} behind {start}."))?;
    Ok(format!("{before}{start}\n{table}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::between_markers;

    #[test]
    fn the_readme_changes_between_its_markers_only() {
        let readme = "before\n<!-- sizes -->\nold\n<!-- /sizes -->\nafter\n";
        let once = between_markers(readme, "sizes", "new").unwrap();
        assert_eq!(once, "before\n<!-- sizes -->\nnew\n<!-- /sizes -->\nafter\n");
        assert_eq!(between_markers(&once, "sizes", "new").unwrap(), once);
    }

    #[test]
    fn a_readme_without_markers_is_an_error() {
        assert!(between_markers("text", "sizes", "new").is_err());
        assert!(between_markers("<!-- /sizes --> <!-- sizes -->", "sizes", "new").is_err());
        assert!(between_markers("<!-- sizes --> <!-- /sizes -->", "bench", "new").is_err());
    }
}
