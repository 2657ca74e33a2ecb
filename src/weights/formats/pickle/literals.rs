//! The instructions that push a number, a text or bytes.

use super::cursor::Cursor;
use super::machine::Machine;
use super::value::Value;
use crate::Result;

impl<'a> Machine<'a> {
    /// `INT`, `LONG`, `BININT1`, `BININT2`, `BININT`, `LONG1`, `LONG4`.
    pub(super) fn integer(&mut self, opcode: u8, cursor: &mut Cursor<'a>) -> Result<()> {
        let value = match opcode {
            b'K' => Some(cursor.u8()?.into()),
            b'M' => Some(cursor.u16()?.into()),
            b'J' => Some(i32::from_le_bytes(cursor.array()?).into()),
            0x8a => {
                let count = cursor.u8()?;
                cursor.long(count)?
            }
            0x8b => {
                let count = cursor.u32()?;
                cursor.long(count)?
            }
            _ => cursor.decimal()?,
        };
        self.push(value.map_or(Value::Opaque("int"), Value::Int))
    }

    /// `STRING`, `UNICODE`, `BINUNICODE`, `SHORT_BINUNICODE`, `BINUNICODE8`. Names need no escapes.
    pub(super) fn push_text(&mut self, opcode: u8, cursor: &mut Cursor<'a>) -> Result<()> {
        let bytes = match opcode {
            b'S' | b'V' => cursor.line()?,
            b'X' => {
                let count = cursor.u32()?;
                cursor.bytes(count)?
            }
            0x8c => {
                let count = cursor.u8()?;
                cursor.bytes(count)?
            }
            _ => {
                let count = cursor.u64()?;
                cursor.bytes(count)?
            }
        };
        let is_line = matches!(opcode, b'S' | b'V');
        let text = core::str::from_utf8(bytes).ok().filter(|text| !is_line || !text.contains('\\') && text.is_ascii());
        let text = text.map(|text| if opcode == b'S' { text.trim_matches(['\'', '"']) } else { text });
        self.push(text.map_or(Value::Opaque("str"), Value::Text))
    }

    /// `BINSTRING`, `SHORT_BINSTRING`, `BINBYTES`, `SHORT_BINBYTES`, `BINBYTES8`, `BYTEARRAY8`.
    pub(super) fn push_bytes(&mut self, opcode: u8, cursor: &mut Cursor<'a>) -> Result<()> {
        let count = match opcode {
            b'U' | b'C' => cursor.u8()?.into(),
            b'T' | b'B' => cursor.u32()?.into(),
            _ => cursor.u64()?,
        };
        let range = cursor.range(count)?;
        self.push(Value::Bytes(range))
    }
}
