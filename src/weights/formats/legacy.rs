//! `.pth` files as `torch.save` wrote them before torch 1.6: pickles one after the other (a magic number, the
//! format's version, the machine, the object, the names of its storages), and then, for each storage, the number of its
//! elements in 8 bytes and the elements. Source: `_legacy_save` and `_legacy_load` in `torch/serialization.py`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::pickle::{MAX_BYTES, Pickle, Places};
use super::{Contents, Format};
use crate::{Error, Result};

/// The magic number in binary, and as protocols 0 and 1 of pickle have it.
const MAGIC: [&[u8]; 2] = [b"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", b"L119547037146038801333356L"];

/// Bytes in which the magic number ends.
const MAGIC_END: usize = 32;

/// Bytes of the number of a storage's elements.
const COUNT: usize = 8;

/// The only version of the format that there has been.
const VERSION: &[u8] = b"\xe9\x03";

/// Whether `bytes` begin as a file of the legacy format does.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(MAGIC_END)];
    MAGIC.iter().any(|magic| start.windows(magic.len()).any(|window| window == *magic))
}

/// What the file `bytes` holds.
pub(super) fn read(bytes: Vec<u8>) -> Result<Contents> {
    let file = Arc::new(bytes);
    let mut position = 0;
    let mut next = || {
        let start = position;
        let pickle = Pickle::run(&file[start..], MAX_BYTES)?;
        position += pickle.len();
        Ok((pickle, start))
    };
    next()?;
    let (_, version) = next()?;
    let (machine, end) = next()?;
    // Both are checked before what follows is run, since it may be something else.
    if !file[version..end].windows(VERSION.len()).any(|window| window == VERSION)
        && !file[version..end].starts_with(b"I1001\n")
    {
        return Err(Error::WeightsIncompatible(
            "the .pth file is of an unknown version of torch's legacy format".into(),
        ));
    }
    if machine.number("little_endian")? == Some(0) {
        return Err(Error::WeightsIncompatible(
            "the .pth file was saved on a big-endian machine; save it again on a little-endian one".into(),
        ));
    }
    let (object, start) = next()?;
    let (keys, _) = next()?;
    let storages = storages(&file, position, &object, &keys.texts()?)?;
    let places = Places { start, storage: &|key| storages.get(key).cloned() };
    let found = object.contents(&places)?;
    Ok(Contents::new(Format::TorchLegacy, found, &file))
}

/// Where each storage lies in the file; they begin at `position`.
fn storages(
    file: &[u8],
    position: usize,
    object: &Pickle<'_>,
    keys: &[&str],
) -> Result<BTreeMap<String, Range<usize>>> {
    let known = object.storages();
    let mut rest = position..file.len();
    let mut take = |count: usize| {
        let end = rest.start.checked_add(count).filter(|&end| end <= rest.end);
        let start = core::mem::replace(&mut rest.start, end.ok_or_else(|| damaged("it ends too early"))?);
        Ok(start..rest.start)
    };
    let mut storages = BTreeMap::new();
    for &key in keys {
        let shown = key.escape_debug();
        let Some(&(len, size)) = known.get(key) else {
            return Err(damaged(&format!("it has numbers called `{shown}` that no tensor is made of")));
        };
        let size = size.ok_or_else(|| {
            Error::WeightsIncompatible(format!(
                "the storage `{shown}` in the .pth file has a type that no supported network uses, \
                 so the storages after it cannot be found; save the file again with torch 1.6 or newer"
            ))
        })?;
        let (count, _) = file[take(COUNT)?].as_chunks::<COUNT>();
        if count.iter().any(|&count| i64::from_le_bytes(count) != len) {
            return Err(damaged(&format!("it does not agree on how many numbers `{shown}` has")));
        }
        let byte_len = usize::try_from(len).ok().and_then(|len| len.checked_mul(size));
        let range = take(byte_len.ok_or_else(|| damaged("it ends too early"))?)?;
        storages.insert(key.to_owned(), range);
    }
    Ok(storages)
}

fn damaged(why: &str) -> Error {
    Error::WeightsIntegrity(format!("the .pth file: {why}"))
}
