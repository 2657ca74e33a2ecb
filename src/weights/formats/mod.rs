//! The file formats that checkpoints come in: what a file holds, before anything is known of networks.
//!
//! | format | written by | reader |
//! |---|---|---|
//! | `.safetensors` | everyone | burn-store |
//! | `.pth`, a zip archive | `torch.save` since torch 1.6 | the zip crate, and the reader for [pickles](pickle) |
//! | `.pth`, the legacy format | `torch.save` before | the reader for pickles |
//! | `.pkl` | `pickle.dump` with NumPy's arrays, as detectron2's model zoo has it | the reader for pickles |
//!
//! burn-store's `PytorchStore` reads both kinds of `.pth`, too. It is not used, since it
//! - has no `.pkl`, nor any array of NumPy's;
//! - refuses files with classes that it does not know (`argparse.Namespace`, `collections.Counter`), and
//!   so the checkpoints that training scripts write;
//! - looks for the state dict under a key that the caller has to name;
//! - recurses as deep as a pickle nests, and checks neither an archive's checksums nor how much memory a file may ask
//!   for, where a page reads whatever is dropped on it.
//!
//! The format is recognised by the first bytes; a file's name does not matter.

mod legacy;
mod pickle;
mod plain_pickle;
pub(crate) mod quantised;
pub(crate) mod safetensors;
mod view;
mod zip_archive;

use std::fmt;
use std::sync::Arc;

use burn::tensor::Bytes;
use burn_store::burn_pack::Tensor;

use self::pickle::Found;
pub(in crate::weights) use self::view::MAX_EXPANSION;
use super::state_dict::StateTensor;
use crate::{Error, Result};

/// The format of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.safetensors`.
    Safetensors,
    /// The zip archive that `torch.save` writes since torch 1.6.
    TorchZip,
    /// What `torch.save` wrote before, and still does with `_use_new_zipfile_serialization=False`.
    TorchLegacy,
    /// A pickle with NumPy's arrays.
    Pickle,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Format::Safetensors => "safetensors",
            Format::TorchZip => "torch.save (zip archive)",
            Format::TorchLegacy => "torch.save before torch 1.6 (legacy)",
            Format::Pickle => "pickle with NumPy's arrays",
        })
    }
}

/// What a file holds.
pub(super) struct Contents {
    pub(super) format: Format,
    pub(super) leaves: Vec<Leaf>,
    /// The path of each dictionary, list and object that tensors lie in.
    pub(super) groups: Vec<String>,
    pub(super) entries: Vec<Entry>,
    /// Number of bytes of the file.
    pub(super) file_len: usize,
}

/// A tensor of a file.
pub(super) struct Leaf {
    /// Its name, behind those of the dictionaries, lists and objects that it lies in, with dots between them.
    pub(super) path: String,
    /// Index of the innermost of these.
    pub(super) group: usize,
    /// Not decoded yet; an error, where it cannot be.
    pub(super) tensor: Result<StateTensor>,
}

/// Something on a file's top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name; empty where the file holds nothing else.
    pub(super) name: String,
    /// What it is, in a word or two.
    pub(super) kind: String,
}

/// Reads what a file holds. No tensor is decoded yet.
///
/// # Errors
/// [`Error::WeightsIntegrity`] for damaged bytes, [`Error::WeightsIncompatible`] for an intact file that is
/// something else.
pub(super) fn read(bytes: Vec<u8>) -> Result<Contents> {
    if zip_archive::recognise(&bytes) {
        zip_archive::read(bytes)
    } else if legacy::recognise(&bytes) {
        legacy::read(bytes)
    } else if safetensors::recognise(&bytes) {
        let file_len = bytes.len();
        let tensors = safetensors::read(bytes)?;
        let leaves = tensors.into_iter().map(|(path, tensor)| Leaf { path, group: 0, tensor: Ok(tensor) }).collect();
        let groups = vec![String::new()];
        Ok(Contents { format: Format::Safetensors, leaves, groups, entries: vec![], file_len })
    } else if plain_pickle::recognise(&bytes) {
        plain_pickle::read(bytes)
    } else {
        Err(unknown(&bytes))
    }
}

impl Contents {
    /// What was found in a pickle, with the tensors' numbers in `file`.
    fn new(format: Format, found: Found, file: &Arc<Vec<u8>>) -> Self {
        let leaves = found.records.into_iter().map(|record| {
            let tensor = record.numbers.map(|numbers| {
                let (dtype, shape) = (numbers.view.dtype, numbers.view.shape.clone());
                let byte_len = shape.iter().product::<usize>() * dtype.size();
                let file = Arc::clone(file);
                let gather = move || Ok(Bytes::from_bytes_vec(numbers.gather(&file)));
                StateTensor::new(Tensor::deferred(record.path.clone(), dtype, shape, None, byte_len, gather))
            });
            Leaf { path: record.path, group: record.group, tensor }
        });
        Self { format, leaves: leaves.collect(), groups: found.groups, entries: found.entries, file_len: file.len() }
    }
}

fn unknown(bytes: &[u8]) -> Error {
    // torch.save before 0.1.10.
    if bytes.get(257..262) == Some(b"ustar") {
        return Error::WeightsIncompatible(
            "the file is a tar archive, the format of torch before 0.1.10, which is not read; \
             save it again with a newer torch: torch.save(torch.load(path), path)"
                .into(),
        );
    }
    Error::WeightsIntegrity(
        if bytes.is_empty() { "the file is empty" } else { "the file is neither .safetensors nor .pth nor .pkl" }
            .into(),
    )
}
