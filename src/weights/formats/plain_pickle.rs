//! `.pkl` files as detectron2's model zoo has them: a pickle of NumPy's arrays, under `model`
//! (`DetectionCheckpointer._load_file` in `detectron2/checkpoint/detection_checkpoint.py`).

use std::sync::Arc;

use super::pickle::{Pickle, Places};
use super::{Contents, Format};
use crate::Result;

/// Whether `bytes` begin as a pickle of protocol 2 or newer does.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x80)
}

/// What the file `bytes` holds. The arrays' numbers are part of the pickle, so it may be as long as it is: only
/// how many values it builds is limited.
pub(super) fn read(bytes: Vec<u8>) -> Result<Contents> {
    let file = Arc::new(bytes);
    let found = Pickle::run(&file, file.len())?.contents(&Places { start: 0, storage: &|_| None })?;
    Ok(Contents::new(Format::Pickle, found, &file))
}
