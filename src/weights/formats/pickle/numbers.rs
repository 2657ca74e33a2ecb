//! Where a tensor's numbers lie in the file.

use std::ops::Range;

use burn::tensor::DType;

use super::Places;
use super::machine::Machine;
use super::value::{Array, Id, Storage, Tensor, Value};
use crate::weights::formats::view::{Numbers, Place, View, column_major, elements, row_major};
use crate::{Error, Result};

/// More axes than any tensor of a network has.
const MAX_AXES: usize = 8;

/// Why a tensor cannot be read.
pub(super) enum Unreadable<'a> {
    /// It, or the file, contradicts itself.
    Damaged(&'static str),
    /// Its elements are of a type that no network here has.
    Type(&'a str),
}

impl Unreadable<'_> {
    /// The error of the tensor called `name`.
    pub(super) fn of(self, name: &str) -> Error {
        let name = name.escape_debug();
        match self {
            Unreadable::Damaged(why) => Error::WeightsIntegrity(format!("`{name}` {why}")),
            Unreadable::Type(kind) => {
                let kind: String = kind.escape_debug().take(120).collect();
                Error::WeightsIncompatible(format!("`{name}` is made of `{kind}`, which no network here has"))
            }
        }
    }
}

/// The numbers of a value that is a tensor or an array; `None` for any other.
pub(super) fn numbers<'a>(
    machine: &Machine<'a>,
    value: Id,
    places: &Places<'_>,
) -> Option<Result<Numbers, Unreadable<'a>>> {
    match machine.get(value) {
        Value::Tensor(value) => Some(tensor(machine, value, places)),
        Value::Array(array) => Some(match array {
            Some(value) => array_numbers(machine, value, places),
            None => Err(Unreadable::Damaged("has no elements")),
        }),
        _ => None,
    }
}

fn tensor<'a>(machine: &Machine<'a>, value: &Tensor<'a>, places: &Places<'_>) -> Result<Numbers, Unreadable<'a>> {
    let Value::Storage(storage) = machine.get(value.storage) else {
        return Err(Unreadable::Damaged("has no storage"));
    };
    let dtype = value.elements.or(storage.elements).unwrap_or(Ok(DType::U8)).map_err(Unreadable::Type)?;
    let place = storage_place(storage, places)?;
    let view = View {
        dtype,
        storage_len: place.len() / dtype.size(),
        offset: size(machine, value.offset)?,
        shape: sizes(machine, value.shape)?,
        strides: sizes(machine, value.strides)?,
    };
    approved(Place::At(place), view)
}

/// The bytes of the part of a storage that counts.
fn storage_place<'a>(storage: &Storage<'a>, places: &Places<'_>) -> Result<Range<usize>, Unreadable<'a>> {
    let element = storage.elements.unwrap_or(Ok(DType::U8)).map_err(Unreadable::Type)?.size();
    let out_of_range = || Unreadable::Damaged("has a storage whose length is out of range");
    let bytes = |count: i64| usize::try_from(count).ok()?.checked_mul(element);
    let whole = (places.storage)(storage.key).ok_or(Unreadable::Damaged("has no numbers in the file"))?;
    let len = bytes(storage.len).filter(|&len| len <= whole.len()).ok_or_else(out_of_range)?;
    let Some((offset, count)) = storage.part else { return Ok(whole.start..whole.start + len) };
    let (offset, count) = bytes(offset).zip(bytes(count)).ok_or_else(out_of_range)?;
    let end = offset.checked_add(count).filter(|&end| end <= len).ok_or_else(out_of_range)?;
    Ok(whole.start + offset..whole.start + end)
}

fn array_numbers<'a>(machine: &Machine<'a>, value: &Array<'a>, places: &Places<'_>) -> Result<Numbers, Unreadable<'a>> {
    let in_file = |range: &Range<usize>| places.start + range.start..places.start + range.end;
    let place = match machine.get(value.bytes) {
        Value::Bytes(range) => Place::At(in_file(range)),
        Value::Latin1(text) => Place::Latin1(in_file(&text.range), text.len),
        _ => return Err(value.elements.err().map_or(Unreadable::Damaged("has no elements"), Unreadable::Type)),
    };
    let dtype = value.elements.map_err(Unreadable::Type)?;
    let shape = sizes(machine, value.shape)?;
    let storage_len = elements(&shape).ok_or(Unreadable::Damaged("is too large"))?;
    let strides = if value.column_major { column_major(&shape) } else { row_major(&shape) };
    approved(place, View { dtype, storage_len, offset: 0, shape, strides })
}

fn approved<'a>(place: Place, view: View) -> Result<Numbers, Unreadable<'a>> {
    match view.elements(place.len()) {
        Some(_) => Ok(Numbers { place, view }),
        None => Err(Unreadable::Damaged("reaches beyond the numbers that the file has for it")),
    }
}

fn size<'a>(machine: &Machine<'_>, id: Id) -> Result<usize, Unreadable<'a>> {
    match machine.get(id) {
        &Value::Int(value) => usize::try_from(value).ok(),
        _ => None,
    }
    .ok_or(Unreadable::Damaged("has a size that is not an integer, or is out of range"))
}

fn sizes<'a>(machine: &Machine<'_>, id: Id) -> Result<Vec<usize>, Unreadable<'a>> {
    match machine.get(id) {
        // torch.Size is a tuple of its own.
        Value::Tuple(sizes) | Value::List(sizes) if sizes.len() <= MAX_AXES => {
            sizes.iter().map(|&id| size(machine, id)).collect()
        }
        Value::Object(object) => match object.parts[..] {
            [arguments] => match machine.get(arguments) {
                Value::Tuple(inner) if inner.len() == 1 && matches!(machine.get(inner[0]), Value::Tuple(_)) => {
                    sizes(machine, inner[0])
                }
                _ => Err(Unreadable::Damaged("has no shape")),
            },
            _ => Err(Unreadable::Damaged("has no shape")),
        },
        _ => Err(Unreadable::Damaged("has no shape, or one of too many axes")),
    }
}
