//! ZIP archives of many small files, written from front to back (APPNOTE.TXT 6.3.10).
//!
//! Files are stored with their sizes in front of them, as Java's `ZipInputStream`, and so ImageJ, needs them: it cannot
//! read stored files whose sizes follow.

use std::io::Write;

use super::unwritten;
use crate::error::{Error, Result};

/// Midnight of 1 January 1980, the first day that the format knows: the same content gives the same bytes.
const DATE: u16 = 1 << 5 | 1;
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;

/// An archive that is being written.
pub(super) struct ZipWriter<'a> {
    out: &'a mut dyn Write,
    /// The directory, which is written at the end.
    directory: Vec<u8>,
    files: u64,
    offset: u64,
}

impl<'a> ZipWriter<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, directory: Vec::new(), files: 0, offset: 0 }
    }

    /// Appends a file; its name is ASCII.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let (Ok(size), Ok(offset)) = (u32::try_from(content.len()), u32::try_from(self.offset)) else {
            return Err(Error::InvalidInput("the archive is over 4 GB; export fewer objects".into()));
        };
        let mut entry = Vec::with_capacity(26 + name.len());
        for field in [VERSION, 0, 0, 0, DATE] {
            entry.extend(field.to_le_bytes());
        }
        for field in [crc32fast::hash(content), size, size] {
            entry.extend(field.to_le_bytes());
        }
        entry.extend((name.len() as u16).to_le_bytes());
        entry.extend([0, 0]);
        let header = [b"PK\x03\x04", &entry[..], name.as_bytes()].concat();
        self.write(&header)?;
        self.write(content)?;

        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(entry);
        // No comment, first disk, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
        Ok(())
    }

    /// Writes the directory.
    pub(super) fn finish(mut self) -> Result<()> {
        let (start, size) = (self.offset, self.directory.len() as u64);
        let directory = std::mem::take(&mut self.directory);
        self.write(&directory)?;
        let [files, short_size, short_start] =
            [(self.files, u64::from(u16::MAX)), (size, u64::from(u32::MAX)), (start, u64::from(u32::MAX))]
                .map(|(value, limit)| value.min(limit));
        let is_large = files == u64::from(u16::MAX) || [short_size, short_start].contains(&u64::from(u32::MAX));
        let mut end = Vec::new();
        if is_large {
            let at = self.offset;
            end.extend(b"PK\x06\x06");
            end.extend(44_u64.to_le_bytes());
            end.extend([VERSION_ZIP64, VERSION_ZIP64].map(u16::to_le_bytes).concat());
            end.extend([0; 8]);
            end.extend([self.files, self.files, size, start].map(u64::to_le_bytes).concat());
            end.extend(b"PK\x06\x07\0\0\0\0");
            end.extend(at.to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        end.extend(b"PK\x05\x06\0\0\0\0");
        end.extend([files as u16, files as u16].map(u16::to_le_bytes).concat());
        end.extend([short_size as u32, short_start as u32].map(u32::to_le_bytes).concat());
        end.extend([0, 0]);
        self.write(&end)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.offset += bytes.len() as u64;
        self.out.write_all(bytes).map_err(unwritten)
    }
}
