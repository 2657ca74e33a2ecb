//! COCO's JSON.

use maskrcnn_web::coco::{CocoDataset, CocoId, CocoResults, CocoSegmentation, Warnings};
use maskrcnn_web::export::{CocoKind, CocoOptions, CocoSegmentations, CocoWriter, Findings};
use maskrcnn_web::structures::Objects;

use crate::{Full, REFERENCE, boxes_only, filled, findings, objects, reference_objects};

fn written(images: &[Findings<'_>], options: CocoOptions) -> Vec<u8> {
    let mut writer = CocoWriter::new(Vec::new(), options, &REFERENCE.labels).unwrap();
    images.iter().for_each(|image| writer.add(image).unwrap());
    writer.finish().unwrap()
}

fn read(json: &[u8]) -> CocoDataset {
    let mut warnings = Warnings::default();
    let dataset = CocoDataset::from_json(json, &mut warnings).unwrap();
    assert_eq!(warnings, Warnings::default());
    dataset
}

#[test]
fn a_data_set_of_several_images_is_read_again_to_train_on() {
    let (mut first, second) = (reference_objects(), objects([40, 30], [filled(4, 7, 10, 10)]));
    // What has no pixels is nothing to train on.
    let present: Vec<usize> = (0..first.len()).filter(|&i| first.masks.as_ref().unwrap().area(i) > 0).collect();
    first = first.select(&present);
    for segmentation in [CocoSegmentations::Rle, CocoSegmentations::Polygons] {
        let images =
            [Findings { file_name: "a.tif", ..findings(&first) }, Findings { file_name: "b.tif", ..findings(&second) }];
        let dataset = read(&written(&images, CocoOptions { segmentation, ..CocoOptions::default() }));
        let ids: Vec<_> =
            dataset.images.iter().map(|image| (&image.id, image.file_name.as_str(), image.width)).collect();
        assert_eq!(ids, [(&CocoId::Number(1), "a.tif", 120), (&CocoId::Number(2), "b.tif", 40)]);
        let names: Vec<_> = dataset.categories.iter().map(|category| category.name.as_str()).collect();
        assert_eq!(names, ["nucleus", "=cell, \"large\""]);
        let annotations: Vec<_> = dataset.annotations.iter().map(|annotation| annotation.id.clone()).collect();
        assert_eq!(annotations, (1..=first.len() as i64 + 1).map(CocoId::Number).collect::<Vec<_>>());
        for (index, annotation) in dataset.annotations.iter().enumerate() {
            let (objects, index) = if index < first.len() { (&first, index) } else { (&second, 0) };
            let masks = objects.masks.as_ref().unwrap();
            let rle = annotation.mask(objects.width, objects.height).unwrap().unwrap();
            assert_eq!(rle.to_cropped().unwrap(), (masks.rect(index), masks.pixels(index)), "{segmentation:?} {index}");
            assert_eq!((annotation.area, annotation.iscrowd), (masks.area(index) as f64, false));
            let has_polygons = matches!(annotation.segmentation, Some(CocoSegmentation::Polygons(_)));
            assert!(segmentation == CocoSegmentations::Polygons || !has_polygons);
        }
    }
}

#[test]
fn results_have_scores_and_the_ids_of_their_images() {
    let objects = reference_objects();
    let options = CocoOptions { kind: CocoKind::Results, image_id: Some(12), ..CocoOptions::default() };
    let json = written(&[findings(&objects)], options);
    let results = CocoResults::from_json(&json, &mut Warnings::default()).unwrap().0;
    assert_eq!(results.len(), objects.len());
    for (result, score) in results.iter().zip(&objects.scores) {
        assert_eq!((&result.image_id, result.score), (&CocoId::Number(12), f64::from(*score)));
    }
    let options: CocoOptions = serde_json::from_str(r#"{ "kind": "results", "imageId": 3 }"#).unwrap();
    assert_eq!((options.kind, options.image_id), (CocoKind::Results, Some(3)));
}

#[test]
fn a_network_without_masks_gives_boxes() {
    let dataset = read(&written(&[findings(&boxes_only())], CocoOptions::default()));
    let annotation = &dataset.annotations[0];
    assert_eq!((annotation.bbox, annotation.area, &annotation.segmentation), ([1.5, 2.0, 2.5, 6.0], 15.0, &None));
}

#[test]
fn classes_without_a_name_are_categories_too() {
    let objects = Objects { class_ids: vec![5], ..boxes_only() };
    let labels = ["background", "nucleus", "N/A"].map(String::from);
    let mut writer = CocoWriter::new(Vec::new(), CocoOptions::default(), &labels).unwrap();
    writer.add(&Findings { labels: &labels, ..findings(&objects) }).unwrap();
    let categories = read(&writer.finish().unwrap()).categories;
    let categories: Vec<_> = categories.iter().map(|category| (category.id, category.name.as_str())).collect();
    assert_eq!(categories, [(1, "nucleus"), (5, "?")]);
}

#[test]
fn images_may_have_sides_that_networks_do_not_take() {
    let wide = objects([20_000, 20_000], [filled(19_000, 19_500, 3, 2)]);
    let json = String::from_utf8(written(&[findings(&wide)], CocoOptions::default())).unwrap();
    assert!(json.contains(r#""size":[20000,20000]"#), "{json}");
    let huge = Objects { width: 1 << 17, height: 1 << 17, ..wide };
    let mut writer = CocoWriter::new(Vec::new(), CocoOptions::default(), &REFERENCE.labels).unwrap();
    let error = writer.add(&findings(&huge)).unwrap_err();
    assert!(error.code() == "invalid-input" && error.to_string().starts_with("object 1: "), "{error}");
}

#[test]
fn what_cannot_be_written_is_an_error() {
    assert_eq!(CocoWriter::new(Full, CocoOptions::default(), &[]).err().unwrap().code(), "io");
}
