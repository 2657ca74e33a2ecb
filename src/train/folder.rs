//! The folder of a training.

use std::fs;
use std::path::{Path, PathBuf};

use super::write::write_atomically;
use crate::{Error, Result};

/// The folder of a training, and what it holds.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder at `path`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`] if that fails.
    pub fn create(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| Error::io(path, error))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration with every value.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// A line of JSON for each step that is logged and each validation.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// How losses and accuracies developed.
    pub fn plot(&self) -> PathBuf {
        self.path.join("plot.svg")
    }

    /// All that is needed to go on.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }

    /// The averaged weights that were best in validation.
    pub fn best(&self) -> PathBuf {
        self.path.join("best.safetensors")
    }

    /// The averaged weights of the last step.
    pub fn last(&self) -> PathBuf {
        self.path.join("final.safetensors")
    }

    /// Whether a training was begun here.
    pub fn is_used(&self) -> bool {
        self.config().exists() || self.metrics().exists() || self.checkpoint().exists()
    }

    /// The last checkpoint's bytes, if there is one.
    pub(super) fn read_checkpoint(&self) -> Result<Option<Vec<u8>>> {
        let path = self.checkpoint();
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            bytes => Ok(Some(bytes.map_err(|error| Error::io(&path, error))?)),
        }
    }

    /// Writes one of the files.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        write_atomically(path, bytes)
    }
}
