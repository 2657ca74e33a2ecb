use maskrcnn_web::coco::{CocoCounts, CocoDataset, CocoSegmentation};
use serde_json::{Value, json};

/// A data set of one picture of 4×3 pixels with one object.
fn one_object() -> Value {
    json!({
        "info": {"year": 2018},
        "images": [{"id": 7, "file_name": "a.png", "width": 4, "height": 3, "kind": "stained", "license": 1}],
        "annotations": [{
            "id": 5, "image_id": 7, "category_id": 2, "bbox": [1.0, 0.0, 2.0, 3.0], "area": 6, "iscrowd": 0,
            "segmentation": {"size": [3, 4], "counts": [3, 6, 3]},
        }],
        "categories": [{"id": 2, "name": "nucleus", "supercategory": "cell"}],
    })
}

fn read(value: &Value) -> maskrcnn_web::Result<CocoDataset> {
    CocoDataset::from_json(value.to_string().as_bytes())
}

#[track_caller]
fn refuses(value: &Value, why: &str) {
    let error = read(value).unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn a_data_set_is_read_and_written() {
    let dataset = read(&one_object()).unwrap();
    assert_eq!(dataset.images[0].kind.as_deref(), Some("stained"));
    let annotation = &dataset.annotations[0];
    assert!(!annotation.iscrowd);
    let mask = annotation.mask(4, 3).unwrap().unwrap();
    assert_eq!(mask.to_mask(), [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
    assert_eq!(CocoDataset::from_json(&dataset.to_json()).unwrap(), dataset);
    assert_eq!(dataset.by_image()[&7], [annotation]);
}

#[test]
fn masks_come_in_three_ways_or_not_at_all() {
    let mut value = one_object();
    let expected = read(&value).unwrap().annotations[0].mask(4, 3).unwrap();
    for segmentation in [json!({"size": [3, 4], "counts": "363"}), json!([[1.0, 0.0, 3.0, 0.0, 3.0, 3.0, 1.0, 3.0]])] {
        value["annotations"][0]["segmentation"] = segmentation;
        assert_eq!(read(&value).unwrap().annotations[0].mask(4, 3).unwrap(), expected);
    }
    for segmentation in [json!(null), json!([])] {
        value["annotations"][0]["segmentation"] = segmentation;
        assert_eq!(read(&value).unwrap().annotations[0].mask(4, 3).unwrap(), None);
    }
}

#[test]
fn masks_are_written_compressed() {
    let mask = read(&one_object()).unwrap().annotations[0].mask(4, 3).unwrap().unwrap();
    let expected = CocoSegmentation::Rle { size: [3, 4], counts: CocoCounts::Compressed("363".into()) };
    assert_eq!(CocoSegmentation::from(&mask), expected);
}

#[test]
fn crowds_are_flags_or_numbers_or_left_out() {
    for (flag, crowd) in [(json!(1), true), (json!(true), true), (json!(0), false), (json!(false), false)] {
        let mut value = one_object();
        value["annotations"][0]["iscrowd"] = flag;
        assert_eq!(read(&value).unwrap().annotations[0].iscrowd, crowd);
    }
    let mut value = one_object();
    value["annotations"][0].as_object_mut().unwrap().remove("iscrowd");
    assert!(!read(&value).unwrap().annotations[0].iscrowd);
}

#[test]
fn what_does_not_fit_together_is_refused_by_name() {
    for (field, wrong, why) in [
        ("image_id", json!(8), "annotation 5: there is no image 8"),
        ("category_id", json!(1), "annotation 5: there is no category 1"),
        ("bbox", json!([0.0, 0.0, -1.0, 2.0]), "annotation 5: its bbox"),
        ("area", json!(-1), "annotation 5: its area is -1"),
        ("segmentation", json!({"size": [3, 4], "counts": [3, 6, 4]}), "annotation 5: the runs hold 13 pixels"),
        ("segmentation", json!({"size": [3, 4], "counts": "36"}), "annotation 5: the runs hold 9 pixels"),
        ("segmentation", json!({"size": [4, 3], "counts": "363"}), "annotation 5: its mask is of 3×4 pixels"),
        ("segmentation", json!([[1.0, 2.0, 3.0, 4.0]]), "annotation 5: a polygon has 4 numbers"),
        ("segmentation", json!([[1.0, 2.0, 3.0, 4.0, 1e9, 1.0]]), "annotation 5: a polygon's corner lies at"),
        ("id", json!("five"), "not a data set in COCO's format"),
    ] {
        let mut value = one_object();
        value["annotations"][0][field] = wrong;
        refuses(&value, why);
    }
    for (list, why) in [
        ("images", "two images have the id 7"),
        ("annotations", "two annotations have the id 5"),
        ("categories", "two categories have the id 2"),
    ] {
        let mut value = one_object();
        let twin = value[list][0].clone();
        value[list].as_array_mut().unwrap().push(twin);
        refuses(&value, why);
    }
    let mut value = one_object();
    value["images"][0]["width"] = json!(0);
    refuses(&value, "image 7: it has 0×3 pixels");
}

#[test]
fn files_are_named_in_errors() {
    let missing = std::path::Path::new("no/such/file.json");
    let error = CocoDataset::read(missing).unwrap_err();
    assert_eq!(error.code(), "io");
    assert!(error.to_string().starts_with("no/such/file.json"), "{error}");
}
