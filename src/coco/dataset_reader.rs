//! From a data set's JSON, as exporters write it, to a consistent [`CocoDataset`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::annotation_reader::AnnotationReader;
use super::entries::Entries;
use super::image_index::ImageIndex;
use super::warnings::{WarningKind, Warnings};
use super::written::{Written, WrittenAnnotation, WrittenCategory, WrittenImage};
use super::{CocoCategory, CocoDataset, CocoId, CocoImage, file, scalar};
use crate::error::{Error, Result};
use crate::image::Image;

/// Reads one data set.
pub(super) struct DatasetReader<'a, S> {
    warnings: &'a mut Warnings,
    size_of: S,
}

impl<'a, S: FnMut(&str) -> Result<(usize, usize)>> DatasetReader<'a, S> {
    pub(super) fn new(warnings: &'a mut Warnings, size_of: S) -> Self {
        Self { warnings, size_of }
    }

    pub(super) fn read(mut self, bytes: &[u8]) -> Result<CocoDataset> {
        let text = crate::text::utf8(bytes)?;
        if text.trim_start().starts_with('[') {
            let reason = "this is a list, as COCO's results are, not a data set; give results with --results";
            return Err(Error::InvalidInput(reason.into()));
        }
        let written: Written = file::parse(text, "a data set in COCO's format")?;
        let Some(Entries(images)) = written.images else {
            let reason = "this is not a data set in COCO's format: it has no `images`; a data set has `images`, \
                          `annotations` and `categories`";
            return Err(Error::InvalidInput(reason.into()));
        };
        let annotations = written.annotations.map(|list| list.0).unwrap_or_default();
        let categories = self.categories(written.categories.map(|list| list.0).unwrap_or_default())?;
        if categories.is_empty() && !annotations.is_empty() {
            let reason = "it has annotations but no `categories`; add them: [{\"id\": 1, \"name\": …}, …]";
            return Err(Error::InvalidInput(reason.into()));
        }
        let images = self.images(images, &annotations, &categories)?;
        let annotations = AnnotationReader::new(&images, &categories, self.warnings).read(annotations)?;
        let images = images.into_iter().filter(|image| image.width > 0).collect();
        Ok(CocoDataset { images, annotations, categories })
    }

    fn categories(&mut self, written: Vec<WrittenCategory>) -> Result<Vec<CocoCategory>> {
        let mut categories: BTreeMap<u64, usize> = BTreeMap::new();
        let mut list: Vec<CocoCategory> = Vec::new();
        for (position, category) in written.into_iter().enumerate() {
            let id = scalar::category_id(&category.id).ok_or_else(|| {
                let found = scalar::shown(&category.id);
                Error::InvalidInput(format!("category {position} of the list has the id {found}; give a whole number"))
            })?;
            let name = scalar::text(category.name);
            let category = CocoCategory { id, name, supercategory: text(category.supercategory) };
            match categories.insert(id, list.len()) {
                None => list.push(category),
                Some(first) if list[first].name == category.name => {
                    categories.insert(id, first);
                    self.warnings.add(WarningKind::DuplicateCategory, || format!("category {id}, {}", category.name));
                }
                Some(first) => {
                    let (one, other) = (&list[first].name, &category.name);
                    return Err(Error::InvalidInput(format!("two categories have the id {id}: {one} and {other}")));
                }
            }
        }
        Ok(list)
    }

    /// The images; those without a size have 0×0 pixels.
    fn images(
        &mut self,
        written: Vec<WrittenImage>,
        annotations: &[WrittenAnnotation],
        categories: &[CocoCategory],
    ) -> Result<Vec<CocoImage>> {
        let mut positions: BTreeMap<CocoId, usize> = BTreeMap::new();
        let mut images: Vec<CocoImage> = Vec::with_capacity(written.len());
        for (position, image) in written.into_iter().enumerate() {
            let file_name = scalar::text(image.file_name);
            let id = scalar::id(&image.id).ok_or_else(|| {
                let found = scalar::shown(&image.id);
                Error::InvalidInput(format!("image {position} of the list, {file_name}, has the id {found}"))
            })?;
            let side = |side: &Value| scalar::whole(side).and_then(|side| usize::try_from(side).ok()).unwrap_or(0);
            let (width, height) = (side(&image.width), side(&image.height));
            if width.max(height) > Image::MAX_SIDE {
                return Err(Error::InvalidInput(format!(
                    "image {id} ({file_name}): it has {width}×{height} pixels; a side must have 1 to {}",
                    Image::MAX_SIDE
                )));
            }
            let labelled_categories = labelled_categories(&image.labelled_categories).ok_or_else(|| {
                let found = scalar::shown(&image.labelled_categories);
                Error::InvalidInput(format!(
                    "image {id} ({file_name}) has the labelled_categories {found}; give a list of categories' ids"
                ))
            })?;
            if let Some(unknown) =
                labelled_categories.iter().flatten().find(|id| !categories.iter().any(|category| category.id == **id))
            {
                return Err(Error::InvalidInput(format!(
                    "image {id} ({file_name}) has the category {unknown} among its labelled_categories, which is not in \
                     the list of categories"
                )));
            }
            let kind = text(image.kind);
            let image = CocoImage { id: id.clone(), file_name, width, height, kind, labelled_categories };
            match positions.get(&id) {
                None => {
                    positions.insert(id, images.len());
                    images.push(image);
                }
                Some(&first) if images[first].file_name == image.file_name => {
                    self.warnings.add(WarningKind::DuplicateImage, || format!("image {id} ({})", image.file_name));
                }
                Some(&first) => {
                    let (one, other) = (&images[first].file_name, &image.file_name);
                    return Err(Error::InvalidInput(format!("two images have the id {id}: {one} and {other}")));
                }
            }
        }
        self.sizes(&mut images, annotations)?;
        Ok(images)
    }

    /// Finds the sizes that are missing, in the images themselves, else in their masks.
    fn sizes(&mut self, images: &mut [CocoImage], annotations: &[WrittenAnnotation]) -> Result<()> {
        if images.iter().all(|image| image.width > 0 && image.height > 0) {
            return Ok(());
        }
        let index = ImageIndex::new(images);
        let mut of_masks: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
        for annotation in annotations {
            let image = scalar::id(&annotation.image_id).and_then(|id| index.find(&id));
            if let (Some(image), Some(size)) = (image, annotation.segmentation.size()) {
                of_masks.insert(image, size);
            }
        }
        let mut first = None;
        for (position, image) in
            images.iter_mut().enumerate().filter(|(_, image)| image.width == 0 || image.height == 0)
        {
            let size = (self.size_of)(&image.file_name).or_else(|error| {
                let size = of_masks.get(&position).map(|&[height, width]| (width, height));
                size.filter(|&(w, h)| w > 0 && h > 0 && w.max(h) <= Image::MAX_SIDE).ok_or(error)
            });
            (image.width, image.height) = match size {
                Ok(size) => size,
                Err(error) => {
                    let example = format!("image {} ({}): {}", image.id, image.file_name, file::reason(error));
                    first.get_or_insert(example.clone());
                    self.warnings.add(WarningKind::UnreadablePicture, || example);
                    (0, 0)
                }
            };
        }
        match first {
            Some(first) if images.iter().all(|image| image.width == 0) => {
                Err(Error::InvalidInput(format!("no image can be used; {first}; add width and height to the images")))
            }
            _ => Ok(()),
        }
    }
}

/// The ids of an image's exhaustively labelled categories; `Some(None)` where the image does not name any.
fn labelled_categories(value: &Value) -> Option<Option<Vec<u64>>> {
    match value {
        Value::Null => Some(None),
        Value::Array(ids) => ids.iter().map(scalar::category_id).collect::<Option<_>>().map(Some),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
