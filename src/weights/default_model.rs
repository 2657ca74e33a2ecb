//! The default model, `models/nuclei`, as part of the program: it works wherever the program is copied to.

use super::Manifest;
use crate::Result;

const MANIFEST: &[u8] = include_bytes!("../../models/nuclei/manifest.json");
const WEIGHTS: &[u8] = include_bytes!("../../models/nuclei/nuclei.safetensors");

/// The default model, which finds cell nuclei: its manifest, and the bytes of its checkpoint (8 MB).
///
/// # Errors
/// [`Error::WeightsIntegrity`](crate::Error::WeightsIntegrity) if the program was built from weights that are not
/// the manifest's.
pub fn default_model() -> Result<(Manifest, Vec<u8>)> {
    let manifest = Manifest::from_json(MANIFEST)?;
    for file in &manifest.weights {
        file.verify(WEIGHTS)?;
    }
    Ok((manifest, WEIGHTS.to_vec()))
}
