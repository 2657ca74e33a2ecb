//! Reading and writing files, with errors that name them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use maskrcnn_web::{Error, Result};

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io(path, error))
}

/// Writes a whole file, and makes its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    create_parent(path)?;
    std::fs::write(path, bytes).map_err(|error| Error::io(path, error))
}

/// Makes a file, and its folder.
pub(crate) fn create(path: &Path) -> Result<BufWriter<File>> {
    create_parent(path)?;
    File::create(path).map(BufWriter::new).map_err(|error| Error::io(path, error))
}

/// Makes a file, and its folder, and writes it piece by piece.
pub(crate) fn stream<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    let mut out = create(path)?;
    let value = write(&mut out).map_err(|error| named(path, error))?;
    out.flush().map_err(|error| Error::io(path, error))?;
    Ok(value)
}

/// An error of writing a file, with its path.
pub(crate) fn named(path: &Path, error: Error) -> Error {
    match error {
        Error::Io { reason, .. } => Error::io(path, reason),
        Error::InvalidInput(reason) => Error::InvalidInput(format!("{}: {reason}", path.display())),
        error => error,
    }
}

/// Makes the folder that a file is to be in.
pub(crate) fn create_parent(path: &Path) -> Result<()> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), create_folder)
}

/// Makes a folder, and those above it, unless they are there.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| Error::io(path, error))
}
