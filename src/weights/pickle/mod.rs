//! A reader for the pickle inside a `.pth` file: data only, nothing in it is ever executed.
//!
//! A pickle is a program for a small stack machine that may call any Python function by name.
//! Of its instructions only those are known here that build plain data; of the functions only
//! those by which PyTorch rebuilds tensors, each as a value of its own. Everything else is
//! refused by name. Values lie in one flat list and refer to each other by index, so that
//! neither reading nor dropping them recurses, however deep a pickle nests.
//!
//! Source of the format: CPython's `Lib/pickletools.py`; of what PyTorch puts into it:
//! `torch/serialization.py` and `torch/_utils.py`.

mod cursor;
mod globals;
mod machine;
mod state_dict;

use crate::{Error, Result};
use burn::tensor::DType;

/// A longer pickle is not run. It bounds what the machine can pile up; torchvision's have 50 kB.
const MAX_BYTES: usize = 16 << 20;

/// Where a tensor of the state dict lies: a view into one of the archive's storages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorRecord {
    /// Name of the storage: the entry `data/<storage>` of the archive.
    pub(super) storage: String,
    /// Type of the storage's elements.
    pub(super) dtype: DType,
    /// Number of elements that the storage has.
    pub(super) storage_len: usize,
    /// Index of the view's first element.
    pub(super) offset: usize,
    /// Size of each axis.
    pub(super) shape: Vec<usize>,
    /// Distance in elements from one index to the next, for each axis.
    pub(super) strides: Vec<usize>,
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
    state_dict::find(&machine)
}
