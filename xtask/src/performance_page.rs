//! Measured tables that docs/performance.md quotes between markers, such as `<!-- sizes -->` and `<!-- /sizes -->`.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// From the repository's root.
const PAGE: &str = "docs/performance.md";

/// Puts a table between the page's markers of this name.
///
/// # Errors
/// When the page has no such markers or cannot be written.
pub(crate) fn quote(workspace: &Workspace, name: &str, table: &str) -> Result<()> {
    let path = workspace.root.join(PAGE);
    fs::write(&path, between_markers(&fs::read_to_string(&path)?, name, table)?)?;
    println!("The table is in {PAGE}.");
    Ok(())
}

/// Replaces what stands between two markers.
fn between_markers(page: &str, name: &str, table: &str) -> Result<String> {
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = page.split_once(&start).with_context(|| format!("{PAGE} has no line {start}."))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("{PAGE} has no line {end} behind {start}."))?;
    Ok(format!("{before}{start}\n{table}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::between_markers;

    #[test]
    fn the_page_changes_between_its_markers_only() {
        let page = "before\n<!-- sizes -->\nold\n<!-- /sizes -->\nafter\n";
        let once = between_markers(page, "sizes", "new").unwrap();
        assert_eq!(once, "before\n<!-- sizes -->\nnew\n<!-- /sizes -->\nafter\n");
        assert_eq!(between_markers(&once, "sizes", "new").unwrap(), once);
    }

    #[test]
    fn a_page_without_markers_is_an_error() {
        assert!(between_markers("text", "sizes", "new").is_err());
        assert!(between_markers("<!-- /sizes --> <!-- sizes -->", "sizes", "new").is_err());
        assert!(between_markers("<!-- sizes --> <!-- /sizes -->", "bench", "new").is_err());
    }
}
