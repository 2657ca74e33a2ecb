//! Pickles made by hand, and the files of `torch.save` around them.

use crate::fixtures::{Shapes, archive};

/// Number of elements of each storage that [`pth`] and [`legacy`] put into their files.
pub(crate) const LEN: usize = 2048;

/// What the storages are called, and what each of their elements is.
pub(crate) const STORAGES: [(&str, f32); 2] = [("0", 1.0), ("1", 0.5)];

/// An integer, as eight bytes.
pub(crate) fn int(value: i64) -> Vec<u8> {
    [&[0x8a, 8][..], &value.to_le_bytes()].concat()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// Text as Python 2 writes it.
pub(crate) fn old_text(text: &str) -> Vec<u8> {
    [&[b'U', text.len() as u8][..], text.as_bytes()].concat()
}

pub(crate) fn tuple(items: &[i64]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|&item| int(item)).collect();
    [&b"("[..], &items, b"t"].concat()
}

/// The name of a class or function.
pub(crate) fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

/// What `function` returns for `arguments`, in Python.
pub(crate) fn call(function: (&str, &str), arguments: &[Vec<u8>]) -> Vec<u8> {
    [&global(function.0, function.1)[..], b"(", &arguments.concat(), b"tR"].concat()
}

pub(crate) fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<u8> = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [&b"}("[..], &entries, b"u"].concat()
}

/// A storage, with what follows its length in its tuple.
pub(crate) fn storage(class: (&str, &str), key: &str, len: i64, rest: &[u8]) -> Vec<u8> {
    let class = global(class.0, class.1);
    [&b"("[..], &text("storage"), &class, &text(key), &text("cpu"), &int(len), rest, b"tQ"].concat()
}

/// The tensor of this shape that begins a storage of [`STORAGES`].
pub(crate) fn tensor(key: &str, shape: &[usize]) -> Vec<u8> {
    let shape: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    let storage = storage(("torch", "FloatStorage"), key, LEN as i64, b"");
    call(
        ("torch._utils", "_rebuild_tensor_v2"),
        &[storage, int(0), tuple(&shape), tuple(&strides), vec![0x89], b"}".to_vec()],
    )
}

/// A state dict of these shapes, with `prefix` before its names.
pub(crate) fn state(key: &str, prefix: &str, shapes: &Shapes) -> Vec<u8> {
    let entries: Vec<(String, Vec<u8>)> =
        shapes.iter().map(|(name, shape)| (format!("{prefix}{name}"), tensor(key, shape))).collect();
    let entries: Vec<(&str, Vec<u8>)> = entries.iter().map(|(name, value)| (&name[..], value.clone())).collect();
    dict(&entries)
}

fn elements(value: f32) -> Vec<u8> {
    value.to_le_bytes().repeat(LEN)
}

fn pickle(value: &[u8]) -> Vec<u8> {
    [b"\x80\x02", value, b"."].concat()
}

/// What `torch.save` makes of a value since torch 1.6.
pub(crate) fn pth(value: &[u8]) -> Vec<u8> {
    let storages = STORAGES.map(|(key, value)| (format!("x/data/{key}"), elements(value)));
    let pickle = pickle(value);
    let mut entries = vec![("x/data.pkl", &pickle[..])];
    entries.extend(storages.iter().map(|(name, content)| (name.as_str(), &content[..])));
    archive(&entries)
}

/// What `torch.save` made of a value before, with these storages of floats.
pub(crate) fn legacy_with(value: &[u8], storages: &[(&str, Vec<f32>)]) -> Vec<u8> {
    let machine = [dict(&[("protocol_version", int(1001))]), text("little_endian"), vec![0x88, b's']].concat();
    let keys: Vec<u8> = storages.iter().flat_map(|(key, _)| text(key)).collect();
    let numbers = storages.iter().flat_map(|(_, values)| {
        [(values.len() as i64).to_le_bytes().to_vec(), values.iter().flat_map(|value| value.to_le_bytes()).collect()]
    });
    let pickles = [
        pickle(b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"),
        pickle(b"M\xe9\x03"),
        pickle(&machine),
        pickle(value),
        pickle(&[&b"]("[..], &keys, b"e"].concat()),
    ];
    [pickles.concat(), numbers.flatten().collect()].concat()
}

/// What `torch.save` made of a value before, with those of [`STORAGES`] that the value refers to.
pub(crate) fn legacy(value: &[u8]) -> Vec<u8> {
    let refers = |key: &str| {
        let key = [text(key), text("cpu")].concat();
        value.windows(key.len()).any(|window| window == key)
    };
    let storages: Vec<_> =
        STORAGES.iter().filter(|(key, _)| refers(key)).map(|&(key, value)| (key, vec![value; LEN])).collect();
    legacy_with(value, &storages)
}
