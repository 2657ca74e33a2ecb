//! `.pkl` files as detectron2's model zoo has them: a pickle with a state dict of NumPy's arrays under
//! `model` (`DetectionCheckpointer._load_file` in `detectron2/checkpoint/detection_checkpoint.py`).

use std::sync::Arc;

use burn::tensor::Bytes;
use burn_store::burn_pack::Tensor;

use super::pickle;
use super::state_dict::StateTensor;
use super::view::{MAX_EXPANSION, gather};
use crate::{Error, Result};

/// The number that a file of torch before 1.6 begins with, as a pickle.
const OLD_TORCH: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// Whether `bytes` begin as a pickle does that is not old torch's.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x80) && !bytes.get(2..).is_some_and(|rest| rest.starts_with(OLD_TORCH))
}

/// The tensors of the `.pkl` file `bytes`, with their names. None is decoded yet.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<(String, StateTensor)>> {
    let records = pickle::read_arrays(&bytes)?;
    let bytes = Arc::new(bytes);
    let mut total = 0_usize;
    let mut tensors = Vec::with_capacity(records.len());
    for (name, record) in records {
        let (place, view) = (record.bytes, record.view);
        let count = view.elements(place.len());
        let count = count.ok_or_else(|| damaged(&format!("`{name}` has fewer numbers than its shape says")))?;
        let byte_len = count * view.dtype.size();
        total = total.saturating_add(byte_len);
        if total / MAX_EXPANSION > bytes.len() {
            return Err(damaged("its arrays claim more than the file has"));
        }
        let (dtype, shape) = (view.dtype, view.shape.clone());
        let file = Arc::clone(&bytes);
        let gather = move || Ok(Bytes::from_bytes_vec(gather(&file[place.clone()], &view)));
        let tensor = Tensor::deferred(name.clone(), dtype, shape, None, byte_len, gather);
        tensors.push((name, StateTensor::new(tensor)));
    }
    Ok(tensors)
}

fn damaged(why: &str) -> Error {
    Error::WeightsIntegrity(format!("the .pkl file: {why}"))
}
