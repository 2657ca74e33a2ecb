//! Reading and writing files, with errors that name them.

use std::path::{Path, PathBuf};

use maskrcnn_web::{Error, Result};

/// Endings of the picture formats that are read.
const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io(path, error))
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| Error::io(path, error))
}

/// Makes a folder, and those above it, unless they are there.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| Error::io(path, error))
}

/// The pictures that `paths` name: a file is taken as it is, a folder for the pictures
/// directly in it, in the order of their names.
///
/// # Errors
/// `io` where a folder cannot be read, `invalid-input` where one holds no picture.
pub(crate) fn pictures(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        for entry in std::fs::read_dir(path).map_err(|error| Error::io(path, error))? {
            let file = entry.map_err(|error| Error::io(path, error))?.path();
            if file.is_file() && is_picture(&file) {
                found.push(file);
            }
        }
        found[before..].sort();
        if found.len() == before {
            let endings = PICTURES.join(", ");
            return Err(Error::InvalidInput(format!("{} holds no picture ({endings})", path.display())));
        }
    }
    Ok(found)
}

/// Whether a file's ending is that of a picture.
pub(crate) fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    PICTURES.iter().any(|&picture| ending == picture)
}
