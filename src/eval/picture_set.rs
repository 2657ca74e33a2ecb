//! A data set together with the files of its images.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::coco::{CocoDataset, CocoImage, ImageFiles, WarningKind, Warnings};
use crate::error::{Error, Result};
use crate::image::{Image, ImageFile};

/// A data set, and where each of its images is.
#[derive(Debug, Clone)]
pub struct PictureSet {
    json: PathBuf,
    dataset: CocoDataset,
    /// Of each image, in the order of the data set.
    paths: Vec<Result<PathBuf>>,
}

impl PictureSet {
    /// Reads the data set in the file `json` and looks for its images, in the folder `images` or where
    /// [`ImageFiles`] says. Sizes that the data set lacks are read from the images. Missing images are
    /// an error only when they are read.
    ///
    /// # Errors
    /// As [`CocoDataset::read_with`].
    pub fn open(json: &Path, images: Option<&Path>, warnings: &mut Warnings) -> Result<Self> {
        let mut files = ImageFiles::new(json, images);
        let size_of = |name: &str| ImageFile::open(&files.find(name)?).map(|file| file.upright_size());
        let dataset = CocoDataset::read_with(json, warnings, size_of)?;
        let paths = dataset.images.iter().map(|image| files.find(&image.file_name)).collect();
        Ok(Self { json: json.to_path_buf(), dataset, paths })
    }

    /// The data set.
    pub fn dataset(&self) -> &CocoDataset {
        &self.dataset
    }

    /// The data set, to be changed: its images stay as they are.
    pub fn dataset_mut(&mut self) -> &mut CocoDataset {
        &mut self.dataset
    }

    /// Reads the image at an index of the data set.
    ///
    /// It is upright, as browsers show it and detectron2 reads it, unless only its stored pixels have the size that
    /// the data set says. Then it is annotated as it is stored, as torchvision reads it: it is left so, that masks lie
    /// where the objects are, in training, and in results and scores, which COCO's tools hold against the data set.
    ///
    /// # Errors
    /// [`Error::Io`] if the image is missing; [`Error::InvalidInput`] if it is not an image, is damaged, or has
    /// another size than the data set says.
    pub fn read(&self, index: usize, warnings: &mut Warnings) -> Result<Image> {
        let (file, is_stored) = self.file(index)?;
        if is_stored {
            let path = || file.path().display().to_string();
            warnings.add(WarningKind::StoredOrientation, path);
        }
        if is_stored { file.stored() } else { file.upright() }
    }

    /// Reads the headers of all images.
    ///
    /// # Errors
    /// As [`PictureSet::read`], of the first image that cannot be used, with the number of all that cannot.
    pub fn check(&self, warnings: &mut Warnings) -> Result<()> {
        let check = |index| self.file(index).map(|(file, is_stored)| is_stored.then(|| file.path().to_path_buf()));
        let checked: Vec<Result<Option<PathBuf>>> = (0..self.paths.len()).into_par_iter().map(check).collect();
        let (all, failed) = (checked.len(), checked.iter().filter(|checked| checked.is_err()).count());
        for checked in checked {
            let stored = checked.map_err(|error| {
                let more = format!("{failed} of {all} pictures of {} cannot be used", self.json.display());
                match error {
                    Error::Io { path, reason } => Error::Io { path, reason: format!("{reason}; {more}") },
                    Error::InvalidInput(reason) => Error::InvalidInput(format!("{reason}; {more}")),
                    error => error,
                }
            })?;
            if let Some(path) = stored {
                warnings.add(WarningKind::StoredOrientation, || path.display().to_string());
            }
        }
        Ok(())
    }

    /// At most `count` of the images, evenly spread, with their annotations; 0 means all.
    pub fn spread(mut self, count: usize) -> Self {
        let all = self.paths.len();
        if (1..all).contains(&count) {
            let chosen = (0..count).map(|index| index * all / count);
            self.paths = chosen.clone().map(|index| self.paths[index].clone()).collect();
            self.dataset.images = chosen.map(|index| self.dataset.images[index].clone()).collect();
            let ids: std::collections::HashSet<_> = self.dataset.images.iter().map(|image| &image.id).collect();
            self.dataset.annotations.retain(|annotation| ids.contains(&annotation.image_id));
        }
        self
    }

    /// The file of an image, and whether it is annotated as it is stored rather than upright.
    fn file(&self, index: usize) -> Result<(ImageFile, bool)> {
        let CocoImage { width, height, .. } = self.dataset.images[index];
        let path = self.paths[index].clone()?;
        let file = ImageFile::open(&path)?;
        let (upright, stored) = (file.upright_size(), file.stored_size());
        if upright != (width, height) && stored != (width, height) {
            return Err(Error::InvalidInput(format!(
                "{} has {}×{} pixels, the data set says {width}×{height}",
                path.display(),
                upright.0,
                upright.1
            )));
        }
        Ok((file, upright != (width, height)))
    }
}
