//! A model on disk: a folder with a manifest and the files that it names.

use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::{Manifest, Model, WeightsOptions, load};
use crate::{Error, Result};

/// A model on disk, such as `models/nuclei`.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFolder {
    /// What its manifest says.
    pub manifest: Manifest,
    folder: PathBuf,
}

impl ModelFolder {
    /// The name of the manifest in a model's folder.
    pub const MANIFEST: &str = "manifest.json";

    /// Reads the manifest: `path` itself, or [`Self::MANIFEST`] where `path` is a folder.
    ///
    /// # Errors
    /// [`Error::Io`] if there is none, and those of [`Manifest::from_json`].
    pub fn open(path: &Path) -> Result<Self> {
        let file = if path.is_dir() { path.join(Self::MANIFEST) } else { path.to_owned() };
        let manifest = Manifest::from_json(&read(&file)?)?;
        Ok(Self { manifest, folder: file.parent().unwrap_or(Path::new("")).to_owned() })
    }

    /// What is known about the checkpoint `weights` at `path`: the manifest within it, or else one in the same
    /// folder that names it as its only file. `None` for a checkpoint without any.
    ///
    /// # Errors
    /// Those of [`Manifest::embedded`] and [`Self::open`].
    pub fn manifest_of(path: &Path, weights: &[u8]) -> Result<Option<Manifest>> {
        if let Some(manifest) = Manifest::embedded(weights)? {
            return Ok(Some(manifest));
        }
        let beside = path.with_file_name(Self::MANIFEST);
        if !beside.is_file() {
            return Ok(None);
        }
        let manifest = Self::open(&beside)?.manifest;
        let names_it = matches!(&manifest.weights[..], [file] if path.file_name() == Some(file.file.as_ref()));
        Ok(names_it.then_some(manifest))
    }

    /// The checkpoint's bytes, every file of them verified.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read, [`Error::WeightsIntegrity`] if one is not what the manifest
    /// says.
    pub fn weights(&self) -> Result<Vec<u8>> {
        let mut checkpoint = Vec::new();
        for part in &self.manifest.weights {
            let bytes = read(&self.folder.join(&part.file))?;
            part.verify(&bytes)?;
            checkpoint.extend(bytes);
        }
        Ok(checkpoint)
    }

    /// The network, on `device`, with the manifest's settings; what `options` say goes before its conventions.
    ///
    /// # Errors
    /// Those of [`Self::weights`], [`load`] and [`Manifest::check_layout`].
    pub fn load(&self, options: &WeightsOptions, device: &Device) -> Result<Model> {
        let options = options.clone().described_by(Some(&self.manifest));
        load(self.weights()?, &options, device)?.described_by(Some(&self.manifest))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io(path, error))
}
