//! Files that are either as they were or wholly new, whenever a program is killed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::{Error, Result};

/// Puts `bytes` at `path`: they are written beside it, brought to the disk and renamed.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
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
