//! `maskrcnn eval --worst`: the images of each kind on which a network does worst, drawn with what it missed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use maskrcnn_web::coco::{CocoAnnotation, CocoImage, CocoResult, CocoResults, Warnings};
use maskrcnn_web::eval::{Evaluation, PictureScores, PictureSet, box_overlap, mask_overlap};
use maskrcnn_web::structures::{MaskRect, Rle};
use maskrcnn_web::{Error, Result};

use crate::files;
use crate::overlay::Overlay;
use crate::text::{self, Rectangle};

/// Pixels of an image's longer side in a sheet.
const SIDE: u32 = 320;
/// Images side by side.
const COLUMNS: usize = 5;
const GAP: u32 = 8;
/// Height of a caption.
const CAPTION: u32 = 2 * text::LETTER;
/// The overlap from which an object counts as found.
const MIN_IOU: f64 = 0.5;
const INK: Rgb<u8> = Rgb([0; 3]);

/// The options.
#[derive(Debug, Args)]
pub(crate) struct WorstArguments {
    /// Folder for a sheet of the images that score worst, one PNG for each kind of image: the image and, below it, what
    /// was found, what was found and is not annotated, and what was missed. They are listed as well.
    #[arg(long, value_name = "FOLDER")]
    worst: Option<PathBuf>,
    /// Number of images in each sheet.
    #[arg(long, value_name = "NUMBER", default_value = "10", requires = "worst", value_parser = clap::value_parser!(u16).range(1..=1000))]
    worst_images: u16,
}

/// What became of an object, or of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Found,
    NotAnnotated,
    Missed,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Found, Self::NotAnnotated, Self::Missed];

    /// Colours that stay apart for colour-blind people (Okabe and Ito 2008), on dark and on bright images.
    fn colour(self) -> Rgb<u8> {
        match self {
            Self::Found => Rgb([0, 158, 115]),
            Self::NotAnnotated => Rgb([213, 94, 0]),
            Self::Missed => Rgb([86, 180, 233]),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NotAnnotated => "found, not annotated",
            Self::Missed => "missed",
        }
    }
}

/// Something to outline.
struct Outlined {
    category: u64,
    bbox: [f64; 4],
    mask: Option<Rle>,
}

impl WorstArguments {
    /// Makes sure that the sheets can be written, before the network runs.
    pub(crate) fn check(&self) -> Result<()> {
        self.worst.as_deref().map_or(Ok(()), files::create_folder)
    }

    /// Draws and lists the worst images, if that is asked for.
    pub(crate) fn draw(&self, evaluation: &Evaluation, pictures: &PictureSet, results: &CocoResults) -> Result<()> {
        let Some(folder) = &self.worst else { return Ok(()) };
        let mut kinds: BTreeMap<&str, Vec<(f64, &PictureScores)>> = BTreeMap::new();
        for scores in &evaluation.pictures {
            let precision = scores.masks.unwrap_or(scores.boxes);
            // Where nothing is and nothing was found, nothing is wrong.
            if let Some(mean) = precision.ap {
                kinds.entry(scores.kind.as_deref().unwrap_or("images")).or_default().push((mean, scores));
            }
        }
        for (kind, mut images) in kinds {
            images.sort_by(|a, b| a.0.total_cmp(&b.0));
            images.truncate(self.worst_images.into());
            println!("\nThe worst images, {kind}: TP / (TP + FP + FN), mean over IoU 0.5 to 0.95, and at 0.5");
            let mut sheet = Sheet::new(images.len());
            for (rank, &(mean, scores)) in images.iter().enumerate() {
                let at_half = scores.masks.unwrap_or(scores.boxes).ap50.unwrap_or(0.0);
                let (objects, found) = (scores.objects, scores.instances);
                println!(
                    "{:>3} {mean:>6.3} {at_half:>6.3}  {objects} objects, {found} found  {}",
                    rank + 1,
                    scores.file_name
                );
                let caption = format!("{} {mean:.2}, {objects} objects", rank + 1);
                let threshold = evaluation.options.score_threshold;
                sheet.add(rank, &caption, &panels(scores, pictures, results, threshold)?);
            }
            let path = folder.join(file_name(kind));
            sheet.save(&path)?;
            println!("drawn in {}", path.display());
        }
        Ok(())
    }
}

/// A file's name for a kind of image, whatever characters it has.
fn file_name(kind: &str) -> String {
    let plain = |character: char| if character.is_alphanumeric() || "-_".contains(character) { character } else { '-' };
    format!("{}.png", kind.chars().map(plain).collect::<String>())
}

/// An image, and the same with outlines.
fn panels(
    scores: &PictureScores,
    pictures: &PictureSet,
    results: &CocoResults,
    threshold: f64,
) -> Result<[RgbImage; 2]> {
    let dataset = pictures.dataset();
    let index = dataset.images.iter().position(|image| image.id == scores.image_id);
    let index = index.ok_or_else(|| Error::Internal(format!("there is no image {}", scores.image_id)))?;
    let entry = &dataset.images[index];
    let whole = Overlay::new(&pictures.read(index, &mut Warnings::default())?)?.finish();
    let scale = f64::from(SIDE) / f64::from(whole.width().max(whole.height()));
    let [width, height] = [whole.width(), whole.height()].map(|side| ((f64::from(side) * scale) as u32).max(1));
    let plain = imageops::resize(&whole, width, height, FilterType::Triangle);
    let mut outlined = plain.clone();
    let annotations = dataset.annotations.iter().filter(|annotation| annotation.image_id == entry.id);
    // As results name images, by id or by file.
    let is_own = |result: &&CocoResult| result.image_id == entry.id || result.image_id.to_string() == entry.file_name;
    let found = results.0.iter().filter(is_own).filter(|result| result.score >= threshold);
    for (outcome, object) in outcomes(entry, annotations, found)? {
        outline(&mut outlined, &object, outcome.colour(), scale);
    }
    Ok([plain, outlined])
}

/// What was found in an image and what was not, found objects last, so that they lie on top.
fn outcomes<'a>(
    entry: &CocoImage,
    annotations: impl Iterator<Item = &'a CocoAnnotation>,
    found: impl Iterator<Item = &'a CocoResult>,
) -> Result<Vec<(Outcome, Outlined)>> {
    let (width, height) = (entry.width, entry.height);
    let truths = annotations.map(|annotation| {
        let mask = annotation.mask(width, height)?;
        Ok((annotation.iscrowd, Outlined { category: annotation.category_id, bbox: annotation.bbox, mask }))
    });
    let truths: Vec<(bool, Outlined)> = truths.collect::<Result<_>>()?;
    let found = found.map(|result| {
        let mask = result.segmentation.as_ref().map(|mask| mask.to_rle(width, height)).transpose()?.flatten();
        Ok(Outlined { category: result.category_id, bbox: result.bbox, mask })
    });
    let found: Vec<Outlined> = found.collect::<Result<_>>()?;
    let is_match = |truth: &(bool, Outlined), found: &Outlined| {
        truth.1.category == found.category && overlap(found, &truth.1, truth.0) >= MIN_IOU
    };
    let is_exhaustive =
        |category: u64| entry.labelled_categories.as_ref().is_none_or(|labelled| labelled.contains(&category));
    let (right, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|found| truths.iter().any(|truth| is_match(truth, found)));
    let mut outcomes: Vec<(Outcome, Outlined)> = others
        .into_iter()
        .filter(|found| is_exhaustive(found.category))
        .map(|found| (Outcome::NotAnnotated, found))
        .collect();
    let is_missed = |truth: &(bool, Outlined)| !truth.0 && !right.iter().any(|found| is_match(truth, found));
    let missed: Vec<bool> = truths.iter().map(is_missed).collect();
    let missed = truths.into_iter().zip(missed).filter(|(_, missed)| *missed);
    outcomes.extend(missed.map(|((_, truth), _)| (Outcome::Missed, truth)));
    outcomes.extend(right.into_iter().map(|found| (Outcome::Found, found)));
    Ok(outcomes)
}

fn overlap(found: &Outlined, truth: &Outlined, crowd: bool) -> f64 {
    match (&found.mask, &truth.mask) {
        (Some(found), Some(truth)) => mask_overlap(found, truth, crowd).unwrap_or(0.0),
        _ => box_overlap(&found.bbox, &truth.bbox, crowd),
    }
}

/// Draws the outline of a mask or, without one, of a box on an image that is shown at a scale.
fn outline(picture: &mut RgbImage, object: &Outlined, colour: Rgb<u8>, scale: f64) {
    let [x, y, width, height] = object.bbox;
    let crop = object.mask.as_ref().and_then(Rle::to_cropped);
    let inside = |column: i64, row: i64| {
        let [left, top] = [column, row].map(|place| (place as f64 + 0.5) / scale);
        match &crop {
            None => (x..x + width).contains(&left) && (y..y + height).contains(&top),
            Some((MaskRect { x, y, width, height }, pixels)) => {
                let (left, top) = (left as usize, top as usize);
                let is_within = (*x..x + width).contains(&left) && (*y..y + height).contains(&top);
                is_within && column >= 0 && row >= 0 && pixels[(top - y) * width + left - x] == 1
            }
        }
    };
    let [left, top, right, bottom] = match &crop {
        Some((MaskRect { x, y, width, height }, _)) => [*x, *y, x + width, y + height].map(|place| place as f64),
        None => [x, y, x + width, y + height],
    };
    let span = |low: f64, high: f64, side: u32| (low * scale).max(0.0) as u32..((high * scale).ceil() as u32).min(side);
    for row in span(top, bottom, picture.height()) {
        for column in span(left, right, picture.width()) {
            let (x, y) = (i64::from(column), i64::from(row));
            let is_around = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)].into_iter().all(|(x, y)| inside(x, y));
            if inside(x, y) && !is_around {
                picture.put_pixel(column, row, colour);
            }
        }
    }
}

/// Images in rows, each with its caption, and below them what the colours mean.
struct Sheet {
    picture: RgbImage,
}

impl Sheet {
    fn new(images: usize) -> Self {
        let columns = images.clamp(1, COLUMNS) as u32;
        let rows = images.div_ceil(COLUMNS) as u32;
        let (width, height) = (columns * (SIDE + GAP) + GAP, rows * Self::row_height() + CAPTION + GAP);
        let mut picture = RgbImage::from_pixel(width, height, Rgb([255; 3]));
        let (mut x, y) = (GAP, rows * Self::row_height() + GAP);
        for outcome in Outcome::ALL {
            let side = text::LETTER;
            text::fill(&mut picture, Rectangle { x, y, width: side, height: side }, outcome.colour());
            text::draw(&mut picture, [x + 2 * side, y], outcome.name(), 1, INK);
            x += (outcome.name().len() as u32 + 4) * side;
        }
        Self { picture }
    }

    fn row_height() -> u32 {
        2 * (SIDE + GAP) + CAPTION
    }

    fn add(&mut self, index: usize, caption: &str, panels: &[RgbImage; 2]) {
        let x = GAP + (index % COLUMNS) as u32 * (SIDE + GAP);
        let y = GAP + (index / COLUMNS) as u32 * Self::row_height();
        text::draw(&mut self.picture, [x, y], caption, 1, INK);
        for (row, panel) in (0..).zip(panels) {
            let top = y + CAPTION + row * (SIDE + GAP);
            imageops::replace(&mut self.picture, panel, x.into(), top.into());
        }
    }

    fn save(&self, path: &Path) -> Result<()> {
        self.picture.save(path).map_err(|error| Error::io(path, error))
    }
}
