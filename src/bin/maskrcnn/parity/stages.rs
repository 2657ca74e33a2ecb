//! Stages by name, from a file or from the network.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use maskrcnn_web::inference::{Stage, StageData};
use maskrcnn_web::structures::BoundingBox;
use maskrcnn_web::{Error, Result};
use safetensors::{Dtype, SafeTensors};

/// The values of one stage, all as f32.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

impl Tensor {
    /// Number of rows: the length of the first axis.
    pub(super) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// One row; empty where there is none.
    pub(super) fn row(&self, index: usize) -> &[f32] {
        let length: usize = self.shape.iter().skip(1).product();
        self.values.get(index * length..(index + 1) * length).unwrap_or_default()
    }

    /// The rows of a `[n, 4]` tensor as boxes.
    pub(super) fn boxes(&self) -> Vec<BoundingBox> {
        let boxes = self.values.chunks_exact(4);
        boxes.map(|row| BoundingBox { x1: row[0], y1: row[1], x2: row[2], y2: row[3] }).collect()
    }

    /// The largest magnitude.
    pub(super) fn magnitude(&self) -> f32 {
        self.values.iter().fold(0.0, |largest, value| value.abs().max(largest))
    }
}

/// All stages of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Stages(BTreeMap<String, Tensor>);

/// A stage that is not as it should be, and why.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) stage: String,
    pub(super) why: String,
}

impl Stages {
    /// Reads the tensors of a file, and its metadata.
    ///
    /// # Errors
    /// `invalid-input` for damaged bytes or a type that no stage has.
    pub(super) fn from_safetensors(path: &Path, bytes: &[u8]) -> Result<(Self, HashMap<String, String>)> {
        let invalid = |reason: String| Error::InvalidInput(format!("{}: {reason}", path.display()));
        let file = SafeTensors::deserialize(bytes).map_err(|error| invalid(error.to_string()))?;
        let mut stages = BTreeMap::new();
        for (name, view) in file.tensors() {
            let values = decode(view.dtype(), view.data())
                .ok_or_else(|| invalid(format!("{name} is of type {:?}, which no stage has", view.dtype())))?;
            stages.insert(name, Tensor { shape: view.shape().to_vec(), values });
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| invalid(error.to_string()))?;
        let metadata = metadata.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok((Self(stages), metadata))
    }

    /// A stage, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// All stages, ordered by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}

impl From<Vec<Stage>> for Stages {
    fn from(stages: Vec<Stage>) -> Self {
        let stages = stages.into_iter().map(|stage| {
            let values = match stage.data {
                StageData::F32(values) => values,
                StageData::I32(values) => values.into_iter().map(|value| value as f32).collect(),
            };
            (stage.name, Tensor { shape: stage.shape, values })
        });
        Self(stages.collect())
    }
}

fn decode(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    fn each<const N: usize>(data: &[u8], read: fn([u8; N]) -> f32) -> Vec<f32> {
        data.as_chunks().0.iter().map(|&bytes| read(bytes)).collect()
    }
    Some(match dtype {
        Dtype::U8 => each(data, |[byte]| f32::from(byte)),
        Dtype::I32 => each(data, |bytes| i32::from_le_bytes(bytes) as f32),
        Dtype::I64 => each(data, |bytes| i64::from_le_bytes(bytes) as f32),
        Dtype::F32 => each(data, f32::from_le_bytes),
        Dtype::F64 => each(data, |bytes| f64::from_le_bytes(bytes) as f32),
        _ => return None,
    })
}
