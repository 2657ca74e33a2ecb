//! What `predict` found, as JSON; masks as in COCO's results.

use maskrcnn_web::structures::{Objects, Rle};
use maskrcnn_web::{Error, Result};
use serde::Serialize;

use crate::labels::Labels;
use crate::plane::Taken;
use crate::tiles::Seen;

/// All images of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) pictures: Vec<Outcome>,
}

/// What became of one image.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Found(Box<Picture>),
    Failed { file: String, error: Failure },
}

/// Why an image gave nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: &'static str,
    message: String,
}

/// What one image holds.
#[derive(Debug, Serialize)]
pub(crate) struct Picture {
    pub(crate) file: String,
    /// The drawn image's file, where it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overlay: Option<String>,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// What of the image the network was shown.
    pub(crate) input: Taken,
    #[serde(flatten)]
    pub(crate) seen: Seen,
    pub(crate) backend: &'static str,
    /// `f32` or `f16`.
    pub(crate) dtype: &'static str,
    /// From pixels in memory to detections in memory.
    pub(crate) milliseconds: f64,
    /// Best score first.
    pub(crate) detections: Vec<Object>,
}

/// One object.
#[derive(Debug, Serialize)]
pub(crate) struct Object {
    /// Its number, from 1: the same in all files of a run.
    id: usize,
    class_id: usize,
    label: String,
    score: f32,
    /// Left, top, width and height in pixels.
    bbox: [f32; 4],
    /// Pixels of the mask; of the box for a network without masks.
    area: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    segmentation: Option<Segmentation>,
}

/// A mask in COCO's compressed run-length encoding.
#[derive(Debug, Serialize)]
struct Segmentation {
    /// Height and width of the image in pixels.
    size: [usize; 2],
    counts: String,
}

impl Outcome {
    /// That of an image that could not be handled.
    pub(crate) fn failed(file: String, error: &Error) -> Self {
        Outcome::Failed { file, error: Failure { code: error.code(), message: error.to_string() } }
    }
}

impl Object {
    /// The object at `index`.
    pub(crate) fn new(objects: &Objects, index: usize, labels: &Labels) -> Result<Self> {
        let &Objects { width, height, .. } = objects;
        let (class_id, bounding_box) = (objects.class_ids[index] as usize, objects.boxes[index]);
        let masks = objects.masks.as_ref();
        let rle = masks.map(|masks| Rle::from_cropped(width, height, masks.rect(index), &masks.pixels(index)));
        let rle = rle.transpose()?;
        Ok(Self {
            id: index + 1,
            class_id,
            label: labels.name(class_id).to_owned(),
            score: objects.scores[index],
            bbox: [bounding_box.x1, bounding_box.y1, bounding_box.width(), bounding_box.height()],
            area: rle.as_ref().map_or(f64::from(bounding_box.area()), |rle| rle.area() as f64),
            segmentation: rle.map(|rle| Segmentation { size: [height, width], counts: rle.to_compressed() }),
        })
    }
}
