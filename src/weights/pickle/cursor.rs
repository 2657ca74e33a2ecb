//! Reading numbers and text off a byte slice, checked.

use std::ops::Range;

use crate::{Error, Result};

/// A pickle that ends too early or contradicts itself.
pub(super) fn malformed(what: &str) -> Error {
    Error::WeightsIntegrity(format!("the pickle is malformed: {what}"))
}

/// The rest of a pickle.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    /// The next `count` bytes, borrowed: a length claimed by the pickle allocates nothing.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or_else(|| malformed("it ends too early"))?;
        self.rest = rest;
        Ok(head)
    }

    /// Where the next `count` bytes are; they are left out.
    pub(super) fn range(&mut self, count: impl TryInto<usize>) -> Result<Range<usize>> {
        let start = self.total - self.rest.len();
        let count = count.try_into().map_err(|_| malformed("it ends too early"))?;
        self.bytes(count).map(|bytes| start..start + bytes.len())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// UTF-8 text of `count` bytes.
    pub(super) fn text(&mut self, count: impl TryInto<usize>) -> Result<&'a str> {
        let count = count.try_into().map_err(|_| malformed("a text is too long"))?;
        text(self.bytes(count)?)
    }

    /// Text up to, and without, the next line feed.
    pub(super) fn line(&mut self) -> Result<&'a str> {
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let line = self.bytes(end.ok_or_else(|| malformed("it ends too early"))?)?;
        self.bytes(1)?;
        text(line)
    }

    /// A little-endian two's complement number of `count` bytes, as `LONG1` stores it.
    pub(super) fn long(&mut self, count: u8) -> Result<i64> {
        let bytes = self.bytes(count.into())?;
        if bytes.len() > 8 {
            return Err(malformed("a number is too large"));
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut padded = if negative { [0xff; 8] } else { [0; 8] };
        padded[..bytes.len()].copy_from_slice(bytes);
        Ok(i64::from_le_bytes(padded))
    }
}

fn text(bytes: &[u8]) -> Result<&str> {
    core::str::from_utf8(bytes).map_err(|_| malformed("a text is not UTF-8"))
}
