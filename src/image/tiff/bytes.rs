//! The bytes of a TIFF file, of which any are read at any time.

use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// A file, or bytes in memory.
pub trait ReadSeek: Read + Seek + Send {}

impl<R: Read + Seek + Send> ReadSeek for R {}

/// The order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// `II`.
    Little,
    /// `MM`.
    Big,
}

impl ByteOrder {
    /// This machine's.
    pub(super) const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };

    /// An unsigned number of up to eight bytes.
    pub(super) fn unsigned(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, add),
            Self::Big => bytes.iter().fold(0, add),
        }
    }
}

/// The bytes of a file.
pub(super) struct FileBytes {
    reader: Mutex<Box<dyn ReadSeek>>,
    length: u64,
    /// What the file is called in messages.
    name: String,
}

impl FileBytes {
    pub(super) fn new(mut reader: Box<dyn ReadSeek>, name: String) -> Result<Self> {
        let length = reader.seek(SeekFrom::End(0)).map_err(|error| io(&name, &error))?;
        Ok(Self { reader: Mutex::new(reader), length, name })
    }

    /// Length of the file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// What the file is called in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// # Errors
    /// [`Error::InvalidInput`] where the file ends before: nothing is allocated then.
    pub(super) fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>> {
        let end = offset.checked_add(length).filter(|&end| end <= self.length);
        let (Some(_), Ok(length)) = (end, usize::try_from(length)) else {
            return Err(Error::InvalidInput(format!(
                "the TIFF is truncated or damaged: it says that there are {length} bytes at {offset}, but the file has \
                 {}; copy or download it again",
                self.length
            )));
        };
        let mut bytes = vec![0; length];
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let read = reader.seek(SeekFrom::Start(offset)).and_then(|_| reader.read_exact(&mut bytes));
        read.map_err(|error| io(&self.name, &error))?;
        Ok(bytes)
    }
}

fn io(name: &str, error: &std::io::Error) -> Error {
    Error::Io { path: name.into(), reason: error.to_string() }
}
