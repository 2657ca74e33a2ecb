//! The directories of a TIFF file: which fields describe an image, and where their values are (TIFF 6.0, section 2).

use std::collections::HashSet;

use super::bytes::{ByteOrder, FileBytes};
use super::tag;
use crate::error::{Error, Result};

/// Longest text of a field, such as OME's XML, in bytes.
const MAX_TEXT: u64 = 64 << 20;

/// The header of a file, and its bytes.
pub(super) struct Directories {
    pub(super) bytes: FileBytes,
    pub(super) order: ByteOrder,
    is_big: bool,
    first: u64,
}

/// One directory: what describes one image.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    fields: Vec<Field>,
}

/// A field of a directory.
#[derive(Debug, Clone, Copy)]
struct Field {
    tag: u16,
    kind: u16,
    count: u64,
    /// The value itself where it fits, else where it is.
    value: [u8; 8],
}

/// How numbers are laid out in classic TIFF and in BigTIFF.
struct Widths {
    /// Of the number of fields.
    number: u64,
    /// Of a field.
    field: u64,
    /// Of an offset, and of a value that stands in its field.
    offset: u64,
}

const CLASSIC: Widths = Widths { number: 2, field: 12, offset: 4 };
const BIG: Widths = Widths { number: 8, field: 20, offset: 8 };

impl Directories {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the file is not a TIFF.
    pub(super) fn new(bytes: FileBytes) -> Result<Self> {
        let head = bytes.read(0, bytes.length().min(16))?;
        let order = match head.get(..2) {
            Some(b"II") => ByteOrder::Little,
            Some(b"MM") => ByteOrder::Big,
            _ => return Err(Error::InvalidInput("not a TIFF: it begins with neither II nor MM".into())),
        };
        let number = |range: core::ops::Range<usize>| head.get(range).map(|bytes| order.unsigned(bytes));
        let (is_big, first) = match number(2..4) {
            Some(42) => (false, number(4..8)),
            Some(43)
                if number(4..8)
                    == Some(order.unsigned(if order == ByteOrder::Little { &[8, 0, 0, 0] } else { &[0, 8, 0, 0] })) =>
            {
                (true, number(8..16))
            }
            _ => return Err(Error::InvalidInput("not a TIFF: its version is neither 42 nor 43 (BigTIFF)".into())),
        };
        let first = first.ok_or_else(|| Error::InvalidInput("the TIFF is truncated: its header is cut off".into()))?;
        Ok(Self { bytes, order, is_big, first })
    }

    /// All directories of the chain, in order: the file's pages, levels and thumbnails.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where one lies outside of the file, where the chain is a loop, and where there is none.
    pub(super) fn chain(&self) -> Result<Vec<Directory>> {
        let (mut directories, mut visited) = (Vec::new(), HashSet::new());
        let (mut next, mut read) = (self.first, 0);
        while next != 0 {
            if !visited.insert(next) {
                return Err(Error::InvalidInput(format!(
                    "the TIFF is damaged: its directories are a loop, back to the one at {next}"
                )));
            }
            let (directory, following, length) = self.directory(next)?;
            // Directories that overlap would multiply what a small file takes.
            read += length;
            if read > self.bytes.length() {
                return Err(Error::InvalidInput("the TIFF is damaged: its directories overlap".into()));
            }
            directories.push(directory);
            next = following;
        }
        if directories.is_empty() {
            return Err(Error::InvalidInput("the TIFF holds no image: it has no directory".into()));
        }
        Ok(directories)
    }

    /// The directories that a field names, such as those of a pyramid's levels.
    pub(super) fn named_by(&self, directory: &Directory, tag: u16) -> Result<Vec<Directory>> {
        let offsets = self.unsigned(directory, tag)?.unwrap_or_default();
        /// More levels halve no image.
        const MAX_NAMED: usize = 64;
        offsets.into_iter().take(MAX_NAMED).map(|offset| Ok(self.directory(offset)?.0)).collect()
    }

    /// The directory at an offset, where the next one is, and its length in bytes.
    fn directory(&self, offset: u64) -> Result<(Directory, u64, u64)> {
        let widths = if self.is_big { BIG } else { CLASSIC };
        let count = self.order.unsigned(&self.bytes.read(offset, widths.number)?);
        let length = count.checked_mul(widths.field).and_then(|length| length.checked_add(widths.offset));
        let fields = self.bytes.read(offset + widths.number, length.unwrap_or(u64::MAX))?;
        let (fields, next) = fields.split_at(fields.len() - widths.offset as usize);
        let fields = fields.chunks_exact(widths.field as usize).map(|field| {
            let (count, value) = field[4..].split_at(widths.offset as usize);
            let mut inline = [0; 8];
            inline[..value.len()].copy_from_slice(value);
            Field {
                tag: self.order.unsigned(&field[..2]) as u16,
                kind: self.order.unsigned(&field[2..4]) as u16,
                count: self.order.unsigned(count),
                value: inline,
            }
        });
        let fields = fields.filter(|field| tag::READ.contains(&field.tag)).collect();
        Ok((Directory { fields }, self.order.unsigned(next), widths.number + length.unwrap_or(u64::MAX)))
    }

    /// The bytes of a field's values, and of how many bytes one is.
    fn value(&self, field: &Field) -> Result<(Vec<u8>, usize)> {
        let width: u64 = match field.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            kind => {
                return Err(Error::InvalidInput(format!(
                    "the TIFF is damaged: its field {} is of the unknown type {kind}",
                    field.tag
                )));
            }
        };
        let widths = if self.is_big { BIG } else { CLASSIC };
        let length = width.saturating_mul(field.count);
        let bytes = if length <= widths.offset {
            field.value[..length as usize].to_vec()
        } else {
            self.bytes.read(self.order.unsigned(&field.value[..widths.offset as usize]), length)?
        };
        Ok((bytes, width as usize))
    }

    /// The whole numbers of a field; `None` where the directory lacks it.
    pub(super) fn unsigned(&self, directory: &Directory, tag: u16) -> Result<Option<Vec<u64>>> {
        let Some(field) = directory.find(tag) else { return Ok(None) };
        // BYTE, SHORT, LONG, IFD, LONG8 and IFD8.
        if ![1, 3, 4, 13, 16, 18].contains(&field.kind) {
            return Err(Error::InvalidInput(format!(
                "the TIFF is damaged: its field {tag} is not of whole numbers but of type {}",
                field.kind
            )));
        }
        let (bytes, width) = self.value(field)?;
        Ok(Some(bytes.chunks_exact(width).map(|number| self.order.unsigned(number)).collect()))
    }

    /// The first whole number of a field.
    pub(super) fn first(&self, directory: &Directory, tag: u16) -> Result<Option<u64>> {
        Ok(self.unsigned(directory, tag)?.and_then(|numbers| numbers.first().copied()))
    }

    /// The first fraction of a field; `None` also where its denominator is 0.
    pub(super) fn fraction(&self, directory: &Directory, tag: u16) -> Result<Option<f64>> {
        let Some(field) = directory.find(tag).filter(|field| field.kind == 5) else { return Ok(None) };
        let (bytes, _) = self.value(field)?;
        let Some(fraction) = bytes.first_chunk::<8>() else { return Ok(None) };
        let [numerator, denominator] = [&fraction[..4], &fraction[4..]].map(|half| self.order.unsigned(half) as f64);
        Ok((denominator != 0.0).then(|| numerator / denominator))
    }

    /// The bytes of a field.
    pub(super) fn raw(&self, directory: &Directory, tag: u16) -> Result<Option<Vec<u8>>> {
        directory.find(tag).map(|field| Ok(self.value(field)?.0)).transpose()
    }

    /// The text of a field up to its first NUL: UTF-8, or Latin-1, which ImageJ writes µ in.
    pub(super) fn text(&self, directory: &Directory, tag: u16) -> Result<Option<String>> {
        let Some(field) = directory.find(tag).filter(|field| field.count <= MAX_TEXT) else { return Ok(None) };
        let (mut bytes, _) = self.value(field)?;
        bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
        let text = String::from_utf8(bytes);
        Ok(Some(text.unwrap_or_else(|error| error.as_bytes().iter().map(|&byte| char::from(byte)).collect())))
    }
}

impl Directory {
    fn find(&self, tag: u16) -> Option<&Field> {
        self.fields.iter().find(|field| field.tag == tag)
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, tag: u16) -> bool {
        self.find(tag).is_some()
    }
}
