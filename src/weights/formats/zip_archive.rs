//! `.pth` files as `torch.save` writes them since torch 1.6: a zip archive with a pickle
//! (`<name>/data.pkl`) and one entry of raw numbers a storage (`<name>/data/0`, …).

use std::collections::BTreeMap;
use std::io::{Cursor, copy, sink};
use std::ops::Range;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::pickle::{MAX_BYTES, Pickle, Places};
use super::{Contents, Format};
use crate::{Error, Result};

/// Whether `bytes` begin as a zip archive does.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// What the `.pth` file `bytes` holds.
pub(super) fn read(bytes: Vec<u8>) -> Result<Contents> {
    let entries = entries(&bytes)?;
    let Some(prefix) = entries.keys().find_map(|name| name.strip_suffix("data.pkl")) else {
        return Err(Error::WeightsIncompatible("the zip archive was not written by torch.save".into()));
    };
    let entry = |name: &str| entries.get(&format!("{prefix}{name}")).cloned();
    if entry("byteorder").is_some_and(|range| bytes[range].trim_ascii() == b"big") {
        return Err(Error::WeightsIncompatible(
            "the .pth file was saved on a big-endian machine; save it again on a little-endian one".into(),
        ));
    }
    let file = Arc::new(bytes);
    let pickle = entry("data.pkl").unwrap_or_default();
    let places = Places { start: pickle.start, storage: &|key| entry(&format!("data/{key}")) };
    let found = Pickle::run(&file[pickle], MAX_BYTES)?.contents(&places)?;
    Ok(Contents::new(Format::TorchZip, found, &file))
}

fn damaged(why: &str) -> Error {
    Error::WeightsIntegrity(format!("the .pth file: {why}"))
}

/// Where the content of each entry lies, checked against the archive's CRC-32 sums.
fn entries(bytes: &[u8]) -> Result<BTreeMap<String, Range<usize>>> {
    let unreadable = |error: ZipError| match error {
        ZipError::UnsupportedArchive(why) => Error::WeightsIncompatible(format!("the .pth file: {why}")),
        other => damaged(&other.to_string()),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(unreadable)?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err(Error::WeightsIncompatible(format!(
                "`{}` in the .pth file is compressed or encrypted, which torch.save never does; \
                 save it again with torch.save",
                name.escape_debug()
            )));
        }
        drop(entry);

        let mut entry = archive.by_index(index).map_err(unreadable)?;
        let length = copy(&mut entry, &mut sink()).map_err(|error| damaged(&format!("`{name}`: {error}")))?;
        let range = entry.data_start().and_then(|start| {
            let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
            bytes.get(start..start.checked_add(length)?).map(|_| start..start + length)
        });
        entries.insert(name, range.ok_or_else(|| damaged("an entry reaches beyond its end"))?);
    }
    Ok(entries)
}
