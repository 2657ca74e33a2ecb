//! A data set: its pictures, the objects in them, and their categories.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CocoSegmentation;
use crate::error::{Error, Result};
use crate::structures::{Image, Rle};

/// A data set as COCO writes it (`instances_*.json`). What else is in the file is ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CocoDataset {
    /// The pictures.
    pub images: Vec<CocoImage>,
    /// The objects in them.
    pub annotations: Vec<CocoAnnotation>,
    /// What the objects can be.
    pub categories: Vec<CocoCategory>,
}

/// A picture of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CocoImage {
    /// Its number, which annotations and results refer to.
    pub id: u64,
    /// Its file, relative to the folder of pictures.
    pub file_name: String,
    /// Width in pixels, 1 to [`Image::MAX_SIDE`].
    pub width: usize,
    /// Height in pixels, 1 to [`Image::MAX_SIDE`].
    pub height: usize,
    /// What sort of picture it is, by which scores are grouped; not COCO's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// An object, or a crowd of them, in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CocoAnnotation {
    /// Its number.
    pub id: u64,
    /// The picture that it is in.
    pub image_id: u64,
    /// What it is.
    pub category_id: u64,
    /// Left, top, width and height in pixels; the sides are 0 or more.
    pub bbox: [f64; 4],
    /// Its size in square pixels, by which COCO calls it small, medium or large.
    pub area: f64,
    /// Whether it is a region of many objects that are not told apart; 0 or 1 in JSON, 0 where it is missing.
    #[serde(default, serialize_with = "as_number", deserialize_with = "from_number")]
    pub iscrowd: bool,
    /// Its mask; missing in data sets of boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segmentation: Option<CocoSegmentation>,
}

/// What an object can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CocoCategory {
    /// Its number, which annotations and results refer to.
    pub id: u64,
    /// Its name.
    pub name: String,
}

impl CocoDataset {
    /// A data set from its JSON.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the JSON is no such data set, where two pictures, two annotations
    /// or two categories have the same id, where an annotation names a picture or a category that is
    /// not there, has a box or an area that is negative or not finite, or a mask that does not fit its
    /// picture; the text names the picture or the annotation.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let dataset: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::InvalidInput(format!("this is not a data set in COCO's format: {error}")))?;
        dataset.check()?;
        Ok(dataset)
    }

    /// Reads a data set from its JSON file.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, and as [`CocoDataset::from_json`], with the file's path.
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_json(&super::file::read(path)?).map_err(|error| super::file::of(path, error))
    }

    /// The data set as JSON, on one line.
    pub fn to_json(&self) -> Vec<u8> {
        super::file::json(self)
    }

    /// The annotations of each picture that has any, in their order in the data set.
    pub fn by_image(&self) -> BTreeMap<u64, Vec<&CocoAnnotation>> {
        let mut by_image: BTreeMap<u64, Vec<&CocoAnnotation>> = BTreeMap::new();
        for annotation in &self.annotations {
            by_image.entry(annotation.image_id).or_default().push(annotation);
        }
        by_image
    }

    fn check(&self) -> Result<()> {
        let mut images = BTreeMap::new();
        for image in &self.images {
            image.check().map_err(|reason| Error::InvalidInput(format!("image {}: {reason}", image.id)))?;
            if images.insert(image.id, image).is_some() {
                return Err(Error::InvalidInput(format!("two images have the id {}", image.id)));
            }
        }
        let mut categories = BTreeSet::new();
        if let Some(category) = self.categories.iter().find(|category| !categories.insert(category.id)) {
            return Err(Error::InvalidInput(format!("two categories have the id {}", category.id)));
        }
        let mut ids = BTreeSet::new();
        for annotation in &self.annotations {
            let id = annotation.id;
            if !ids.insert(id) {
                return Err(Error::InvalidInput(format!("two annotations have the id {id}")));
            }
            let check = || {
                let image = images.get(&annotation.image_id);
                let image = image.ok_or_else(|| format!("there is no image {}", annotation.image_id))?;
                if !categories.contains(&annotation.category_id) {
                    return Err(format!("there is no category {}", annotation.category_id));
                }
                annotation.check(image)
            };
            check().map_err(|reason| Error::InvalidInput(format!("annotation {id}: {reason}")))?;
        }
        Ok(())
    }
}

impl CocoImage {
    fn check(&self) -> Result<(), String> {
        let sides = 1..=Image::MAX_SIDE;
        if sides.contains(&self.width) && sides.contains(&self.height) {
            return Ok(());
        }
        let (width, height) = (self.width, self.height);
        Err(format!("it has {width}×{height} pixels; a side must have 1 to {}", Image::MAX_SIDE))
    }
}

impl CocoAnnotation {
    /// Its mask in a picture of `width × height` pixels; `None` where it has a box only. Polygons are
    /// rasterised as `pycocotools.mask.frPyObjects` does and merged.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the mask is malformed, or of a picture of another size.
    pub fn mask(&self, width: usize, height: usize) -> Result<Option<Rle>> {
        let Some(segmentation) = &self.segmentation else { return Ok(None) };
        let mask = segmentation.to_rle(width, height);
        mask.map_err(|error| Error::InvalidInput(format!("annotation {}: {}", self.id, super::file::reason(error))))
    }

    fn check(&self, image: &CocoImage) -> Result<(), String> {
        let [_, _, width, height] = self.bbox;
        if !self.bbox.iter().all(|value| value.is_finite()) || width < 0.0 || height < 0.0 {
            return Err(format!("its bbox {:?} is not a left edge, a top edge, a width and a height", self.bbox));
        }
        if !self.area.is_finite() || self.area < 0.0 {
            return Err(format!("its area is {}", self.area));
        }
        let Some(segmentation) = &self.segmentation else { return Ok(()) };
        segmentation.check(image.width, image.height).map_err(super::file::reason)
    }
}

fn as_number<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8((*flag).into())
}

fn from_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Boolean(bool),
        Number(u64),
    }
    match Flag::deserialize(deserializer)? {
        Flag::Boolean(flag) => Ok(flag),
        Flag::Number(number) => Ok(number != 0),
    }
}
