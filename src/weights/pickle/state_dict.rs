//! From a pickle's values to the tensors of the state dict in it.

use super::cursor::malformed;
use super::machine::{ArrayState, Id, Machine, Value};
use super::{ArrayRecord, TensorRecord};
use crate::weights::view::{View, column_major, elements, row_major};
use crate::{Error, Result};

/// What training scripts call the state dict inside of a larger checkpoint.
const NESTED: [&str; 3] = ["model", "state_dict", "model_state_dict"];

/// More tensors than any detector of torchvision has: ResNet-101 v2 has 721.
const MAX_TENSORS: usize = 1 << 14;

/// Bytes in the longest name.
const MAX_NAME: usize = 512;

/// More axes than any tensor of a network has.
const MAX_AXES: usize = 8;

/// The tensors of the state dict, in the pickle's order.
pub(super) fn tensors(machine: &Machine<'_>) -> Result<Vec<(String, TensorRecord)>> {
    let entries = entries(machine, |value| matches!(value, Value::Tensor { .. }))?;
    entries.into_iter().map(|(name, value)| Ok((name.to_owned(), tensor(machine, name, value)?))).collect()
}

/// The arrays of the state dict, in the pickle's order.
pub(super) fn arrays(machine: &Machine<'_>) -> Result<Vec<(String, ArrayRecord)>> {
    let entries = entries(machine, |value| matches!(value, Value::Array(_)))?;
    entries.into_iter().map(|(name, value)| Ok((name.to_owned(), array(machine, name, value)?))).collect()
}

/// The names and values of the first dictionary that has one of the wanted values.
fn entries<'a>(machine: &'a Machine<'_>, wanted: impl Fn(&Value<'_>) -> bool) -> Result<Vec<(&'a str, Id)>> {
    let Value::Dict(root) = machine.root()? else { return Err(no_state_dict()) };
    let dict = core::iter::once(root)
        .chain(NESTED.iter().filter_map(|name| nested(machine, root, name)))
        .find(|dict| dict.iter().any(|&(_, value)| wanted(machine.get(value))))
        .ok_or_else(no_state_dict)?;
    if dict.len() > MAX_TENSORS {
        return Err(Error::WeightsIncompatible(format!("the file names {} tensors: too many", dict.len())));
    }
    let key = |key| match machine.get(key) {
        Value::Text(key) => name(key),
        _ => Err(malformed("a key of the state dict is not a text")),
    };
    dict.iter().map(|&(text, value)| Ok((key(text)?, value))).collect()
}

fn no_state_dict() -> Error {
    Error::WeightsIncompatible(
        "the file holds no state dict; save one with torch.save(model.state_dict(), path)".into(),
    )
}

/// The dictionary that `root` has under `name`; of several entries the last one counts, as in Python.
fn nested<'a>(machine: &'a Machine<'_>, root: &[(Id, Id)], name: &str) -> Option<&'a Vec<(Id, Id)>> {
    let is_name = |id: Id| matches!(machine.get(id), Value::Text(text) if *text == name);
    match root.iter().rev().find(|&&(key, _)| is_name(key)).map(|&(_, value)| machine.get(value)) {
        Some(Value::Dict(dict)) => Some(dict),
        _ => None,
    }
}

fn tensor(machine: &Machine<'_>, key: &str, value: Id) -> Result<TensorRecord> {
    let &Value::Tensor { storage, offset, shape, strides } = machine.get(value) else { return Err(no_tensor(key)) };
    let &Value::Storage { name: storage, dtype, len } = machine.get(storage) else {
        return Err(malformed("a tensor has no storage"));
    };
    let view = View {
        dtype,
        storage_len: usize::try_from(len).map_err(|_| malformed("a storage's length is out of range"))?,
        offset: size(machine, offset)?,
        shape: sizes(machine, shape)?,
        strides: sizes(machine, strides)?,
    };
    Ok(TensorRecord { storage: name(storage)?.to_owned(), view })
}

fn array(machine: &Machine<'_>, key: &str, value: Id) -> Result<ArrayRecord> {
    let &Value::Array(array) = machine.get(value) else { return Err(no_tensor(key)) };
    let ArrayState { shape, dtype, column_major: by_columns, bytes } =
        array.ok_or_else(|| malformed("an array has no elements"))?;
    let Value::Bytes(bytes) = machine.get(bytes) else { return Err(malformed("an array has no elements")) };
    let shape = sizes(machine, shape)?;
    let storage_len = elements(&shape).ok_or_else(|| malformed("an array is too large"))?;
    let strides = if by_columns { column_major(&shape) } else { row_major(&shape) };
    Ok(ArrayRecord { bytes: bytes.clone(), view: View { dtype, storage_len, offset: 0, shape, strides } })
}

fn no_tensor(key: &str) -> Error {
    Error::WeightsIncompatible(format!("`{}` in the file is not a tensor", key.escape_debug()))
}

/// Names are copied, and one text may stand in a pickle's memo for any number of them.
fn name(text: &str) -> Result<&str> {
    if text.len() > MAX_NAME { Err(malformed("a name is too long")) } else { Ok(text) }
}

fn size(machine: &Machine<'_>, id: Id) -> Result<usize> {
    match machine.get(id) {
        &Value::Int(value) => usize::try_from(value).ok(),
        _ => None,
    }
    .ok_or_else(|| malformed("a size is not a whole number, or is out of range"))
}

fn sizes(machine: &Machine<'_>, id: Id) -> Result<Vec<usize>> {
    match machine.get(id) {
        Value::Tuple(sizes) if sizes.len() <= MAX_AXES => sizes.iter().map(|&id| size(machine, id)).collect(),
        _ => Err(malformed("a tensor's sizes are not a short tuple")),
    }
}
