//! All that a training needs to resume: one `.safetensors` file.

use std::collections::BTreeMap;

use burn::tensor::{DType, TensorData};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde::{Deserialize, Serialize};

use crate::train::TrainConfig;
use crate::train::optim::optimizer::OptimizerState;
use crate::weights::formats::safetensors::TRAINING_GROUPS as GROUPS;
use crate::{Error, Layout, Result};

/// A training between two steps.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) about: About,
    /// Parameters and running statistics by path.
    pub(crate) model: Tensors,
    /// Their average.
    pub(crate) average: Tensors,
    pub(crate) optimizer: OptimizerState,
}

/// Tensors of 32-bit floats by name.
pub(crate) type Tensors = BTreeMap<String, TensorData>;

/// What a checkpoint says about its training. All random numbers of a step follow from the
/// configuration's seed and the step's number, so these two are the generators' state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// Number of steps taken.
    pub(crate) step: u64,
    /// The configuration, as TOML.
    pub(crate) config: String,
    /// SHA-256 of the data set's JSON.
    pub(crate) data: String,
}

/// What the metadata holds.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    about: About,
    optimizer: BTreeMap<String, u64>,
}

/// Version of this format.
const VERSION: u32 = 2;

/// Under which name the metadata has the header.
const HEADER: &str = "maskrcnn-training";

/// What a checkpoint of a training is, for people who look into it.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointSummary {
    /// Number of steps taken.
    pub step: u64,
    /// The configuration of the training.
    pub config: TrainConfig,
    /// Layout of the network.
    pub layout: Layout,
    /// Number of parameters of the network, running statistics included.
    pub parameters: usize,
}

impl CheckpointSummary {
    /// Reads a checkpoint; `None` where the file is something else.
    ///
    /// # Errors
    /// [`Error::WeightsIntegrity`] for a damaged checkpoint, [`Error::WeightsIncompatible`] for one of another version.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>> {
        let metadata = SafeTensors::read_metadata(bytes).ok().and_then(|(_, metadata)| metadata.metadata().clone());
        if !metadata.is_some_and(|metadata| metadata.contains_key(HEADER)) {
            return Ok(None);
        }
        let Checkpoint { about, average, .. } = Checkpoint::from_bytes(bytes)?;
        let config = TrainConfig::from_toml(&about.config, &[])?;
        let classes = average.get("roi_heads.box_predictor.cls_score.bias").map_or(0, |bias| bias.num_elements());
        let layout = config.network.build(classes)?.layout;
        let parameters = average.values().map(TensorData::num_elements).sum();
        Ok(Some(Self { step: about.step, config, layout, parameters }))
    }
}

impl Checkpoint {
    /// The file's bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] if safetensors does not take the tensors.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let internal = |error: &dyn core::fmt::Display| Error::Internal(format!("the checkpoint: {error}"));
        let header = Header { version: VERSION, about: self.about.clone(), optimizer: self.optimizer.scalars.clone() };
        let header = serde_json::to_string(&header).map_err(|error| internal(&error))?;
        let mut tensors = Vec::new();
        for (group, members) in GROUPS.iter().zip([&self.model, &self.average, &self.optimizer.tensors]) {
            for (name, data) in members {
                let view = TensorView::new(Dtype::F32, data.shape().to_vec(), data.as_bytes());
                tensors.push((format!("{group}{name}"), view.map_err(|error| internal(&error))?));
            }
        }
        serialize(tensors, Some([(HEADER.to_owned(), header)].into_iter().collect())).map_err(|error| internal(&error))
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`Error::WeightsIntegrity`] for damaged bytes, [`Error::WeightsIncompatible`] for an intact file
    /// that is not a checkpoint of this version.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = |error: &dyn core::fmt::Display| Error::WeightsIntegrity(format!("the checkpoint: {error}"));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
        let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(HEADER)).ok_or_else(|| {
            Error::WeightsIncompatible("not a training checkpoint; give weights with --weights".into())
        })?;
        let header: serde_json::Value = serde_json::from_str(header).map_err(|error| damaged(&error))?;
        if header["version"] != VERSION {
            return Err(Error::WeightsIncompatible(format!(
                "the checkpoint is of version {}; version {VERSION} is read",
                header["version"]
            )));
        }
        let header: Header = serde_json::from_value(header).map_err(|error| damaged(&error))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
        let mut groups = GROUPS.map(|_| Tensors::new());
        for (name, tensor) in file.iter() {
            let members =
                GROUPS.iter().zip(&mut groups).find_map(|(group, members)| Some((members, name.strip_prefix(group)?)));
            let (members, name) = members.ok_or_else(|| damaged(&format!("`{name}` is unknown")))?;
            if tensor.dtype() != Dtype::F32 {
                return Err(damaged(&format!("`{name}` is of another type than f32")));
            }
            let data = TensorData::from_bytes_vec(tensor.data().to_vec(), tensor.shape().to_vec(), DType::F32);
            members.insert(name.to_owned(), data);
        }
        let [model, average, optimizer] = groups;
        let optimizer = OptimizerState { tensors: optimizer, scalars: header.optimizer };
        Ok(Self { about: header.about, model, average, optimizer })
    }
}
