//! Reading numbers and text off a byte slice, checked.

use std::ops::Range;

use crate::{Error, Result};

/// A pickle that ends too early or contradicts itself.
pub(super) fn malformed(what: &str) -> Error {
    Error::WeightsIntegrity(format!("the pickle is malformed: {what}"))
}

/// A pickle, read from its start.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Number of bytes that were read.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The next `count` bytes, borrowed: a length claimed by the pickle allocates nothing.
    pub(super) fn bytes(&mut self, count: impl TryInto<usize>) -> Result<&'a [u8]> {
        self.range(count).map(|range| &self.bytes[range])
    }

    /// Where the next `count` bytes are; they are skipped.
    pub(super) fn range(&mut self, count: impl TryInto<usize>) -> Result<Range<usize>> {
        let end = count.try_into().ok().and_then(|count| self.position.checked_add(count));
        let end = end.filter(|&end| end <= self.bytes.len()).ok_or_else(|| malformed("it ends too early"))?;
        let start = core::mem::replace(&mut self.position, end);
        Ok(start..end)
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

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The bytes up to, and without, the next line feed, which is skipped.
    pub(super) fn line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.position..];
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or_else(|| malformed("it ends too early"))?;
        let line = self.bytes(end)?;
        self.bytes(1_usize)?;
        Ok(line)
    }

    /// A whole number in decimal digits, on a line of its own.
    pub(super) fn decimal(&mut self) -> Result<Option<i64>> {
        let line = core::str::from_utf8(self.line()?).unwrap_or_default();
        Ok(line.strip_suffix('L').unwrap_or(line).parse().ok())
    }

    /// A little-endian two's complement number of `count` bytes; `None` for one beyond 64 bits.
    pub(super) fn long(&mut self, count: impl TryInto<usize>) -> Result<Option<i64>> {
        let bytes = self.bytes(count)?;
        if bytes.len() > 8 {
            return Ok(None);
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut padded = if negative { [0xff; 8] } else { [0; 8] };
        padded[..bytes.len()].copy_from_slice(bytes);
        Ok(Some(i64::from_le_bytes(padded)))
    }
}
