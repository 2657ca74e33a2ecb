//! The stack machine: runs a pickle's instructions and keeps the values that they build.

use std::collections::HashMap;
use std::ops::Range;

use super::cursor::{Cursor, malformed};
use super::value::{Id, Value};
use crate::{Error, Result};

/// Values that a pickle may build. The state dict of a ResNet-101 v2 needs about 10,000.
const MAX_VALUES: usize = 1 << 20;

/// References to values that a pickle may make, which bounds what lists and tuples can pile up.
const MAX_REFERENCES: usize = 4 * MAX_VALUES;

/// Bytes in the longest name: names are copied, and one may stand in a pickle for any number of them.
pub(super) const MAX_NAME: usize = 512;

/// A stack machine, and the values that it has built.
pub(super) struct Machine<'a> {
    pickle: &'a [u8],
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    references: usize,
}

impl<'a> Machine<'a> {
    /// Runs the pickle that `bytes` begin with, and says how long it is. It may have `limit` bytes, and other
    /// data may follow it.
    pub(super) fn run(bytes: &'a [u8], limit: usize) -> Result<(Self, usize)> {
        let mut machine =
            Self { pickle: bytes, values: vec![], stack: vec![], marks: vec![], memo: HashMap::new(), references: 0 };
        let mut cursor = Cursor::new(bytes);
        while machine.step(&mut cursor)? {
            if cursor.position() > limit {
                return Err(Error::WeightsIncompatible(format!(
                    "the file's pickle has more than {limit} bytes: no state dict of a Mask R-CNN does"
                )));
            }
        }
        Ok((machine, cursor.position()))
    }

    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id]
    }

    /// The one value that a finished pickle leaves on the stack.
    pub(super) fn root(&self) -> Result<Id> {
        self.stack.last().copied().ok_or_else(|| malformed("it holds nothing"))
    }

    /// Every value that was built.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        self.values.iter()
    }

    /// A text; Python 2's are bytes, of which those in ASCII are taken for text.
    pub(super) fn text(&self, id: Id) -> Option<&'a str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            Value::Bytes(range) if range.len() <= MAX_NAME => {
                core::str::from_utf8(&self.pickle[range.clone()]).ok().filter(|text| text.is_ascii())
            }
            _ => None,
        }
    }

    /// Where a text of the pickle is in it.
    pub(super) fn range(&self, text: &str) -> Range<usize> {
        let start = (text.as_ptr() as usize).saturating_sub(self.pickle.as_ptr() as usize);
        start..start + text.len()
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Value<'a> {
        &mut self.values[id]
    }

    /// Runs one instruction; false after the last. Source: CPython's `Lib/pickletools.py`.
    fn step(&mut self, cursor: &mut Cursor<'a>) -> Result<bool> {
        let opcode = cursor.u8()?;
        match opcode {
            b'.' => return Ok(false),
            // PROTO, FRAME
            0x80 => drop(cursor.u8()?),
            0x95 => drop(cursor.array::<8>()?),
            // MARK, POP, POP_MARK, DUP
            b'(' => self.mark()?,
            b'0' => self.pop_or_mark()?,
            b'1' => drop(self.pop_to_mark()?),
            b'2' => self.refer(self.top()?)?,
            // NONE, NEWTRUE, NEWFALSE
            b'N' => self.push(Value::Opaque("None"))?,
            0x88 | 0x89 => self.push(Value::Bool(opcode == 0x88))?,
            // FLOAT, BINFLOAT
            b'F' => {
                cursor.line()?;
                self.push(Value::Opaque("float"))?;
            }
            b'G' => {
                cursor.array::<8>()?;
                self.push(Value::Opaque("float"))?;
            }
            b'I' | b'L' | b'K' | b'M' | b'J' | 0x8a | 0x8b => self.integer(opcode, cursor)?,
            b'S' | b'V' | b'X' | 0x8c | 0x8d => self.push_text(opcode, cursor)?,
            b'T' | b'U' | b'B' | b'C' | 0x8e | 0x96 => self.push_bytes(opcode, cursor)?,
            // TUPLE, TUPLE1, TUPLE2, TUPLE3, EMPTY_TUPLE, FROZENSET
            b't' | 0x91 => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items))?;
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.push(Value::Tuple(items))?;
            }
            b')' => self.push(Value::Tuple(vec![]))?,
            // EMPTY_LIST, EMPTY_SET, LIST, APPEND, APPENDS, ADDITEMS
            b']' | 0x8f => self.push(Value::List(vec![]))?,
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push(Value::List(items))?;
            }
            b'a' => {
                let items = self.pop_many(1)?;
                self.append(items)?;
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            // EMPTY_DICT, DICT, SETITEM, SETITEMS
            b'}' => self.push(Value::Dict(vec![]))?,
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Dict(vec![]))?;
                self.set_items(&items)?;
            }
            b's' => {
                let items = self.pop_many(2)?;
                self.set_items(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)?;
            }
            b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'o' | b'i' | b'b' | b'Q' | b'P' | 0x82..=0x84 => {
                self.object(opcode, cursor)?;
            }
            // NEXT_BUFFER, READONLY_BUFFER
            0x97 => self.push(Value::Opaque("buffer"))?,
            0x98 => {}
            // PUT, BINPUT, LONG_BINPUT, MEMOIZE
            b'p' => {
                let key = self.memo_key(cursor)?;
                self.remember(key)?;
            }
            b'q' => self.remember(cursor.u8()?.into())?,
            b'r' => self.remember(cursor.u32()?)?,
            0x94 => self.remember(self.memo.len() as u32)?,
            // GET, BINGET, LONG_BINGET
            b'g' => {
                let key = self.memo_key(cursor)?;
                self.recall(key)?;
            }
            b'h' => self.recall(cursor.u8()?.into())?,
            b'j' => self.recall(cursor.u32()?)?,
            _ => return Err(malformed(&format!("unknown instruction 0x{opcode:02x}"))),
        }
        Ok(true)
    }

    pub(super) fn push(&mut self, value: Value<'a>) -> Result<()> {
        if self.values.len() >= MAX_VALUES {
            return Err(too_many());
        }
        self.values.push(value);
        self.refer(self.values.len() - 1)
    }

    /// Pushes an existing value.
    pub(super) fn refer(&mut self, id: Id) -> Result<()> {
        self.count_references(1)?;
        self.stack.push(id);
        Ok(())
    }

    fn mark(&mut self) -> Result<()> {
        self.count_references(1)?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    pub(super) fn count_references(&mut self, count: usize) -> Result<()> {
        self.references += count;
        if self.references > MAX_REFERENCES { Err(too_many()) } else { Ok(()) }
    }

    pub(super) fn top(&self) -> Result<Id> {
        self.stack.last().copied().ok_or_else(|| malformed("its stack is empty"))
    }

    pub(super) fn pop(&mut self) -> Result<Id> {
        self.stack.pop().ok_or_else(|| malformed("its stack is empty"))
    }

    /// As Python has it, `POP` takes away a mark that lies on top.
    fn pop_or_mark(&mut self) -> Result<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        let start = self.stack.len().checked_sub(count).ok_or_else(|| malformed("its stack is empty"))?;
        Ok(self.stack.split_off(start))
    }

    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Id>> {
        let start = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        Ok(self.stack.split_off(start.ok_or_else(|| malformed("a mark is missing"))?))
    }

    fn append(&mut self, items: Vec<Id>) -> Result<()> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::List(list) => list.extend(items),
            Value::Object(object) => object.parts.extend(items),
            Value::Opaque(_) => {}
            _ => return Err(malformed("a list is expected")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<()> {
        let dict = self.top()?;
        let entries = match &mut self.values[dict] {
            Value::Dict(dict) => dict,
            Value::Object(object) => &mut object.items,
            Value::Opaque(_) => return Ok(()),
            _ => return Err(malformed("a dictionary is expected")),
        };
        let (pairs, []) = items.as_chunks::<2>() else { return Err(malformed("an entry has no value")) };
        entries.extend(pairs.iter().map(|&[key, value]| (key, value)));
        Ok(())
    }

    fn memo_key(&self, cursor: &mut Cursor<'a>) -> Result<u32> {
        let key = cursor.decimal()?.and_then(|key| u32::try_from(key).ok());
        key.ok_or_else(|| malformed("an index of its memo is not a number"))
    }

    fn remember(&mut self, key: u32) -> Result<()> {
        // Every remembered value is one that was built: the memo is as bounded as they are,
        // but for one that is remembered again and again.
        if self.memo.len() > MAX_VALUES {
            return Err(too_many());
        }
        self.memo.insert(key, self.top()?);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<()> {
        let id = self.memo.get(&key).copied();
        self.refer(id.ok_or_else(|| malformed("its memo lacks an entry"))?)
    }
}

fn too_many() -> Error {
    Error::WeightsIncompatible(format!(
        "the pickle builds more than {MAX_VALUES} values: no state dict of a Mask R-CNN does"
    ))
}
