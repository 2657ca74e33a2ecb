//! Reading a checkpoint to its last number.

use maskrcnn_web::Error;
use maskrcnn_web::weights::{StateDict, WeightsOptions, read};

/// Reads the tensors, and the network that they may be. Nothing but an error about weights may come of damage.
pub(crate) fn read_all(bytes: &[u8]) {
    let tensors = StateDict::from_bytes(bytes.to_vec()).and_then(|state| {
        state.iter().try_for_each(|(_, tensor)| tensor.to_bytes().map(drop))?;
        read(bytes.to_vec(), &WeightsOptions::default())
    });
    if let Err(error) = tensors {
        assert!(matches!(error, Error::WeightsIntegrity(_) | Error::WeightsIncompatible(_)), "{error:?}");
    }
}
