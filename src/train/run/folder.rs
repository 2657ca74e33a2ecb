//! The folder of a training.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::weights::ModelFolder;
use crate::{Error, Result};

/// The folder of a training, and what it holds.
///
/// Until [`RunFolder::keep`] is called the folders that were created are removed again when this is dropped: a run
/// that fails before its first step leaves nothing behind.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// The folders that were created, the innermost first.
    created: Vec<PathBuf>,
}

impl RunFolder {
    /// The folder at `path`. It and the folders above it are created where they are missing.
    ///
    /// # Errors
    /// [`Error::Io`] if that fails, or if no file can be written there.
    pub fn create(path: &Path) -> Result<Self> {
        let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let folder = Self { path: path.to_owned(), created: missing.map(Path::to_owned).collect() };
        fs::create_dir_all(path).map_err(|error| Error::io(path, error))?;
        // Now rather than after the first steps.
        let probe = path.join("config.toml.partial");
        fs::File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(|error| Error::io(path, error))?;
        Ok(folder)
    }

    /// The run has begun: the folder stays.
    pub fn keep(&mut self) {
        self.created.clear();
    }

    /// The folder at `path`, which is only looked at.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), created: Vec::new() }
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

    /// All that is needed to resume.
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

    /// The manifest of the best weights or, where none were validated, of the last ones: the folder is a model's.
    pub fn manifest(&self) -> PathBuf {
        self.path.join(ModelFolder::MANIFEST)
    }

    /// Whether a training was begun here: whether it has taken a step.
    pub fn is_used(&self) -> bool {
        let has_lines = self.metrics().metadata().is_ok_and(|metadata| metadata.len() > 0);
        has_lines || [self.checkpoint(), self.best(), self.last()].iter().any(|file| file.exists())
    }

    /// The last checkpoint's bytes, if there is one.
    pub(crate) fn read_checkpoint(&self) -> Result<Option<Vec<u8>>> {
        let path = self.checkpoint();
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            bytes => Ok(Some(bytes.map_err(|error| Error::io(&path, error))?)),
        }
    }

    /// Writes one of the files.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        write_atomically(path, bytes)
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        for folder in &self.created {
            // A folder that somebody has put something into meanwhile is not empty, and stays.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

/// Puts `bytes` at `path` such that the file is as it was or wholly new, whenever the program is killed: they are
/// written beside it, flushed to the disk and renamed.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut beside = path.file_name().unwrap_or_default().to_owned();
    beside.push(".partial");
    let beside = folder.join(beside);
    let written = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The new name is on the disk once the folder is. Not every system lets a folder be opened.
        if let Ok(folder) = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }) {
            drop(folder.sync_all());
        }
        Ok(())
    };
    written().map_err(|error| Error::io(path, error))
}
