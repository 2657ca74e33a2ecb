//! Small data sets in which pixels can be counted.

use maskrcnn_web::coco::{
    CocoAnnotation, CocoCategory, CocoDataset, CocoImage, CocoResult, CocoResults, CocoSegmentation, Warnings,
};
use maskrcnn_web::eval::{Evaluation, EvaluationOptions, Evaluator};
use maskrcnn_web::structures::Rle;

/// Sides of all images in pixels.
pub(crate) const SIDE: usize = 10;

/// A mask as pixels that are inside.
pub(crate) type Pixels = [bool; SIDE * SIDE];

/// The pixels of a rectangle, its right and lower edges excluded.
pub(crate) fn rectangle(left: usize, top: usize, right: usize, bottom: usize) -> Pixels {
    core::array::from_fn(|i| (left..right).contains(&(i % SIDE)) && (top..bottom).contains(&(i / SIDE)))
}

pub(crate) fn rle(pixels: &Pixels) -> Rle {
    Rle::from_mask(SIDE, SIDE, &pixels.map(u8::from)).unwrap()
}

fn bbox(pixels: &Pixels) -> [f64; 4] {
    let bounds = rle(pixels).bounding_box().unwrap_or_default();
    [bounds.x1, bounds.y1, bounds.width(), bounds.height()].map(f64::from)
}

/// A data set of one category; for each image its kind and its objects.
pub(crate) fn dataset(pictures: &[(Option<&str>, Vec<Pixels>)]) -> CocoDataset {
    let image = |(i, (kind, _)): (usize, &(Option<&str>, Vec<Pixels>))| CocoImage {
        id: (i as u64).into(),
        file_name: format!("{i}.png"),
        width: SIDE,
        height: SIDE,
        kind: kind.map(String::from),
        labelled_categories: None,
    };
    let objects =
        pictures.iter().enumerate().flat_map(|(i, (_, objects))| objects.iter().map(move |pixels| (i, pixels)));
    let annotation = |(id, (image, pixels)): (usize, (usize, &Pixels))| CocoAnnotation {
        id: (id as u64).into(),
        image_id: (image as u64).into(),
        category_id: 1,
        bbox: bbox(pixels),
        area: rle(pixels).area() as f64,
        iscrowd: false,
        segmentation: Some(CocoSegmentation::from(&rle(pixels))),
    };
    CocoDataset {
        images: pictures.iter().enumerate().map(image).collect(),
        annotations: objects.enumerate().map(annotation).collect(),
        categories: vec![CocoCategory { id: 1, name: "nucleus".into(), supercategory: None }],
    }
}

/// What was found in one image.
pub(crate) fn found(image_id: u64, pixels: &Pixels, score: f64) -> CocoResult {
    let segmentation = Some(CocoSegmentation::from(&rle(pixels)));
    CocoResult { image_id: image_id.into(), category_id: 1, bbox: bbox(pixels), score, segmentation }
}

pub(crate) fn evaluate(dataset: &CocoDataset, results: Vec<CocoResult>, options: EvaluationOptions) -> Evaluation {
    let mut evaluator = Evaluator::new(dataset, options).unwrap();
    evaluator.add_results(&CocoResults(results), &mut Warnings::default()).unwrap();
    evaluator.finish()
}
