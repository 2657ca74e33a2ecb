//! `.safetensors` files, read by burn-store.

use burn_store::{ModuleStore, SafetensorsStore, SafetensorsStoreError};

use super::quantised;
use crate::weights::state_dict::StateTensor;
use crate::{Error, Result};

/// What the names of the tensors begin with in the checkpoint that a training resumes from: the network, the
/// average of its weights, and the optimizer's state.
pub(crate) const TRAINING_GROUPS: [&str; 3] = ["model/", "average/", "optimizer/"];

/// Bytes before the header: its length, a little-endian 64-bit number.
const LENGTH: usize = 8;

/// Whether `bytes` begin as a safetensors file does.
pub(in crate::weights) fn recognise(bytes: &[u8]) -> bool {
    bytes.get(LENGTH) == Some(&b'{')
}

/// The tensors of the safetensors file `bytes`, with their names. None is decoded yet; weights in int8 come with their
/// scales multiplied in.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<(String, StateTensor)>> {
    check_header(&bytes)?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes));
    let tensors = store.get_all_tensors().map_err(|error| match error {
        SafetensorsStoreError::Safetensors(error) => damaged(&error.to_string()),
        other => Error::WeightsIncompatible(format!("the safetensors file: {other}")),
    })?;
    if tensors.keys().any(|name| name.starts_with(TRAINING_GROUPS[1])) {
        return Err(Error::WeightsIncompatible(
            "the file is the checkpoint that `maskrcnn train --resume` continues from, not a network's weights; use \
             best.safetensors or final.safetensors, which the training writes beside it after a validation and at its end"
                .into(),
        ));
    }
    let tensors = tensors.iter().map(|(name, tensor)| (name.clone(), StateTensor::new(tensor.clone())));
    quantised::multiply_out(tensors.collect())
}

fn damaged(why: &str) -> Error {
    Error::WeightsIntegrity(format!("the safetensors file: {why}"))
}

/// Refuses a header that claims more than the file has.
///
/// The safetensors crate adds the header's offsets up without a check for overflow, which
/// matters where `usize` has 32 bits. With no number larger than the file, nothing overflows.
fn check_header(bytes: &[u8]) -> Result<()> {
    let too_early = || damaged("it ends too early");
    let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or_else(too_early)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| too_early())?;
    let header = rest.get(..length).ok_or_else(too_early)?;

    let (mut in_text, mut escaped, mut number) = (false, false, 0_usize);
    for &byte in header {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'0'..=b'9' if !in_text => {
                number = number.saturating_mul(10).saturating_add(usize::from(byte - b'0'));
                if number > bytes.len() {
                    return Err(damaged("its header claims more than the file has"));
                }
            }
            _ => number = 0,
        }
    }
    Ok(())
}
