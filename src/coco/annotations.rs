//! A data set: its images, the objects in them, and their categories.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Serialize, Serializer};

use super::dataset_reader::DatasetReader;
use super::{CocoId, CocoSegmentation, Warnings};
use crate::error::{Error, Result};
use crate::structures::Rle;

/// A data set as COCO writes it (`instances_*.json`). What else is in the file is ignored.
///
/// One that was read is consistent: ids of images differ, and those of categories; annotations are of images and
/// categories that are listed; sizes, boxes and areas are there; masks have their image's size.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CocoDataset {
    /// The images.
    pub images: Vec<CocoImage>,
    /// The objects in them.
    pub annotations: Vec<CocoAnnotation>,
    /// What the objects can be.
    pub categories: Vec<CocoCategory>,
}

/// An image of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CocoImage {
    /// Its id, which annotations and results refer to.
    pub id: CocoId,
    /// Its file, relative to the folder of images; empty where the data set does not say it.
    pub file_name: String,
    /// Width in pixels, 1 to [`crate::image::Image::MAX_SIDE`].
    pub width: usize,
    /// Height in pixels, 1 to [`crate::image::Image::MAX_SIDE`].
    pub height: usize,
    /// What sort of image it is, by which scores are grouped; not COCO's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The categories whose every object in the image is annotated; `None` where that is so of all. Of any others, what is
    /// not annotated may be there all the same. Not COCO's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labelled_categories: Option<Vec<u64>>,
}

/// An object, or a crowd of them, in an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CocoAnnotation {
    /// Its id.
    pub id: CocoId,
    /// The image that it is in.
    pub image_id: CocoId,
    /// What it is.
    pub category_id: u64,
    /// Left, top, width and height in pixels; the sides are 0 or more.
    pub bbox: [f64; 4],
    /// Its size in square pixels, by which COCO calls it small, medium or large.
    pub area: f64,
    /// Whether it is a region of many objects that are not told apart; 0 or 1 in JSON.
    #[serde(serialize_with = "as_number")]
    pub iscrowd: bool,
    /// Its mask; missing where there is only a box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segmentation: Option<CocoSegmentation>,
}

/// What an object can be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CocoCategory {
    /// Its number, which annotations and results refer to.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The name of the group that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supercategory: Option<String>,
}

impl CocoDataset {
    /// A data set from its JSON, read as pycocotools and detectron2 read it, and with the spellings of other
    /// exporters: ids that are texts or `17.0`, lists as objects with ids for keys, single polygons without a list
    /// around them, NaN. What is missing is taken from what is given (a box from its mask, an image's size from its
    /// masks); what cannot be used is left out. Both are counted in `warnings`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the JSON is not such a data set, where different images or categories share an id,
    /// where a mask does not fit its image or its run lengths are malformed, and where nothing of the data set can
    /// be used; the text names the image or the annotation.
    pub fn from_json(bytes: &[u8], warnings: &mut Warnings) -> Result<Self> {
        let unknown = |_: &str| Err(Error::InvalidInput("it has no width and height".into()));
        Self::from_json_with(bytes, warnings, unknown)
    }

    /// As [`CocoDataset::from_json`]. `size_of` gives width and height in pixels of the image with this file name,
    /// for images without them.
    ///
    /// # Errors
    /// As [`CocoDataset::from_json`]. One of `size_of` is a warning, and the image is left out.
    pub fn from_json_with(
        bytes: &[u8],
        warnings: &mut Warnings,
        size_of: impl FnMut(&str) -> Result<(usize, usize)>,
    ) -> Result<Self> {
        DatasetReader::new(warnings, size_of).read(bytes)
    }

    /// Reads a data set from its JSON file.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, and as [`CocoDataset::from_json`], with the file's path.
    pub fn read(path: &Path, warnings: &mut Warnings) -> Result<Self> {
        super::file::read(path, warnings, Self::from_json)
    }

    /// Reads a data set from its JSON file, and the sizes of its images, where they are missing, by `size_of`.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, and as [`CocoDataset::from_json_with`], with the file's path.
    pub fn read_with(
        path: &Path,
        warnings: &mut Warnings,
        size_of: impl FnMut(&str) -> Result<(usize, usize)>,
    ) -> Result<Self> {
        super::file::read(path, warnings, |bytes, warnings| Self::from_json_with(bytes, warnings, size_of))
    }

    /// The data set as JSON, on one line.
    pub fn to_json(&self) -> Vec<u8> {
        super::file::json(self)
    }

    /// The annotations of each image that has any, in their order in the data set.
    pub fn by_image(&self) -> BTreeMap<&CocoId, Vec<&CocoAnnotation>> {
        let mut by_image: BTreeMap<&CocoId, Vec<&CocoAnnotation>> = BTreeMap::new();
        for annotation in &self.annotations {
            by_image.entry(&annotation.image_id).or_default().push(annotation);
        }
        by_image
    }

    /// The ids of the categories that annotations have.
    pub fn used_categories(&self) -> BTreeSet<u64> {
        self.annotations.iter().map(|annotation| annotation.category_id).collect()
    }
}

impl CocoAnnotation {
    /// Its mask in an image of `width × height` pixels; `None` where it has a box only. Polygons are
    /// rasterised as `pycocotools.mask.frPyObjects` does and merged.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the mask is malformed, or of an image of another size.
    pub fn mask(&self, width: usize, height: usize) -> Result<Option<Rle>> {
        let Some(segmentation) = &self.segmentation else { return Ok(None) };
        let mask = segmentation.to_rle(width, height);
        mask.map_err(|error| Error::InvalidInput(format!("annotation {}: {}", self.id, super::file::reason(error))))
    }
}

fn as_number<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8((*flag).into())
}
