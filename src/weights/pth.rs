//! `.pth` files as `torch.save` writes them since torch 1.6: a zip archive with a pickle
//! (`<name>/data.pkl`) and one entry of raw numbers a storage (`<name>/data/0`, …).

use std::collections::BTreeMap;
use std::io::{Cursor, copy, sink};
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Bytes;
use burn_store::burn_pack::Tensor;
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::pickle::{self, TensorRecord};
use super::state_dict::StateTensor;
use crate::{Error, Result};

/// The tensors of a file may together be so many times larger than the file: tensors may
/// share a storage, but a small file that asks for gigabytes is not a checkpoint.
const MAX_EXPANSION: usize = 4;

/// Whether `bytes` begin as a zip archive does.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The tensors of the `.pth` file `bytes`, with their names. None is decoded yet.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<(String, StateTensor)>> {
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

    let records = pickle::read(&bytes[entry("data.pkl").unwrap_or_default()])?;
    let bytes = Arc::new(bytes);
    let mut total = 0_usize;
    let mut tensors = Vec::with_capacity(records.len());
    for (name, record) in records {
        let storage = entry(&format!("data/{}", record.storage))
            .ok_or_else(|| damaged(&format!("the numbers of `{name}` are missing")))?;
        let count = check(&record, storage.len())
            .ok_or_else(|| damaged(&format!("`{name}` reaches beyond the numbers that the file has for it")))?;
        let byte_len = count * record.dtype.size();
        total = total.saturating_add(byte_len);
        if total / MAX_EXPANSION > bytes.len() {
            return Err(damaged("its tensors claim more than the file has"));
        }
        let (dtype, shape) = (record.dtype, record.shape.clone());
        let file = Arc::clone(&bytes);
        let gather = move || Ok(Bytes::from_bytes_vec(gather(&file[storage.clone()], &record)));
        let tensor = Tensor::deferred(name.clone(), dtype, shape, None, byte_len, gather);
        tensors.push((name, StateTensor::new(tensor)));
    }
    Ok(tensors)
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

/// Number of elements of the view, if it lies within its storage of `byte_len` bytes.
///
/// A view that repeats elements (stride 0) and has more of them than its storage is refused,
/// so that what a tensor needs in memory is bounded by what the file has.
fn check(record: &TensorRecord, byte_len: usize) -> Option<usize> {
    let storage_len = record.storage_len;
    let fits = storage_len.checked_mul(record.dtype.size())? <= byte_len && record.shape.len() == record.strides.len();
    let count = record.shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))?;
    let mut end = record.offset.checked_add(usize::from(count > 0))?;
    for (&size, &stride) in record.shape.iter().zip(&record.strides) {
        end = end.checked_add(size.saturating_sub(1).checked_mul(stride)?)?;
    }
    (fits && count <= storage_len && end <= storage_len).then_some(count)
}

/// The elements of a view that [`check`] has approved, in row-major order.
fn gather(storage: &[u8], record: &TensorRecord) -> Vec<u8> {
    let size = record.dtype.size();
    let count: usize = record.shape.iter().product();
    if record.strides == row_major(&record.shape) {
        return storage[record.offset * size..(record.offset + count) * size].to_vec();
    }
    let mut gathered = Vec::with_capacity(count * size);
    let mut index = vec![0; record.shape.len()];
    for _ in 0..count {
        let position: usize = index.iter().zip(&record.strides).map(|(index, stride)| index * stride).sum();
        let start = (record.offset + position) * size;
        gathered.extend_from_slice(&storage[start..start + size]);
        for (index, &size) in index.iter_mut().zip(&record.shape).rev() {
            *index += 1;
            if *index < size {
                break;
            }
            *index = 0;
        }
    }
    gathered
}

fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}
