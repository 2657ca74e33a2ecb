//! Where the pictures of a data set are.

use std::path::{Path, PathBuf};

/// The folder of a data set's pictures where nothing else is said: the one beside its JSON file that
/// is named like it (`val.json`: `val/`), or else the one that the file is in.
pub fn image_folder(json: &Path) -> PathBuf {
    let named = json.with_extension("");
    if named.is_dir() { named } else { json.parent().unwrap_or(Path::new("")).to_path_buf() }
}
