//! Synthetic microscopy images with nuclei, for tests, benchmarks and examples: a data set of any
//! size from a seed.

mod fluorescence;
mod nucleus;
mod stained;

use std::path::{Path, PathBuf};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use self::nucleus::Placement;
use super::augment::to_image;
use super::{ObjectMask, Random};
use crate::coco::{CocoAnnotation, CocoCategory, CocoDataset, CocoImage, CocoSegmentation};
use crate::error::{Error, Result};
use crate::image::Image;
use crate::structures::Rle;

/// What kind of microscopy an image looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SynthKind {
    /// Grey nuclei that shine on a dark ground.
    Fluorescence,
    /// Purple nuclei on pink tissue.
    Stained,
}

impl SynthKind {
    /// As a data set's `kind` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fluorescence => "fluorescence",
            Self::Stained => "stained",
        }
    }
}

/// Which images to make up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SynthConfig {
    /// Number of images.
    pub pictures: usize,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// The kinds, one image after the other.
    pub kinds: Vec<SynthKind>,
    /// The least and the greatest mean radius of an image's nuclei, in pixels, 2 or more.
    pub radius: [f32; 2],
    /// The least and the greatest share of an image that nuclei cover, 0..1. They cover less
    /// where no more find a place.
    pub coverage: [f32; 2],
}

impl Default for SynthConfig {
    fn default() -> Self {
        Self {
            pictures: 8,
            width: 256,
            height: 256,
            kinds: vec![SynthKind::Fluorescence, SynthKind::Stained],
            radius: [8.0, 14.0],
            coverage: [0.08, 0.22],
        }
    }
}

/// A synthetic image.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthPicture {
    /// What it looks like.
    pub kind: SynthKind,
    /// The image.
    pub image: Image,
    /// The nuclei, no two of which share a pixel.
    pub masks: Vec<ObjectMask>,
}

impl SynthConfig {
    /// The name of the category that all objects have.
    pub const CATEGORY: &str = "nucleus";

    /// Checks every value's range.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] naming the value and what is allowed.
    pub fn check(&self) -> Result<()> {
        let invalid = |text: String| Err(Error::InvalidInput(text));
        if self.pictures == 0 || self.kinds.is_empty() {
            return invalid("expected at least one image and one kind of image".into());
        }
        let sides = 16..=Image::MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            let (width, height, most) = (self.width, self.height, Image::MAX_SIDE);
            return invalid(format!("the images have {width}×{height} pixels; sides must be 16 to {most} pixels"));
        }
        let [least, greatest] = self.radius;
        if !(least >= 2.0 && greatest >= least && greatest <= Image::MAX_SIDE as f32) {
            return invalid(format!(
                "`radius` ranges from {least} to {greatest} pixels; give 2 or more, then the greatest"
            ));
        }
        let [least, greatest] = self.coverage;
        if !(least >= 0.0 && greatest >= least && greatest <= 1.0) {
            return invalid(format!(
                "`coverage` ranges from {least} to {greatest}; give the smaller one first, 0 to 1"
            ));
        }
        Ok(())
    }

    /// The image at an index, the same whichever others are made.
    ///
    /// # Errors
    /// As [`SynthConfig::check`].
    pub fn picture(&self, seed: u64, index: usize) -> Result<SynthPicture> {
        self.check()?;
        let (width, height) = (self.width, self.height);
        let kind = self.kinds[index % self.kinds.len()];
        let mut random = Random::of_part(seed, index as u64);
        let radius = random.between(self.radius[0], self.radius[1]);
        let coverage = random.between(self.coverage[0], self.coverage[1]);
        let placement = Placement::new(width, height, radius, coverage, &mut random);
        let planes = match kind {
            SynthKind::Fluorescence => fluorescence::draw(&placement, width, height, &mut random).repeat(3),
            SynthKind::Stained => stained::draw(&placement, width, height, &mut random),
        };
        Ok(SynthPicture { kind, image: to_image(&planes, width, height)?, masks: placement.masks() })
    }

    /// The folder of the images of the data set `json`: beside it, and named like it.
    pub fn image_folder(json: &Path) -> PathBuf {
        json.with_extension("")
    }

    /// Checks that [`SynthConfig::write`] would not overwrite anything.
    ///
    /// # Errors
    /// As [`SynthConfig::check`]; [`Error::InvalidInput`] if `json` or the folder of its images exists.
    pub fn check_free(&self, json: &Path) -> Result<()> {
        self.check()?;
        match [json.to_owned(), Self::image_folder(json)].into_iter().find(|path| path.exists()) {
            None => Ok(()),
            Some(path) => Err(Error::InvalidInput(format!("{} exists already; choose another folder", path.display()))),
        }
    }

    /// Writes the data set: `json` in COCO's format, such as `train.json`, and the images as PNG into the folder
    /// beside it that is named like it (`train/`), so that [`super::Dataset::open`] finds them. `done` is
    /// told of each image that is written. The JSON is written last.
    ///
    /// # Errors
    /// As [`SynthConfig::check_free`]; [`Error::Io`] where something cannot be written.
    pub fn write(&self, seed: u64, json: &Path, mut done: impl FnMut(&CocoImage)) -> Result<()> {
        self.check_free(json)?;
        let pictures = Self::image_folder(json);
        std::fs::create_dir_all(&pictures).map_err(|error| Error::io(&pictures, error))?;
        let category = CocoCategory { id: 1, name: Self::CATEGORY.into(), supercategory: None };
        let mut coco = CocoDataset { categories: vec![category], ..CocoDataset::default() };
        for index in 0..self.pictures {
            let picture = self.picture(seed, index)?;
            let (width, height) = (self.width, self.height);
            let (id, kind) = (index as u64 + 1, Some(picture.kind.name().into()));
            let entry = CocoImage {
                id: id.into(),
                file_name: format!("{id:05}.png"),
                width,
                height,
                kind,
                labelled_categories: None,
            };
            save(&picture.image, &pictures.join(&entry.file_name))?;
            for mask in &picture.masks {
                let id = coco.annotations.len() as u64 + 1;
                coco.annotations.push(annotation(id, &entry, mask)?);
            }
            done(&entry);
            coco.images.push(entry);
        }
        std::fs::write(json, coco.to_json()).map_err(|error| Error::io(json, error))
    }
}

fn annotation(id: u64, image: &CocoImage, mask: &ObjectMask) -> Result<CocoAnnotation> {
    let rle = Rle::from_cropped(image.width, image.height, mask.part, &mask.pixels)?;
    let bounding_box = mask.bounding_box();
    let bbox = [bounding_box.x1, bounding_box.y1, bounding_box.width(), bounding_box.height()].map(f64::from);
    Ok(CocoAnnotation {
        id: id.into(),
        image_id: image.id.clone(),
        category_id: 1,
        bbox,
        area: rle.area() as f64,
        iscrowd: false,
        segmentation: Some(CocoSegmentation::from(&rle)),
    })
}

fn save(image: &Image, path: &Path) -> Result<()> {
    let rgb: Vec<u8> =
        image.rgba().as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect();
    RgbImage::from_raw(image.width() as u32, image.height() as u32, rgb)
        .ok_or_else(|| Error::Internal(format!("{}: the pixels do not fill the image", path.display())))?
        .save(path)
        .map_err(|error| Error::io(path, error))
}
