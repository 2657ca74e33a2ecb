//! Files of JSON, and errors that say which one.

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Warnings;
use crate::error::{Error, Result};

/// Reads a file; errors and warnings of what is in it name it.
pub(super) fn read<T>(
    path: &Path,
    warnings: &mut Warnings,
    from_json: impl FnOnce(&[u8], &mut Warnings) -> Result<T>,
) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    let mut own = Warnings::default();
    let value = from_json(&bytes, &mut own).map_err(|error| match error {
        Error::InvalidInput(reason) => Error::InvalidInput(format!("{}: {reason}", path.display())),
        error => error,
    })?;
    warnings.add_all_of(path, own);
    Ok(value)
}

/// Reads JSON, as Python writes it: NaN and infinity, which JSON does not have, are null.
pub(super) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    let value = serde_json::from_str(text).or_else(|error| match without_nan(text) {
        Cow::Owned(text) => serde_json::from_str(&text),
        Cow::Borrowed(_) => Err(error),
    });
    value.map_err(|error| Error::InvalidInput(format!("this is not {what}: {error}")))
}

/// JSON with `null` for NaN and infinity outside of texts.
fn without_nan(text: &str) -> Cow<'_, str> {
    let mut parts = Vec::new();
    let (mut start, mut position, mut in_text) = (0, 0, false);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(position) {
        let word = match byte {
            _ if in_text => None,
            b'N' | b'I' | b'-' => ["NaN", "-NaN", "Infinity", "-Infinity"]
                .into_iter()
                .find(|word| bytes[position..].starts_with(word.as_bytes())),
            _ => None,
        };
        match (byte, word) {
            (_, Some(word)) => {
                parts.extend([&text[start..position], "null"]);
                start = position + word.len();
                position = start;
                continue;
            }
            (b'"', _) => in_text = !in_text,
            (b'\\', _) if in_text => position += 1,
            _ => (),
        }
        position += 1;
    }
    if parts.is_empty() {
        return Cow::Borrowed(text);
    }
    parts.push(&text[start..]);
    Cow::Owned(parts.concat())
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
