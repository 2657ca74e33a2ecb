//! COCO's JSON of what was found: results, or a data set to correct and to train on.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::outline::outline;
use super::{Findings, unwritten};
use crate::coco::{CocoAnnotation, CocoCategory, CocoId, CocoImage, CocoResult, CocoSegmentation};
use crate::error::{Error, Result};
use crate::structures::{MaskCrops, Rle};

/// What the JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CocoKind {
    /// An object with `images`, `annotations` and `categories`, as data sets are.
    #[default]
    Dataset,
    /// A list of results with scores, as evaluations take it.
    Results,
}

/// How masks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CocoSegmentations {
    /// Compressed run lengths.
    #[default]
    Rle,
    /// Polygons along the edges of the pixels, which more programs can edit. Polygons cannot have holes: masks with
    /// holes are run lengths all the same.
    Polygons,
}

/// How COCO's JSON is written.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CocoOptions {
    /// What the JSON is.
    pub kind: CocoKind,
    /// How masks are written.
    pub segmentation: CocoSegmentations,
    /// The id of the first image, which others count on from; 1 by default.
    pub image_id: Option<u32>,
}

/// JSON that is being written, one image after the other.
pub struct CocoWriter<W: Write> {
    out: W,
    options: CocoOptions,
    categories: Vec<CocoCategory>,
    images: Vec<CocoImage>,
    annotations: u64,
}

impl<W: Write> CocoWriter<W> {
    /// Begins. `labels` are the names of the classes, the background first; classes that COCO left out (`N/A`) are not
    /// categories.
    ///
    /// # Errors
    /// [`Error::Io`] where `out` does not take it.
    pub fn new(mut out: W, options: CocoOptions, labels: &[String]) -> Result<Self> {
        let named = labels.iter().enumerate().skip(1).filter(|(_, name)| *name != "N/A");
        let categories =
            named.map(|(class, name)| CocoCategory { id: class as u64, name: name.clone(), supercategory: None });
        let start: &[u8] = match options.kind {
            CocoKind::Dataset => b"{\"annotations\":[",
            CocoKind::Results => b"[",
        };
        out.write_all(start).map_err(unwritten)?;
        Ok(Self { out, options, categories: categories.collect(), images: Vec::new(), annotations: 0 })
    }

    /// Writes the objects of an image; those of the first image have their numbers for ids, and others count on.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an image of more than 2³²−1 pixels, [`Error::Io`] where the output does not take it.
    pub fn add(&mut self, image: &Findings<'_>) -> Result<()> {
        let objects = image.objects;
        let image_id = u64::from(self.options.image_id.unwrap_or(1)) + self.images.len() as u64;
        let image_id = CocoId::from(image_id);
        for (index, bounding_box) in objects.boxes.iter().enumerate() {
            let category_id = u64::from(objects.class_ids[index]);
            if !self.categories.iter().any(|category| category.id == category_id) {
                let name = image.label(index).to_owned();
                self.categories.push(CocoCategory { id: category_id, name, supercategory: None });
            }
            let boxed = [bounding_box.x1, bounding_box.y1, bounding_box.width(), bounding_box.height()].map(f64::from);
            let (bbox, area, segmentation) = match &objects.masks {
                None => (boxed, f64::from(bounding_box.area()), None),
                Some(masks) => {
                    let rect = masks.rect(index);
                    let bbox = [rect.x, rect.y, rect.width, rect.height].map(|side| side as f64);
                    let segmentation = self.segmentation(masks, index, [objects.width, objects.height])?;
                    (if rect.width > 0 { bbox } else { boxed }, masks.area(index) as f64, Some(segmentation))
                }
            };
            self.out.write_all(if self.annotations == 0 { b"\n" } else { b",\n" }).map_err(unwritten)?;
            self.annotations += 1;
            let image_id = image_id.clone();
            match self.options.kind {
                CocoKind::Dataset => {
                    let id = CocoId::from(self.annotations);
                    self.json(&CocoAnnotation { id, image_id, category_id, bbox, area, iscrowd: false, segmentation })
                }
                CocoKind::Results => {
                    let score = objects.scores[index].into();
                    self.json(&CocoResult { image_id, category_id, bbox, score, segmentation })
                }
            }?;
        }
        let (file_name, width, height) = (image.file_name.to_owned(), objects.width, objects.height);
        let image = CocoImage { id: image_id, file_name, width, height, kind: None, labelled_categories: None };
        self.images.push(image);
        Ok(())
    }

    /// Writes the end, and gives back what is written to.
    ///
    /// # Errors
    /// [`Error::Io`] where the output does not take it.
    pub fn finish(mut self) -> Result<W> {
        match self.options.kind {
            CocoKind::Results => self.text("\n]\n")?,
            CocoKind::Dataset => {
                let (images, categories) = (std::mem::take(&mut self.images), std::mem::take(&mut self.categories));
                self.text("\n],\"images\":")?;
                self.json(&images)?;
                self.text(",\"categories\":")?;
                self.json(&categories)?;
                self.text("}\n")?;
            }
        }
        Ok(self.out)
    }

    fn segmentation(&self, masks: &MaskCrops, index: usize, [width, height]: [usize; 2]) -> Result<CocoSegmentation> {
        if self.options.segmentation == CocoSegmentations::Polygons {
            let parts = outline(masks, index);
            if !parts.is_empty() && parts.iter().all(|part| part.holes.is_empty()) {
                let polygon = |ring: &[[u32; 2]]| ring.iter().flatten().map(|&side| f64::from(side)).collect();
                return Ok(CocoSegmentation::Polygons(parts.iter().map(|part| polygon(&part.exterior)).collect()));
            }
        }
        let rle = Rle::from_cropped(width, height, masks.rect(index), &masks.pixels(index));
        rle.map(|rle| CocoSegmentation::from(&rle)).map_err(|error| match error {
            Error::InvalidInput(reason) => Error::InvalidInput(format!("object {}: {reason}", index + 1)),
            error => error,
        })
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.out, value).map_err(unwritten)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).map_err(unwritten)
    }
}
