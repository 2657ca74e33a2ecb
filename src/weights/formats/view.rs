//! A tensor as a view into stored numbers, as PyTorch and NumPy have it.

use std::borrow::Cow;
use std::ops::Range;

use burn::tensor::DType;

/// The tensors of a file may together exceed the size of the file by this factor: tensors may
/// share a storage, but a small file that asks for gigabytes is not a checkpoint.
pub(in crate::weights) const MAX_EXPANSION: usize = 4;

/// The numbers of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The storage.
    pub(super) place: Place,
    /// The tensor's part of it.
    pub(super) view: View,
}

impl Numbers {
    /// The elements in row-major order. `file` is the one that they were found in.
    pub(super) fn gather(&self, file: &[u8]) -> Vec<u8> {
        gather(&self.place.bytes(file), &self.view)
    }
}

/// Where bytes lie in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    At(Range<usize>),
    /// As text in UTF-8, a character each, and how many they are.
    Latin1(Range<usize>, usize),
}

impl Place {
    /// Number of bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Place::At(range) => range.len(),
            Place::Latin1(_, len) => *len,
        }
    }

    fn bytes<'f>(&self, file: &'f [u8]) -> Cow<'f, [u8]> {
        match self {
            Place::At(range) => Cow::Borrowed(&file[range.clone()]),
            Place::Latin1(range, _) => {
                let text = core::str::from_utf8(&file[range.clone()]).unwrap_or_default();
                // Python's encoder passes no character beyond a byte.
                Cow::Owned(text.chars().map(|letter| u8::try_from(letter).unwrap_or_default()).collect())
            }
        }
    }
}

/// Which of the numbers of a storage a tensor has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Type of the storage's elements.
    pub(super) dtype: DType,
    /// Number of elements that the storage has.
    pub(super) storage_len: usize,
    /// Index of the view's first element.
    pub(super) offset: usize,
    /// Size of each axis.
    pub(super) shape: Vec<usize>,
    /// Distance in elements from one index to the next, for each axis.
    pub(super) strides: Vec<usize>,
}

impl View {
    /// Number of elements of the view, if it lies within its storage of `byte_len` bytes.
    ///
    /// A view that repeats elements (stride 0) and has more of them than its storage is refused,
    /// so that what a tensor needs in memory is bounded by what the file has.
    pub(super) fn elements(&self, byte_len: usize) -> Option<usize> {
        let storage_len = self.storage_len;
        let fits = storage_len.checked_mul(self.dtype.size())? <= byte_len && self.shape.len() == self.strides.len();
        let count = elements(&self.shape)?;
        let mut end = self.offset.checked_add(usize::from(count > 0))?;
        for (&size, &stride) in self.shape.iter().zip(&self.strides) {
            end = end.checked_add(size.saturating_sub(1).checked_mul(stride)?)?;
        }
        (fits && count <= storage_len && end <= storage_len).then_some(count)
    }
}

/// Number of elements of a tensor; `None` where no number could say.
pub(super) fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))
}

/// The elements of a view that [`View::elements`] has approved, in row-major order.
fn gather(storage: &[u8], view: &View) -> Vec<u8> {
    let size = view.dtype.size();
    let count: usize = view.shape.iter().product();
    if view.strides == row_major(&view.shape) {
        return storage[view.offset * size..(view.offset + count) * size].to_vec();
    }
    let mut gathered = Vec::with_capacity(count * size);
    let mut index = vec![0; view.shape.len()];
    for _ in 0..count {
        let position: usize = index.iter().zip(&view.strides).map(|(index, stride)| index * stride).sum();
        let start = (view.offset + position) * size;
        gathered.extend_from_slice(&storage[start..start + size]);
        for (index, &size) in index.iter_mut().zip(&view.shape).rev() {
            *index += 1;
            if *index < size {
                break;
            }
            *index = 0;
        }
    }
    gathered
}

/// The strides of a tensor whose last axis runs fastest. Its elements can be counted.
pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The strides of a tensor whose first axis runs fastest. Its elements can be counted.
pub(super) fn column_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in 1..shape.len() {
        strides[axis] = strides[axis - 1] * shape[axis - 1];
    }
    strides
}
