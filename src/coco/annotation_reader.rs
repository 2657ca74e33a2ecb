//! From annotations' JSON to annotations that fit their images and categories.

use std::collections::HashSet;

use super::image_index::ImageIndex;
use super::segmentation::bounds;
use super::warnings::{WarningKind, Warnings};
use super::written::WrittenAnnotation;
use super::{CocoAnnotation, CocoCategory, CocoId, CocoImage, CocoSegmentation, file, scalar};
use crate::error::{Error, Result};

/// Reads the annotations of one data set.
pub(super) struct AnnotationReader<'a> {
    images: &'a [CocoImage],
    index: ImageIndex,
    categories: HashSet<u64>,
    warnings: &'a mut Warnings,
    ids: HashSet<CocoId>,
    /// The highest id so far.
    highest: i64,
    /// The first annotation that cannot be used, and why.
    unused: Option<String>,
}

impl<'a> AnnotationReader<'a> {
    /// Images without a size have 0×0 pixels; their annotations are left out.
    pub(super) fn new(images: &'a [CocoImage], categories: &[CocoCategory], warnings: &'a mut Warnings) -> Self {
        Self {
            images,
            index: ImageIndex::new(images),
            categories: categories.iter().map(|category| category.id).collect(),
            warnings,
            ids: HashSet::new(),
            highest: 0,
            unused: None,
        }
    }

    pub(super) fn read(mut self, written: Vec<WrittenAnnotation>) -> Result<Vec<CocoAnnotation>> {
        let all = written.len();
        self.highest = written.iter().filter_map(|annotation| scalar::whole(&annotation.id)).max().unwrap_or(0);
        let mut annotations = Vec::with_capacity(all);
        for (position, annotation) in written.into_iter().enumerate() {
            annotations.extend(self.annotation(position, annotation)?);
        }
        if let (true, Some(first)) = (annotations.is_empty(), self.unused) {
            return Err(Error::InvalidInput(format!("none of its {all} annotations can be used; the first: {first}")));
        }
        let mut box_only = annotations.iter().filter(|annotation| annotation.segmentation.is_none());
        if box_only.clone().count() < all {
            let example = |annotation: &CocoAnnotation| format!("annotation {}", annotation.id);
            box_only.by_ref().for_each(|annotation| self.warnings.add(WarningKind::BoxOnly, || example(annotation)));
        }
        Ok(annotations)
    }

    /// `None` for one that is left out.
    fn annotation(&mut self, position: usize, mut written: WrittenAnnotation) -> Result<Option<CocoAnnotation>> {
        let image_id = scalar::id(&written.image_id);
        let image = image_id.and_then(|id| self.index.find(&id)).map(|position| &self.images[position]);
        let given = scalar::id(&written.id);
        let name = || {
            let own = match &given {
                Some(id) => format!("annotation {id}"),
                None => format!("annotation {position} of the list"),
            };
            match image {
                Some(image) => format!("{own} (image {}, {})", image.id, image.file_name),
                None => format!("{own}: its image_id is {}", scalar::shown(&written.image_id)),
            }
        };
        let Some(image) = image else { return Ok(self.leave_out(Some(WarningKind::UnlistedImage), name)) };
        if image.width == 0 {
            return Ok(self.leave_out(None, name));
        }
        let category = scalar::category_id(&written.category_id).filter(|id| self.categories.contains(id));
        let Some(category_id) = category else {
            let category = scalar::shown(&written.category_id);
            let example = || format!("{}: its category_id is {category}", name());
            return Ok(self.leave_out(Some(WarningKind::UnlistedCategory), example));
        };
        let invalid = |reason: String| Error::InvalidInput(format!("{}: {reason}", name()));
        let iscrowd = scalar::flag(&written.iscrowd)
            .ok_or_else(|| invalid(format!("its iscrowd is {}; it must be 0 or 1", scalar::shown(&written.iscrowd))))?;
        let segmentation = std::mem::take(&mut written.segmentation).check(&name, self.warnings).map_err(invalid)?;
        let bounds = self.extent(&written, segmentation.as_ref(), image, name).map_err(invalid)?;
        let Some((bbox, area)) = bounds else {
            return Ok(self.leave_out(Some(WarningKind::NoExtent), name));
        };
        let id = given.clone().unwrap_or_else(|| {
            self.warnings.add(WarningKind::MissingId, name);
            self.highest = self.highest.saturating_add(1);
            CocoId::Number(self.highest)
        });
        if !self.ids.insert(id.clone()) {
            self.warnings.add(WarningKind::DuplicateAnnotation, name);
        }
        let image_id = image.id.clone();
        Ok(Some(CocoAnnotation { id, image_id, category_id, bbox, area, iscrowd, segmentation }))
    }

    fn leave_out(&mut self, kind: Option<WarningKind>, example: impl Fn() -> String) -> Option<CocoAnnotation> {
        self.unused.get_or_insert_with(&example);
        if let Some(kind) = kind {
            self.warnings.add(kind, example);
        }
        None
    }

    /// Box and area, from the mask where they are missing or invalid; `None` where there is neither box nor mask.
    fn extent(
        &mut self,
        written: &WrittenAnnotation,
        segmentation: Option<&CocoSegmentation>,
        image: &CocoImage,
        name: impl Fn() -> String,
    ) -> Result<Option<([f64; 4], f64)>, String> {
        let bbox = scalar::bbox(&written.bbox);
        let area = scalar::number(&written.area).filter(|&area| area.is_finite() && area >= 0.0);
        let mask = match segmentation {
            // Polygons are rasterised only where that is needed: it takes long.
            Some(mask) if bbox.is_some() && area.is_some() => {
                mask.check(image.width, image.height).map_err(file::reason)?;
                None
            }
            Some(mask) => mask.to_rle(image.width, image.height).map_err(file::reason)?,
            None => None,
        };
        if bbox.is_none() && !scalar::is_empty(&written.bbox) {
            let example = || format!("{}: its bbox is {}", name(), scalar::shown(&written.bbox));
            self.warnings.add(WarningKind::InvalidBox, example);
        } else if bbox.is_none() && mask.is_some() {
            self.warnings.add(WarningKind::MissingBox, &name);
        }
        let Some(bbox) = bbox.or_else(|| mask.as_ref().map(bounds)) else { return Ok(None) };
        if area.is_none() {
            let example = || format!("{}: its area is {}", name(), scalar::shown(&written.area));
            self.warnings.add(WarningKind::MissingArea, example);
        }
        let own_area = || mask.as_ref().map_or(bbox[2] * bbox[3], |rle| rle.area() as f64);
        Ok(Some((bbox, area.unwrap_or_else(own_area))))
    }
}
