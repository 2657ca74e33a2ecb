//! A reader for the pickle inside a `.pth` file, and for a `.pkl` file with NumPy's arrays: data only,
//! nothing in it is ever executed.
//!
//! A pickle is a program for a small stack machine that may call any Python function by name.
//! Of its instructions only those are known here that build plain data; of the functions only
//! those by which PyTorch and NumPy rebuild tensors, each as a value of its own. Everything else is
//! refused by name. Values lie in one flat list and refer to each other by index, so that
//! neither reading nor dropping them recurses, however deep a pickle nests.
//!
//! Source of the format: CPython's `Lib/pickletools.py`; of what PyTorch puts into it:
//! `torch/serialization.py` and `torch/_utils.py`; of NumPy's arrays: `array_reduce` and
//! `array_setstate` in `numpy/core/src/multiarray/methods.c`, `arraydescr_reduce` in `descriptor.c`.

mod cursor;
mod globals;
mod machine;
mod state_dict;

use std::ops::Range;

use super::view::View;
use crate::{Error, Result};

/// A longer pickle is not run. It bounds what the machine can pile up; torchvision's have 50 kB.
const MAX_BYTES: usize = 16 << 20;

/// Where a tensor of a `.pth` file lies: a view into one of the archive's storages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorRecord {
    /// Name of the storage: the entry `data/<storage>` of the archive.
    pub(super) storage: String,
    /// The tensor's part of it.
    pub(super) view: View,
}

/// Where an array of a `.pkl` file lies: in the pickle itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArrayRecord {
    /// The bytes of its elements.
    pub(super) bytes: Range<usize>,
    /// The array in them.
    pub(super) view: View,
}

/// Reads the names and tensors of the state dict that `pickle` holds, on its own or under
/// one of the names that training scripts give it (`model`, `state_dict`).
pub(super) fn read(pickle: &[u8]) -> Result<Vec<(String, TensorRecord)>> {
    if pickle.len() > MAX_BYTES {
        return Err(Error::WeightsIncompatible(format!(
            "the .pth file's pickle has {} bytes: no state dict of a Mask R-CNN does",
            pickle.len()
        )));
    }
    let machine = machine::run(pickle)?;
    state_dict::tensors(&machine)
}

/// As [`read`], for a pickle that has NumPy's arrays in place of tensors. Their elements are part of
/// the pickle, so it may be as long as it is: only the number of its values is bounded.
pub(super) fn read_arrays(pickle: &[u8]) -> Result<Vec<(String, ArrayRecord)>> {
    state_dict::arrays(&machine::run(pickle)?)
}
