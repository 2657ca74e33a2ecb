//! What a manifest says about a file of weights.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// A file with the checkpoint or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeightsFile {
    /// Where it is, from the manifest's folder.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits in lower case.
    pub sha256: String,
}

impl WeightsFile {
    /// The entry of a file with these bytes.
    pub fn of(file: &str, bytes: &[u8]) -> Self {
        Self { file: file.into(), bytes: bytes.len() as u64, sha256: sha256(bytes) }
    }

    /// Checks that these are the file's bytes.
    ///
    /// # Errors
    /// [`Error::WeightsIntegrity`] if length or hash are others.
    pub fn verify(&self, bytes: &[u8]) -> Result<()> {
        let Self { file, bytes: length, sha256: hash } = self;
        if bytes.len() as u64 != *length {
            let found = bytes.len();
            return Err(Error::WeightsIntegrity(format!("{file} has {found} bytes, the manifest says {length}")));
        }
        let found = sha256(bytes);
        if found != *hash {
            return Err(Error::WeightsIntegrity(format!("the SHA-256 of {file} is {found}, the manifest says {hash}")));
        }
        Ok(())
    }
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
