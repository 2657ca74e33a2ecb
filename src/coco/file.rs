//! Files of JSON, and errors that say which one.

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};

/// Reads a whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::Io { path: path.display().to_string(), reason: error.to_string() })
}

/// An error of what stands in a file, with its path.
pub(super) fn of(path: &Path, error: Error) -> Error {
    match error {
        Error::InvalidInput(reason) => Error::InvalidInput(format!("{}: {reason}", path.display())),
        error => error,
    }
}

/// What an error says, without its kind, to be put into a longer sentence.
pub(super) fn reason(error: Error) -> String {
    match error {
        Error::InvalidInput(reason) => reason,
        error => error.to_string(),
    }
}

/// A value as JSON, on one line.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("COCO's types hold nothing that JSON has not")
}
