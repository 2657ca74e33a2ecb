use maskrcnn_web::coco::{CocoCounts, CocoDataset, CocoId, CocoSegmentation, Warnings};
use serde_json::{Value, json};

/// A data set of one image of 4×3 pixels with one object.
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

/// Reads a data set about which there is nothing to warn.
fn read(value: &Value) -> maskrcnn_web::Result<CocoDataset> {
    let mut warnings = Warnings::default();
    let dataset = CocoDataset::from_json(value.to_string().as_bytes(), &mut warnings)?;
    assert_eq!(warnings, Warnings::default());
    Ok(dataset)
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
    assert_eq!(CocoDataset::from_json(&dataset.to_json(), &mut Warnings::default()).unwrap(), dataset);
    assert_eq!(dataset.by_image()[&CocoId::Number(7)], [annotation]);
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
        ("iscrowd", json!("maybe"), "annotation 5 (image 7, a.png): its iscrowd is \"maybe\""),
        ("segmentation", json!({"size": [3, 4], "counts": [3, 6, 4]}), "a.png): the runs hold 13 pixels"),
        (
            "segmentation",
            json!({"size": [3, 4], "counts": "36"}),
            "annotation 5 (image 7, a.png): the runs hold 9 pixels",
        ),
        ("segmentation", json!({"size": [4, 3], "counts": "363"}), "its mask has 3×4 pixels, the image has 4×3"),
        ("segmentation", json!({"size": [4, 3], "counts": "363"}), "`size` must be [height, width]"),
        ("segmentation", json!({"counts": "363"}), "annotation 5 (image 7, a.png): its mask has no `size"),
        ("segmentation", json!({"size": [3, 4]}), "its mask has no `counts`"),
        ("segmentation", json!({"size": [3, 4], "counts": [3, -6, 15]}), "its mask has no `counts`"),
        ("segmentation", json!("363"), "annotation 5 (image 7, a.png): its segmentation is \"363\""),
        ("segmentation", json!([[1, 1, 2, 2, 3, 3], 4]), "its segmentation is [[1,1,2,2,3,3],4]"),
    ] {
        let mut value = one_object();
        value["annotations"][0][field] = wrong;
        refuses(&value, why);
    }
    for (list, other, why) in [
        (
            "images",
            json!({"id": 7, "file_name": "b.png", "width": 4, "height": 3}),
            "two images have the id 7: a.png and b.png",
        ),
        (
            "images",
            json!({"file_name": "b.png", "width": 4, "height": 3}),
            "image 1 of the list, b.png, has the id null",
        ),
        (
            "images",
            json!({"id": 8, "file_name": "b.png", "width": 99999, "height": 3}),
            "image 8 (b.png): it has 99999×3",
        ),
        ("categories", json!({"id": 2, "name": "cell"}), "two categories have the id 2: nucleus and cell"),
        ("categories", json!({"id": -1, "name": "cell"}), "category 1 of the list has the id -1"),
        ("annotations", json!(5), "an annotation: an object"),
    ] {
        let mut value = one_object();
        value[list].as_array_mut().unwrap().push(other);
        refuses(&value, why);
    }
}

#[test]
fn other_json_is_refused_with_what_it_is() {
    let mut without_categories = one_object();
    without_categories.as_object_mut().unwrap().remove("categories");
    let mut of_other_images = one_object();
    of_other_images["annotations"][0]["image_id"] = json!(8);
    for (value, why) in [
        (json!([]), "this is a list, as COCO's results are"),
        (json!({"shapes": []}), "it has no `images`"),
        (json!({"images": 5}), "a list of objects"),
        (without_categories, "no `categories`"),
        (of_other_images, "none of its 1 annotations can be used; the first: annotation 5: its image_id is 8"),
    ] {
        refuses(&value, why);
    }
    let utf16: Vec<u8> = "{\"images\": []}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe][..], &utf16].concat();
    for (bytes, why) in
        [(utf16, "UTF-16"), (with_mark, "UTF-16"), (b"{\"images\": \"\xff\"}".to_vec(), "not UTF-8 (byte 12)")]
    {
        let error = CocoDataset::from_json(&bytes, &mut Warnings::default()).unwrap_err();
        assert!(error.code() == "invalid-input" && error.to_string().contains(why), "{error}");
    }
}

#[test]
fn files_are_named_in_errors() {
    let missing = std::path::Path::new("no/such/file.json");
    let error = CocoDataset::read(missing, &mut Warnings::default()).unwrap_err();
    assert_eq!(error.code(), "io");
    assert!(error.to_string().starts_with("no/such/file.json"), "{error}");
}
