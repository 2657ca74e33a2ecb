//! A manifest within the file of the weights that it describes: labels and settings of a trained network go with its
//! weights, wherever the file is moved to.
//!
//! It is a text among the metadata of a `.safetensors` file, under [`KEY`], and names no files.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Manifest;
use super::formats::safetensors;
use crate::{Error, Result};

/// Under which name the metadata have the manifest.
const KEY: &str = "maskrcnn-manifest";

/// What safetensors calls its metadata among the tensors.
const METADATA: &str = "__metadata__";

/// Bytes before the header: its length, a little-endian 64-bit number.
const LENGTH: usize = 8;

impl Manifest {
    /// The `.safetensors` file `weights` with this manifest within it, without the names of files.
    ///
    /// # Errors
    /// [`Error::WeightsIntegrity`] if `weights` is not a safetensors file; those of [`Manifest::to_json`].
    pub fn embed(&self, weights: &[u8]) -> Result<Vec<u8>> {
        let damaged = || Error::WeightsIntegrity("the safetensors file: its header is not JSON".into());
        let (header, tensors) = header(weights).ok_or_else(damaged)?;
        let mut header: Map<String, Value> = serde_json::from_slice(header).map_err(|_| damaged())?;
        let described = Self { weights: Vec::new(), precision: None, ..self.clone() };
        let text = String::from_utf8_lossy(&described.to_json()?).into_owned();
        let metadata = header.entry(METADATA).or_insert_with(|| Value::Object(Map::new()));
        metadata.as_object_mut().ok_or_else(damaged)?.insert(KEY.into(), text.into());
        let mut header = Value::Object(header).to_string().into_bytes();
        // Tensors begin at a multiple of eight bytes.
        header.resize(header.len().next_multiple_of(LENGTH), b' ');
        let length = header.len() as u64;
        Ok([&length.to_le_bytes(), header.as_slice(), tensors].concat())
    }

    /// The manifest within a file of weights; `None` where there is none, as in every file that no training of
    /// ours wrote.
    ///
    /// # Errors
    /// Those of [`Manifest::from_json`].
    pub fn embedded(weights: &[u8]) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Header {
            #[serde(rename = "__metadata__", default)]
            metadata: BTreeMap<String, String>,
        }
        if !safetensors::recognise(weights) {
            return Ok(None);
        }
        // A damaged header is told by whoever reads the tensors.
        let header = header(weights).and_then(|(header, _)| serde_json::from_slice::<Header>(header).ok());
        header.and_then(|mut header| header.metadata.remove(KEY)).map(|text| Self::from_text(&text)).transpose()
    }

    fn from_text(text: &str) -> Result<Self> {
        let json = serde_json::from_str(text);
        Self::parse(json.map_err(|error| Error::WeightsIntegrity(format!("the manifest in the file: {error}")))?)
    }
}

/// The header of a safetensors file, and the bytes after it.
fn header(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = file.split_first_chunk::<LENGTH>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}
