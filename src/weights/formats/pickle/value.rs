//! What a pickle builds.

use std::ops::Range;

use super::globals::{ElementType, Global};

/// Index of a value among those that a pickle has built. Values refer to each other by it, so that neither
/// reading nor dropping them recurses, however deep a pickle nests.
pub(super) type Id = usize;

/// A value that a pickle has built.
pub(super) enum Value<'a> {
    /// What no tensor needs, such as None or a floating-point number, by Python's name of its type.
    Opaque(&'static str),
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// Where bytes, or Python 2's text, are in the pickle.
    Bytes(Range<usize>),
    /// Bytes that stand in the pickle as text, a character each: what protocol 2 makes of Python 3's.
    Latin1(Latin1),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global<'a>),
    Storage(Storage<'a>),
    Tensor(Tensor<'a>),
    ElementType(ElementType<'a>),
    /// An array of NumPy's, without content until its state is set.
    Array(Option<Array<'a>>),
    Object(Object),
}

/// Text with a character for each byte.
#[derive(Clone)]
pub(super) struct Latin1 {
    /// Where the text is in the pickle, in UTF-8.
    pub(super) range: Range<usize>,
    /// Number of its characters.
    pub(super) len: usize,
}

/// Numbers that tensors are views of.
#[derive(Clone, Copy)]
pub(super) struct Storage<'a> {
    /// Its name in the file.
    pub(super) key: &'a str,
    /// `None` for one of bytes.
    pub(super) elements: Option<ElementType<'a>>,
    /// Number of elements.
    pub(super) len: i64,
    /// First element and number of elements of the part that counts, in the legacy format.
    pub(super) part: Option<(i64, i64)>,
}

/// A tensor of PyTorch's: a view of a storage.
#[derive(Clone, Copy)]
pub(super) struct Tensor<'a> {
    pub(super) storage: Id,
    pub(super) offset: Id,
    pub(super) shape: Id,
    pub(super) strides: Id,
    /// Type of its elements, where its storage is one of bytes.
    pub(super) elements: Option<ElementType<'a>>,
}

/// An array of NumPy's.
#[derive(Clone, Copy)]
pub(super) struct Array<'a> {
    pub(super) shape: Id,
    pub(super) elements: ElementType<'a>,
    /// Whether the first axis runs fastest instead of the last.
    pub(super) column_major: bool,
    pub(super) bytes: Id,
}

/// An instance of any class, or what any call would return: only what it is made of is kept.
pub(super) struct Object {
    /// The class or function.
    pub(super) class: Id,
    /// Arguments, states and elements, in the pickle's order.
    pub(super) parts: Vec<Id>,
    /// Entries, of a class that is a kind of dictionary.
    pub(super) items: Vec<(Id, Id)>,
}
