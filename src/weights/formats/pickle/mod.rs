//! A reader for pickles: data only, nothing in one is ever executed.
//!
//! A pickle is a program for a small stack machine that may look up and call any Python function by name. Here every
//! instruction is known, and none looks up or calls anything: a name is kept as a name, and a call as an object that
//! consists of the name and the arguments. Of a few names it is known what PyTorch and NumPy rebuild tensors with;
//! from their arguments it is read off where the tensor's numbers lie in the file. Everything else matters no more than
//! as a place that a state dict may lie in.
//!
//! Values lie in one flat list and refer to each other by index, so that neither reading nor dropping them recurses,
//! however deep a pickle nests. How many there may be is limited, and what is made of them takes no longer than
//! reading them.
//!
//! Source of the format: CPython's `Lib/pickletools.py`; of what PyTorch puts into it: `torch/serialization.py` and
//! `torch/_utils.py`; of NumPy's arrays: `array_reduce` and `array_setstate` in
//! `numpy/core/src/multiarray/methods.c`, `arraydescr_reduce` in `descriptor.c`.

mod cursor;
mod globals;
mod literals;
mod machine;
mod numbers;
mod objects;
mod value;
mod walk;

use std::collections::BTreeMap;
use std::ops::Range;

use burn::tensor::DType;

use self::cursor::malformed;
use self::machine::Machine;
use self::value::Value;
use self::walk::Walk;
use super::Entry;
use super::view::Numbers;
use crate::Result;

/// A longer pickle is not run, unless it holds the numbers itself. It bounds what the machine can pile up;
/// torchvision's have 50 kB.
pub(super) const MAX_BYTES: usize = 16 << 20;

/// Where in the file the numbers lie that a pickle refers to.
pub(super) struct Places<'p> {
    /// Where the pickle itself begins.
    pub(super) start: usize,
    /// The bytes of the storage with this name, if the file has it.
    pub(super) storage: &'p dyn Fn(&str) -> Option<Range<usize>>,
}

/// A tensor that was found in a pickle.
pub(super) struct Record {
    /// The names of the dictionaries, lists and objects that it lies in, and its own, with dots between them.
    pub(super) path: String,
    /// Index of the innermost of these.
    pub(super) group: usize,
    /// Where its numbers lie.
    pub(super) numbers: Result<Numbers>,
}

/// What a pickle holds.
pub(super) struct Found {
    pub(super) records: Vec<Record>,
    /// The path of each dictionary, list and object, a network's module being one with all its parts.
    pub(super) groups: Vec<String>,
    pub(super) entries: Vec<Entry>,
}

/// A pickle that has run to its end.
pub(super) struct Pickle<'a> {
    machine: Machine<'a>,
    len: usize,
}

impl<'a> Pickle<'a> {
    /// Runs the pickle that `bytes` begin with, which may have `limit` bytes.
    pub(super) fn run(bytes: &'a [u8], limit: usize) -> Result<Self> {
        let (machine, len) = Machine::run(bytes, limit)?;
        Ok(Self { machine, len })
    }

    /// Number of its bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All that it holds.
    pub(super) fn contents(&self, places: &Places<'_>) -> Result<Found> {
        let (records, groups) = Walk::run(&self.machine, places)?;
        Ok(Found { records, groups, entries: walk::entries(&self.machine)? })
    }

    /// The names of the storages that it refers to, and how many elements of how many bytes each has; `None` for
    /// elements of an unknown type.
    pub(super) fn storages(&self) -> BTreeMap<&'a str, (i64, Option<usize>)> {
        let storages = self.machine.values().filter_map(|value| match value {
            Value::Storage(storage) => Some(storage),
            _ => None,
        });
        storages
            .map(|storage| {
                let size = storage.elements.unwrap_or(Ok(DType::U8)).ok().map(|dtype| dtype.size());
                (storage.key, (storage.len, size))
            })
            .collect()
    }

    /// The texts of the list that it holds.
    pub(super) fn texts(&self) -> Result<Vec<&'a str>> {
        let expected = || malformed("a list of names is expected");
        let Value::List(items) = self.machine.get(self.machine.root()?) else { return Err(expected()) };
        items.iter().map(|&item| self.machine.text(item).ok_or_else(expected)).collect()
    }

    /// The whole number or truth value (1 or 0) that the dictionary that it holds has under `key`.
    pub(super) fn number(&self, key: &str) -> Result<Option<i64>> {
        let Value::Dict(entries) = self.machine.get(self.machine.root()?) else { return Ok(None) };
        let entry = entries.iter().rev().find(|&&(name, _)| self.machine.text(name) == Some(key));
        Ok(entry.and_then(|&(_, value)| match self.machine.get(value) {
            Value::Bool(value) => Some((*value).into()),
            Value::Int(value) => Some(*value),
            _ => None,
        }))
    }
}
