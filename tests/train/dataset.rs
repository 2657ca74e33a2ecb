//! Data sets in COCO's format, as they are shown to a training.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use maskrcnn_web::Error;
use maskrcnn_web::coco::Warnings;
use maskrcnn_web::structures::{BoundingBox, MaskRect};
use maskrcnn_web::train::{CategoryIds, Dataset, LabelledClasses};
use serde_json::{Value, json};

use crate::fixtures::{folder, of_kinds, write};

/// An image of 10×8 pixels with these annotations, of categories 3 and 7.
fn with_annotations(annotations: Value) -> Value {
    json!({
        "images": [{ "id": 5, "file_name": "a.png", "width": 10, "height": 8 }],
        "annotations": annotations,
        "categories": [{ "id": 7, "name": "seven" }, { "id": 3, "name": "three" }],
    })
}

fn open(json: &Path) -> Dataset {
    Dataset::open(json, None, CategoryIds::Contiguous, &mut Warnings::default()).unwrap()
}

#[track_caller]
fn refuses(json: &Path, ids: CategoryIds, part: &str) {
    let error = Dataset::open(json, None, ids, &mut Warnings::default()).unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)) && error.to_string().contains(part), "{error}");
}

#[test]
fn masks_boxes_and_crowds_become_a_sample() {
    let json = with_annotations(json!([
        // Down column 2: rows 1 and 2; column 3: row 1.
        { "id": 1, "image_id": 5, "category_id": 7, "iscrowd": 0, "area": 3, "bbox": [0, 0, 1, 1],
          "segmentation": { "size": [8, 10], "counts": [17, 2, 6, 1, 54] } },
        { "id": 2, "image_id": 5, "category_id": 3, "iscrowd": 0, "area": 12, "bbox": [4, 3, 4, 3],
          "segmentation": [[4, 3, 8, 3, 8, 6, 4, 6]] },
        { "id": 3, "image_id": 5, "category_id": 3, "iscrowd": 0, "area": 4, "bbox": [7.5, 6.5, 4, 1] },
        { "id": 4, "image_id": 5, "category_id": 7, "iscrowd": 1, "area": 80, "bbox": [-1, 2, 5, 3],
          "segmentation": { "size": [8, 10], "counts": [0, 80] } },
        // Nothing of these is in the image.
        { "id": 5, "image_id": 5, "category_id": 3, "iscrowd": 0, "area": 0, "bbox": [1, 1, 1, 1],
          "segmentation": { "size": [8, 10], "counts": [80] } },
        { "id": 6, "image_id": 5, "category_id": 3, "iscrowd": 0, "area": 0, "bbox": [1, 1, 0, 4] },
    ]));
    let dataset = open(&write(&folder("sample"), &json));
    assert_eq!((dataset.len(), dataset.num_classes(), dataset.kind(0)), (1, 3, None));
    assert_eq!(dataset.labels(), ["background", "three", "seven"]);

    let sample = dataset.sample(0).unwrap();
    assert_eq!((sample.image.width(), sample.image.height()), (10, 8));
    let boxes = |x1, y1, x2, y2| BoundingBox { x1, y1, x2, y2 };
    let [rle, polygon, no_mask] = &sample.objects[..] else { panic!("{:?}", sample.objects) };
    assert_eq!((rle.class_id, rle.bounding_box), (2, boxes(2.0, 1.0, 4.0, 3.0)));
    let mask = rle.mask.as_ref().unwrap();
    assert_eq!((mask.part, &mask.pixels[..]), (MaskRect { x: 2, y: 1, width: 2, height: 2 }, &[1, 1, 1, 0][..]));
    assert_eq!((polygon.class_id, polygon.bounding_box), (1, boxes(4.0, 3.0, 8.0, 6.0)));
    assert_eq!(polygon.mask.as_ref().unwrap().area(), 12);
    assert_eq!((no_mask.bounding_box, &no_mask.mask), (boxes(7.5, 6.5, 10.0, 7.5), &None));
    assert_eq!(sample.ignored, [boxes(0.0, 2.0, 4.0, 5.0)]);
}

#[test]
fn ids_can_be_classes_as_they_are() {
    let path = write(&folder("ids"), &with_annotations(json!([])));
    let dataset = Dataset::open(&path, None, CategoryIds::AsTheyAre, &mut Warnings::default()).unwrap();
    assert_eq!(dataset.num_classes(), 8);
    assert_eq!((&dataset.labels()[3][..], &dataset.labels()[7][..]), ("three", "seven"));
    assert_eq!((dataset.classes().class(7), dataset.classes().category(3)), (Some(7), Some(3)));
    assert!(dataset.sample(0).unwrap().objects.is_empty());
}

#[test]
fn the_pictures_can_be_in_another_folder() {
    let folder = folder("elsewhere");
    let path = write(&folder, &of_kinds(&["a", "b"]));
    let elsewhere = folder.join("elsewhere");
    fs::rename(folder.join("data"), &elsewhere).unwrap();
    assert!(matches!(
        Dataset::open(&path, None, CategoryIds::Contiguous, &mut Warnings::default()),
        Err(Error::Io { .. })
    ));
    let dataset = Dataset::open(&path, Some(&elsewhere), CategoryIds::Contiguous, &mut Warnings::default()).unwrap();
    assert_eq!(dataset.sample(1).unwrap().objects.len(), 1);
    assert_eq!(dataset.kind(1), Some("b"));
}

#[test]
fn as_much_is_kept_in_memory_as_is_allowed() {
    let path = write(&folder("cache"), &of_kinds(&["a"; 3]));
    let kept = |dataset: &Dataset, index| Arc::ptr_eq(&dataset.sample(index).unwrap(), &dataset.sample(index).unwrap());
    let dataset = open(&path);
    assert!((0..3).all(|index| kept(&dataset, index)));
    // Room for one image of 16×12 pixels, four bytes each, and its object, but not for two.
    let dataset = open(&path).with_cache_bytes(1300);
    assert_eq!([0, 1, 2].map(|index| kept(&dataset, index)), [true, false, false]);
    assert_eq!(dataset.sample(2).unwrap(), open(&path).sample(2).unwrap());
    assert!(!kept(&open(&path).with_cache_bytes(0), 0));
}

#[test]
fn broken_data_says_where() {
    let folder = folder("broken");
    let path = write(&folder, &of_kinds(&["a", "b"]));

    let dataset = open(&path);
    fs::write(folder.join("data/1.png"), b"no picture").unwrap();
    let error = dataset.sample(1).unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)) && error.to_string().contains("1.png"), "{error}");
    image::RgbImage::new(15, 12).save(folder.join("data/1.png")).unwrap();
    let error = dataset.sample(1).unwrap_err().to_string();
    assert!(error.contains("1.png") && error.contains("15×12") && error.contains("16×12"), "{error}");
    fs::remove_file(folder.join("data/1.png")).unwrap();
    assert!(matches!(dataset.sample(1), Err(Error::Io { path, .. }) if path.ends_with("1.png")));
    assert!(matches!(dataset.sample(2), Err(Error::InvalidInput(_))));
    assert!(matches!(
        Dataset::open(&path, None, CategoryIds::Contiguous, &mut Warnings::default()),
        Err(Error::Io { path, .. }) if path.ends_with("1.png")
    ));

    fs::write(&path, "{}").unwrap();
    refuses(&path, CategoryIds::Contiguous, "data.json");
    let empty = json!({ "images": [], "annotations": [], "categories": [] });
    refuses(&write(&folder, &empty), CategoryIds::Contiguous, "no images");
    let mut data = of_kinds(&["a"]);
    data["categories"] = json!([]);
    data["annotations"] = json!([]);
    refuses(&write(&folder, &data), CategoryIds::Contiguous, "no categories");
    for id in [0, 1_000_000_000_000u64] {
        data["categories"] = json!([{ "id": id, "name": "thing" }]);
        refuses(&write(&folder, &data), CategoryIds::AsTheyAre, &id.to_string());
    }
    let mut data = of_kinds(&["a"]);
    data["annotations"][0]["segmentation"]["counts"] = json!([3, 4]);
    refuses(&write(&folder, &data), CategoryIds::Contiguous, "annotation 1");
}

#[test]
fn images_say_which_categories_are_labelled() {
    let mut json = with_annotations(json!([]));
    let labelled = |json: &Value| open(&write(&folder("labelled"), json)).sample(0).unwrap().labelled.clone();
    assert_eq!(labelled(&json), LabelledClasses::All);
    json["images"][0]["labelled_categories"] = json!([7]);
    assert_eq!(labelled(&json), LabelledClasses::Only(vec![2]));
    json["images"][0]["labelled_categories"] = json!([]);
    assert_eq!(labelled(&json), LabelledClasses::Only(vec![]));
    json["images"][0]["labelled_categories"] = json!([7, 3]);
    assert_eq!(labelled(&json), LabelledClasses::All);

    json["images"][0]["labelled_categories"] = json!([4]);
    refuses(&write(&folder("labelled"), &json), CategoryIds::Contiguous, "category 4 among its labelled_categories");
    json["images"][0]["labelled_categories"] = json!("all");
    refuses(&write(&folder("labelled"), &json), CategoryIds::Contiguous, "give a list of categories' ids");
}
