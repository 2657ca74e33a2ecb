//! A checkpoint's tensors by name, whichever format they came in.

use std::collections::BTreeMap;

use burn::tensor::{Bytes, DType, TensorData};
use burn_store::bridge;
use burn_store::burn_pack::{Error as PackError, Tensor};
use half::{bf16, f16};

use crate::{Error, Result};

/// The tensors of a checkpoint by their PyTorch names, in the names' order.
#[derive(Debug, Clone, Default)]
pub struct StateDict {
    tensors: BTreeMap<String, StateTensor>,
}

impl StateDict {
    /// The tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&StateTensor> {
        self.tensors.get(name)
    }

    /// The names and tensors, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &StateTensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The same with what `change` makes of the tensor called `name`, if it is there.
    pub(super) fn with(mut self, name: &str, change: impl FnOnce(StateTensor) -> StateTensor) -> Self {
        if let Some(tensor) = self.tensors.remove(name) {
            self.tensors.insert(name.into(), change(tensor));
        }
        self
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }
}

impl FromIterator<(String, StateTensor)> for StateDict {
    fn from_iter<I: IntoIterator<Item = (String, StateTensor)>>(tensors: I) -> Self {
        Self { tensors: tensors.into_iter().collect() }
    }
}

impl IntoIterator for StateDict {
    type Item = (String, StateTensor);
    type IntoIter = std::collections::btree_map::IntoIter<String, StateTensor>;

    fn into_iter(self) -> Self::IntoIter {
        self.tensors.into_iter()
    }
}

/// One tensor of a checkpoint. Its values stay in the file's bytes until they are asked for.
#[derive(Debug, Clone)]
pub struct StateTensor {
    inner: Tensor,
}

impl StateTensor {
    pub(super) fn new(inner: Tensor) -> Self {
        Self { inner }
    }

    /// A tensor with these elements.
    pub fn from_data(name: String, data: TensorData) -> Self {
        Self { inner: bridge::from_data(data, name, None) }
    }

    /// Size of each axis; none for a single number.
    pub fn shape(&self) -> &[usize] {
        &self.inner.shape
    }

    /// Type of the elements, as stored.
    pub fn dtype(&self) -> DType {
        self.inner.dtype
    }

    /// The elements in row-major order, as stored, little endian, with burn-store's own error.
    pub(super) fn stored(&self) -> Result<Bytes, PackError> {
        self.inner.to_bytes()
    }

    /// The elements in row-major order, as stored, little endian.
    ///
    /// # Errors
    /// [`Error::Internal`] if burn-store cannot hand them over.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = self.inner.to_bytes();
        bytes.map(|bytes| bytes.to_vec()).map_err(|error| Error::Internal(format!("`{}`: {error}", self.inner.name)))
    }

    /// A tensor of another shape whose elements, as f32, `arrange` makes of this one's.
    pub(super) fn arranged(
        self,
        shape: Vec<usize>,
        arrange: impl Fn(Vec<f32>) -> Vec<f32> + Send + Sync + 'static,
    ) -> Self {
        let (name, dtype) = (self.inner.name.clone(), self.dtype());
        if floats(&[], dtype).is_none() {
            // An error names the type when its elements are read.
            return self;
        }
        let byte_len = shape.iter().product::<usize>() * DType::F32.size();
        let elements = move || {
            let values = floats(&self.stored()?, dtype).unwrap_or_default();
            let bytes = arrange(values).iter().flat_map(|value| value.to_le_bytes()).collect();
            Ok(Bytes::from_bytes_vec(bytes))
        };
        Self::new(Tensor::deferred(name, DType::F32, shape, None, byte_len, elements))
    }

    /// The elements in row-major order, converted from f32, f16, bf16 or f64.
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] for other types, [`Error::WeightsIntegrity`] if an element
    /// is infinite or not a number: no trained network has such, a damaged file does.
    pub fn to_f32(&self) -> Result<Vec<f32>> {
        let name = &self.inner.name;
        let bytes = self.inner.to_bytes().map_err(|error| Error::Internal(format!("`{name}`: {error}")))?;
        let values = floats(&bytes, self.dtype()).ok_or_else(|| {
            let other = self.dtype();
            Error::WeightsIncompatible(format!("`{name}` is of type {other:?}; f32, f16, bf16 and f64 are read"))
        })?;
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(Error::WeightsIntegrity(format!("`{name}` holds an infinite value or one that is not a number")))
        }
    }
}

/// The elements as f32; `None` where they are not floats.
fn floats(bytes: &[u8], dtype: DType) -> Option<Vec<f32>> {
    Some(match dtype {
        DType::F32 => decode(bytes, f32::from_le_bytes),
        DType::F16 => decode(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
        DType::BF16 => decode(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        DType::F64 => decode(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        _ => return None,
    })
}

fn decode<const N: usize>(bytes: &[u8], element: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (elements, _) = bytes.as_chunks::<N>();
    elements.iter().map(|bytes| element(*bytes)).collect()
}
