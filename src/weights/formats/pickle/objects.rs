//! The instructions that in Python look up a name or call it.

use burn::tensor::DType;

use super::cursor::{Cursor, malformed};
use super::globals::{ElementType, Global, array_type};
use super::machine::Machine;
use super::value::{Array, Id, Latin1, Object, Storage, Tensor, Value};
use crate::Result;

/// Reading this many characters takes at most as long as a reference.
const CHARACTERS_A_REFERENCE: usize = 64;

impl<'a> Machine<'a> {
    /// Notes which name is looked up or called, and with what. Nothing is called.
    pub(super) fn object(&mut self, opcode: u8, cursor: &mut Cursor<'a>) -> Result<()> {
        match opcode {
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let global = self.global(cursor)?;
                self.push(global)
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (module, name) =
                    self.text(module).zip(self.text(name)).ok_or_else(|| malformed("a name is expected"))?;
                self.push(Value::Global(Global::new(module, name)))
            }
            // REDUCE, NEWOBJ, NEWOBJ_EX
            b'R' | 0x81 => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                self.call(class, arguments)
            }
            0x92 => {
                let (named, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                self.push(Value::Object(Object { class, parts: vec![arguments, named], items: vec![] }))
            }
            // OBJ, INST
            b'o' => {
                let mut parts = self.pop_to_mark()?;
                if parts.is_empty() {
                    return Err(malformed("a class is expected"));
                }
                let class = parts.remove(0);
                self.push(Value::Object(Object { class, parts, items: vec![] }))
            }
            b'i' => {
                let global = self.global(cursor)?;
                let parts = self.pop_to_mark()?;
                self.push(global)?;
                let class = self.pop()?;
                self.push(Value::Object(Object { class, parts, items: vec![] }))
            }
            b'b' => self.build(),
            // BINPERSID, PERSID
            b'Q' => {
                let id = self.pop()?;
                self.persistent(id)
            }
            b'P' => {
                cursor.line()?;
                self.push(Value::Opaque("persistent id"))
            }
            // EXT1, EXT2, EXT4
            _ => {
                cursor.bytes(1_usize << (opcode - 0x82))?;
                self.push(Value::Opaque("extension"))
            }
        }
    }

    fn global(&self, cursor: &mut Cursor<'a>) -> Result<Value<'a>> {
        let mut name = || core::str::from_utf8(cursor.line()?).map_err(|_| malformed("a name is not UTF-8"));
        Ok(Value::Global(Global::new(name()?, name()?)))
    }

    /// A call of `class`, which may be any function: the tensor, array or dictionary that a known one would return,
    /// else an object.
    fn call(&mut self, class: Id, arguments: Id) -> Result<()> {
        let value = match self.get(arguments) {
            Value::Tuple(parts) => self.rebuilt(class, parts),
            _ => None,
        };
        // What took time to make: a pickle may ask for it again and again.
        match &value {
            Some(Value::Dict(entries)) => self.count_references(entries.len())?,
            Some(Value::Latin1(text)) => self.count_references(text.len / CHARACTERS_A_REFERENCE)?,
            _ => {}
        }
        let object = || Value::Object(Object { class, parts: vec![arguments], items: vec![] });
        self.push(value.unwrap_or_else(object))
    }

    /// What a known function makes of its arguments; `None` for an unknown one, or arguments that it cannot have.
    fn rebuilt(&self, function: Id, arguments: &[Id]) -> Option<Value<'a>> {
        let Value::Global(function) = *self.get(function) else { return None };
        Some(match (function, arguments) {
            (Global::OrderedDict, []) => Value::Dict(vec![]),
            (Global::OrderedDict, &[items]) => Value::Dict(self.pairs(items)?),
            (Global::RebuildTensor, &[storage, offset, shape, strides, ..]) => {
                self.tensor(Tensor { storage, offset, shape, strides, elements: None })?
            }
            (Global::RebuildTypedTensor, &[storage, offset, shape, strides, _, _, dtype, ..]) => {
                let Value::Global(Global::ElementType(dtype)) = *self.get(dtype) else { return None };
                self.tensor(Tensor { storage, offset, shape, strides, elements: Some(dtype) })?
            }
            (Global::Parameter, &[tensor, ..]) => match *self.get(tensor) {
                Value::Tensor(tensor) => Value::Tensor(tensor),
                _ => return None,
            },
            // The inner function is one of the above, so that this goes no deeper.
            (Global::RebuildSubclass, &[inner, _, arguments, ..]) => match (self.get(inner), self.get(arguments)) {
                (Value::Global(Global::RebuildSubclass), _) => return None,
                (_, Value::Tuple(arguments)) => self.rebuilt(inner, arguments)?,
                _ => return None,
            },
            (Global::Encode, &[text, ..]) => match *self.get(text) {
                Value::Text(text) => Value::Latin1(Latin1 { range: self.range(text), len: text.chars().count() }),
                _ => return None,
            },
            (Global::Reconstruct, &[class, ..]) => match self.get(class) {
                Value::Global(Global::NdArray) => Value::Array(None),
                _ => return None,
            },
            (Global::FromBuffer, &[bytes, dtype, shape, order]) => {
                let elements = self.array_elements(dtype)?;
                let column_major = self.text(order)? == "F";
                Value::Array(Some(Array { shape, elements, column_major, bytes }))
            }
            (Global::ArrayType, &[name, ..]) => Value::ElementType(array_type(self.text(name)?)),
            _ => return None,
        })
    }

    fn tensor(&self, tensor: Tensor<'a>) -> Option<Value<'a>> {
        matches!(self.get(tensor.storage), Value::Storage(_)).then_some(Value::Tensor(tensor))
    }

    /// The entries of a dictionary that is made of a list of pairs, as Python 2 has it.
    fn pairs(&self, items: Id) -> Option<Vec<(Id, Id)>> {
        let (Value::List(items) | Value::Tuple(items)) = self.get(items) else { return None };
        let pair = |&item: &Id| match self.get(item) {
            Value::List(pair) | Value::Tuple(pair) => {
                <[Id; 2]>::try_from(&pair[..]).ok().map(|[key, value]| (key, value))
            }
            _ => None,
        };
        items.iter().map(pair).collect()
    }

    /// `BUILD`: the attributes of an object.
    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let object = self.top()?;
        match self.get(object) {
            &Value::ElementType(elements) => {
                *self.get_mut(object) = Value::ElementType(self.with_byte_order(elements, state));
            }
            Value::Array(_) => *self.get_mut(object) = Value::Array(self.array(state)),
            _ => {}
        }
        if let Value::Object(object) = self.get_mut(object) {
            object.parts.push(state);
        }
        // Of all others the attributes are not needed: a state dict's `_metadata`, for instance.
        Ok(())
    }

    /// The type of an array's elements with its state: version, byte order and what only other types have.
    fn with_byte_order(&self, elements: ElementType<'a>, state: Id) -> ElementType<'a> {
        let order = match self.get(state) {
            Value::Tuple(parts) => parts.get(1).and_then(|&order| self.text(order)),
            _ => None,
        };
        if order == Some(">") && elements != Ok(DType::U8) { Err("big-endian numbers") } else { elements }
    }

    /// The state of an array: version, shape, type, order of its axes, elements.
    fn array(&self, state: Id) -> Option<Array<'a>> {
        let Value::Tuple(parts) = self.get(state) else { return None };
        let &[_, shape, dtype, order, bytes] = &parts[..] else { return None };
        let column_major = match *self.get(order) {
            Value::Bool(order) => order,
            Value::Int(order) => order != 0,
            _ => return None,
        };
        Some(Array { shape, elements: self.array_elements(dtype)?, column_major, bytes })
    }

    fn array_elements(&self, dtype: Id) -> Option<ElementType<'a>> {
        match *self.get(dtype) {
            Value::ElementType(elements) => Some(elements),
            _ => None,
        }
    }

    /// A storage: `('storage', type, key, device, length)`, and in the legacy format also None or the part of it
    /// that counts; or, there, a class with its source: `('module', class, file, source)`.
    fn persistent(&mut self, id: Id) -> Result<()> {
        let expected = || malformed("a storage is expected");
        let Value::Tuple(parts) = self.get(id) else { return Err(expected()) };
        match (parts.first().and_then(|&kind| self.text(kind)), &parts[..]) {
            (Some("storage"), &[_, class, key, _, len, ref rest @ ..]) => {
                let &Value::Global(Global::Storage(elements)) = self.get(class) else {
                    return self.push(Value::Opaque("storage"));
                };
                let (Some(key), &Value::Int(len)) = (self.text(key), self.get(len)) else { return Err(expected()) };
                let part = rest.first().map(|&part| self.part(part)).unwrap_or(Some(None)).ok_or_else(expected)?;
                self.push(Value::Storage(Storage { key, elements, len, part }))
            }
            (Some("module"), &[_, class, ..]) => self.refer(class),
            _ => Err(expected()),
        }
    }

    /// Which part of a storage counts: all, or `(key, offset, length)`.
    fn part(&self, part: Id) -> Option<Option<(i64, i64)>> {
        match self.get(part) {
            Value::Opaque(_) => Some(None),
            Value::Tuple(parts) => {
                let &[_, offset, len] = &parts[..] else { return None };
                let (&Value::Int(offset), &Value::Int(len)) = (self.get(offset), self.get(len)) else { return None };
                Some(Some((offset, len)))
            }
            _ => None,
        }
    }
}
