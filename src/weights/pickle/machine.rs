//! The stack machine: runs a pickle's instructions and keeps the values that they build.

use std::collections::HashMap;
use std::ops::Range;

use super::cursor::{Cursor, malformed};
use super::globals::{Global, array_type};
use crate::{Error, Result};
use burn::tensor::DType;

/// Values that a pickle may build. The state dict of a ResNet-101 v2 needs about 10,000.
const MAX_VALUES: usize = 1 << 20;

/// Index of a value in the machine.
pub(super) type Id = usize;

/// A value that a pickle has built.
pub(super) enum Value<'a> {
    /// None or a floating-point number: what a state dict has, but no tensor needs.
    Opaque,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// Where the bytes are in the pickle.
    Bytes(Range<usize>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage {
        name: &'a str,
        dtype: DType,
        len: i64,
    },
    Tensor {
        storage: Id,
        offset: Id,
        shape: Id,
        strides: Id,
    },
    ArrayType(DType),
    /// An array of NumPy's, empty until its state is set.
    Array(Option<ArrayState>),
}

/// What an array consists of.
#[derive(Clone, Copy)]
pub(super) struct ArrayState {
    pub(super) shape: Id,
    pub(super) dtype: DType,
    /// Whether the first axis runs fastest instead of the last.
    pub(super) column_major: bool,
    pub(super) bytes: Id,
}

/// The values of a pickle that has run to its end.
pub(super) struct Machine<'a> {
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

/// Runs `pickle`; the result's [`root`](Machine::root) is what it holds.
pub(super) fn run(pickle: &[u8]) -> Result<Machine<'_>> {
    let mut machine = Machine { values: vec![], stack: vec![], marks: vec![], memo: HashMap::new() };
    let mut cursor = Cursor::new(pickle);
    while machine.step(&mut cursor)? {}
    Ok(machine)
}

impl<'a> Machine<'a> {
    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id]
    }

    /// The one value that a finished pickle leaves on the stack.
    pub(super) fn root(&self) -> Result<&Value<'a>> {
        self.stack.last().map(|&id| self.get(id)).ok_or_else(|| malformed("it holds nothing"))
    }

    /// Runs one instruction; false after the last.
    fn step(&mut self, cursor: &mut Cursor<'a>) -> Result<bool> {
        let opcode = cursor.u8()?;
        match opcode {
            b'.' => return Ok(false),
            // PROTO, FRAME
            0x80 => drop(cursor.u8()?),
            0x95 => drop(cursor.array::<8>()?),
            // MARK, POP, POP_MARK, DUP
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => self.stack.push(self.top()?),
            // NONE, NEWTRUE, NEWFALSE, BINFLOAT
            b'N' => self.push(Value::Opaque)?,
            0x88 | 0x89 => self.push(Value::Bool(opcode == 0x88))?,
            b'G' => {
                cursor.array::<8>()?;
                self.push(Value::Opaque)?;
            }
            // BININT1, BININT2, BININT, LONG1
            b'K' => self.push(Value::Int(cursor.u8()?.into()))?,
            b'M' => self.push(Value::Int(cursor.u16()?.into()))?,
            b'J' => self.push(Value::Int(i32::from_le_bytes(cursor.array()?).into()))?,
            0x8a => {
                let count = cursor.u8()?;
                self.push(Value::Int(cursor.long(count)?))?;
            }
            // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
            0x8c => {
                let count = cursor.u8()?;
                self.push(Value::Text(cursor.text(count)?))?;
            }
            b'X' => {
                let count = cursor.u32()?;
                self.push(Value::Text(cursor.text(count)?))?;
            }
            0x8d => {
                let count = u64::from_le_bytes(cursor.array()?);
                self.push(Value::Text(cursor.text(count)?))?;
            }
            // SHORT_BINBYTES, BINBYTES, BINBYTES8
            b'C' => {
                let count = cursor.u8()?;
                self.push(Value::Bytes(cursor.range(count)?))?;
            }
            b'B' => {
                let count = cursor.u32()?;
                self.push(Value::Bytes(cursor.range(count)?))?;
            }
            0x8e => {
                let count = u64::from_le_bytes(cursor.array()?);
                self.push(Value::Bytes(cursor.range(count)?))?;
            }
            // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
            b')' => self.push(Value::Tuple(vec![]))?,
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items))?;
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.push(Value::Tuple(items))?;
            }
            // EMPTY_LIST, APPEND, APPENDS
            b']' => self.push(Value::List(vec![]))?,
            b'a' => {
                let items = self.pop_many(1)?;
                self.append(items)?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            // EMPTY_DICT, SETITEM, SETITEMS
            b'}' => self.push(Value::Dict(vec![]))?,
            b's' => {
                let items = self.pop_many(2)?;
                self.set_items(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)?;
            }
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let global = Global::resolve(cursor.line()?, cursor.line()?)?;
                self.push(Value::Global(global))?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let global = Global::resolve(self.text(module)?, self.text(name)?)?;
                self.push(Value::Global(global))?;
            }
            b'Q' => self.persistent_id()?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            // BINPUT, LONG_BINPUT, MEMOIZE
            b'q' => self.remember(cursor.u8()?.into())?,
            b'r' => self.remember(cursor.u32()?)?,
            0x94 => self.remember(self.memo.len() as u32)?,
            // BINGET, LONG_BINGET
            b'h' => self.recall(cursor.u8()?.into())?,
            b'j' => self.recall(cursor.u32()?)?,
            // SHORT_BINSTRING, BINSTRING
            b'U' | b'T' => {
                return Err(Error::WeightsIncompatible(
                    "the pickle is Python 2's, as Caffe2's models are; take one of detectron2's own, \
                     such as a model_final_….pkl of its model zoo"
                        .into(),
                ));
            }
            _ => {
                return Err(Error::WeightsIncompatible(format!(
                    "the pickle uses instruction 0x{opcode:02x}, which no state dict needs; \
                     save it with torch.save(model.state_dict(), path)"
                )));
            }
        }
        Ok(true)
    }

    fn push(&mut self, value: Value<'a>) -> Result<()> {
        if self.values.len() >= MAX_VALUES {
            return Err(Error::WeightsIncompatible(format!(
                "the pickle builds more than {MAX_VALUES} values: no state dict of a Mask R-CNN does"
            )));
        }
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    fn top(&self) -> Result<Id> {
        self.stack.last().copied().ok_or_else(|| malformed("its stack is empty"))
    }

    fn pop(&mut self) -> Result<Id> {
        self.stack.pop().ok_or_else(|| malformed("its stack is empty"))
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        let start = self.stack.len().checked_sub(count).ok_or_else(|| malformed("its stack is empty"))?;
        Ok(self.stack.split_off(start))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>> {
        let start = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        Ok(self.stack.split_off(start.ok_or_else(|| malformed("a mark is missing"))?))
    }

    fn text(&self, id: Id) -> Result<&'a str> {
        match self.get(id) {
            Value::Text(text) => Ok(text),
            _ => Err(malformed("a text is expected")),
        }
    }

    fn append(&mut self, items: Vec<Id>) -> Result<()> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::List(list) => list.extend(items),
            _ => return Err(malformed("a list is expected")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<()> {
        let dict = self.top()?;
        match &mut self.values[dict] {
            Value::Dict(dict) if items.len().is_multiple_of(2) => {
                dict.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
            }
            _ => return Err(malformed("a dictionary is expected")),
        }
        Ok(())
    }

    /// `BINPERSID`: a storage, as `('storage', type, name, device, length)`.
    fn persistent_id(&mut self) -> Result<()> {
        let id = self.pop()?;
        let parts = match self.get(id) {
            Value::Tuple(parts) => parts.as_slice(),
            _ => &[],
        };
        let storage = match parts.iter().map(|&part| self.get(part)).collect::<Vec<_>>()[..] {
            [Value::Text("storage"), Value::Global(Global::Storage(dtype)), Value::Text(name), _, Value::Int(len)] => {
                Value::Storage { name, dtype: *dtype, len: *len }
            }
            _ => return Err(malformed("a storage is expected")),
        };
        self.push(storage)
    }

    /// `REDUCE`: in Python a call; here the value that the known function would return.
    fn reduce(&mut self) -> Result<()> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Value::Tuple(arguments) = self.get(arguments) else { return Err(malformed("arguments are expected")) };
        let value = match (self.get(function), &arguments[..]) {
            (Value::Global(Global::OrderedDict), []) => Value::Dict(vec![]),
            (Value::Global(Global::RebuildTensor), &[storage, offset, shape, strides, ..]) => {
                Value::Tensor { storage, offset, shape, strides }
            }
            (Value::Global(Global::RebuildParameter), &[tensor, ..]) => match *self.get(tensor) {
                Value::Tensor { storage, offset, shape, strides } => Value::Tensor { storage, offset, shape, strides },
                _ => return Err(malformed("a parameter has no tensor")),
            },
            (Value::Global(Global::Reconstruct), &[class, ..])
                if matches!(self.get(class), Value::Global(Global::NdArray)) =>
            {
                Value::Array(None)
            }
            (Value::Global(Global::ArrayType), &[name, ..]) => Value::ArrayType(array_type(self.text(name)?)?),
            _ => return Err(malformed("a call has the wrong arguments")),
        };
        self.push(value)
    }

    /// `BUILD`: attributes set on an object. A state dict's (`_metadata`) are not needed.
    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let object = self.top()?;
        let array = match self.get(object) {
            Value::Dict(_) => return Ok(()),
            Value::ArrayType(_) => return self.check_byte_order(state),
            Value::Array(_) => self.array_state(state)?,
            _ => return Err(malformed("attributes are set on something that has none")),
        };
        self.values[object] = Value::Array(Some(array));
        Ok(())
    }

    /// The state of an array's type: version, byte order and what only other types have.
    fn check_byte_order(&self, state: Id) -> Result<()> {
        match self.get(state) {
            Value::Tuple(parts) if parts.len() >= 2 => match self.text(parts[1])? {
                "<" | "|" => Ok(()),
                _ => Err(Error::WeightsIncompatible("the pickle was written on a big-endian machine".into())),
            },
            _ => Err(malformed("the state of an array's type is expected")),
        }
    }

    /// The state of an array: version, shape, type, order of its axes, elements.
    fn array_state(&self, state: Id) -> Result<ArrayState> {
        let expected = || malformed("the state of an array is expected");
        let Value::Tuple(parts) = self.get(state) else { return Err(expected()) };
        let &[_, shape, dtype, order, bytes] = &parts[..] else { return Err(expected()) };
        match (self.get(dtype), self.get(order), self.get(bytes)) {
            (&Value::ArrayType(dtype), &Value::Bool(column_major), Value::Bytes(_)) => {
                Ok(ArrayState { shape, dtype, column_major, bytes })
            }
            _ => Err(expected()),
        }
    }

    fn remember(&mut self, key: u32) -> Result<()> {
        // Every remembered value is one that was built: the memo is as bounded as they are,
        // but for one that is remembered again and again.
        if self.memo.len() > MAX_VALUES {
            return Err(malformed("its memo is too large"));
        }
        self.memo.insert(key, self.top()?);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<()> {
        let id = self.memo.get(&key).copied();
        self.stack.push(id.ok_or_else(|| malformed("its memo lacks an entry"))?);
        Ok(())
    }
}
