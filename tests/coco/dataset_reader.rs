//! What exporters write that COCO does not: how it is read, and what is said about it.

use maskrcnn_web::coco::{CocoDataset, CocoId, CocoSegmentation, WarningKind, Warnings};
use serde_json::{Value, json};

/// An image of 10×8 pixels with these annotations of the category 1.
fn with_annotations(annotations: Value) -> Value {
    json!({
        "images": [{"id": 7, "file_name": "a.png", "width": 10, "height": 8}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cell"}],
    })
}

#[track_caller]
fn read(value: &Value) -> (CocoDataset, Warnings) {
    let mut warnings = Warnings::default();
    let dataset = CocoDataset::from_json(value.to_string().as_bytes(), &mut warnings).unwrap();
    (dataset, warnings)
}

#[track_caller]
fn warns(warnings: &Warnings, kind: WarningKind, count: usize, example: &str) {
    let warning = warnings.get(kind).unwrap_or_else(|| panic!("{warnings:?}"));
    assert_eq!((warning.count, &warning.example[..]), (count, example));
    assert!(warning.to_string().ends_with(&format!(": {count}, first: {example}")), "{warning}");
}

const SQUARE: [f64; 8] = [1.0, 1.0, 4.0, 1.0, 4.0, 3.0, 1.0, 3.0];

#[test]
fn what_is_missing_comes_from_the_mask() {
    let (dataset, warnings) = read(&with_annotations(json!([
        {"id": 9, "image_id": 7, "category_id": 1, "segmentation": [SQUARE]},
        {"image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 3], "area": null},
        {"id": 4, "image_id": 7, "category_id": 1, "bbox": [0, 0, -2, 3], "area": -5, "segmentation": [SQUARE]},
        {"id": 5, "image_id": 7, "category_id": 1, "bbox": [0, null, 2, 3], "area": 6},
        {"id": 6, "image_id": 7, "category_id": 1, "area": 6, "segmentation": null},
    ])));
    let found: Vec<_> =
        dataset.annotations.iter().map(|a| (a.id.clone(), a.bbox, a.area, a.segmentation.is_some())).collect();
    let square = [1.0, 1.0, 3.0, 2.0];
    assert_eq!(
        found,
        [(9.into(), square, 6.0, true), (10.into(), [0.0, 0.0, 2.0, 3.0], 6.0, false), (4.into(), square, 6.0, true),]
    );
    warns(&warnings, WarningKind::MissingBox, 1, "annotation 9 (image 7, a.png)");
    warns(&warnings, WarningKind::MissingId, 1, "annotation 1 of the list (image 7, a.png)");
    warns(&warnings, WarningKind::MissingArea, 3, "annotation 9 (image 7, a.png): its area is null");
    warns(&warnings, WarningKind::InvalidBox, 2, "annotation 4 (image 7, a.png): its bbox is [0,0,-2,3]");
    warns(&warnings, WarningKind::NoExtent, 2, "annotation 5 (image 7, a.png)");
    warns(&warnings, WarningKind::BoxOnly, 1, "annotation 10");
    let error = warnings.refuse().unwrap_err();
    assert!(error.code() == "invalid-input" && error.to_string().contains("annotation 4"), "{error}");
    assert!(Warnings::default().refuse().is_ok());
}

#[test]
fn polygons_come_in_several_forms() {
    let whole = json!([SQUARE]);
    let expected = CocoSegmentation::Polygons(vec![SQUARE.to_vec()]);
    let points = json!([[1, 1], [4, 1], [4, 3], [1, 3]]);
    for (segmentation, warning) in [
        (whole, None),
        (json!(SQUARE), None),
        (points.clone(), None),
        (json!([points]), None),
        (json!([SQUARE.map(|value| value.to_string())]), None),
        (json!([SQUARE, [1, 2, 3, 4]]), Some(WarningKind::ShortPolygon)),
        (json!([SQUARE, []]), Some(WarningKind::ShortPolygon)),
        (json!([SQUARE, [1, 2, 3, null, 5, 6]]), Some(WarningKind::InvalidPolygon)),
        (json!([SQUARE, [1, 2, 3, 1e9, 5, 6]]), Some(WarningKind::InvalidPolygon)),
        (json!([[1, 1, 4, 1, 4, 3, 1, 3, 9]]), Some(WarningKind::OddPolygon)),
    ] {
        let annotation = json!({"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 3, 2], "area": 6,
                                "segmentation": segmentation});
        let (dataset, warnings) = read(&with_annotations(json!([annotation])));
        assert_eq!(dataset.annotations[0].segmentation.as_ref(), Some(&expected), "{segmentation}");
        let kinds: Vec<_> = warnings.iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, Vec::from_iter(warning), "{segmentation}");
    }
    // One without any polygon that is one has a box only.
    let stray = json!({"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 3, 2], "area": 6,
                       "segmentation": [[1, 2, 3, 4]]});
    let (dataset, warnings) = read(&with_annotations(json!([stray])));
    assert_eq!(dataset.annotations[0].segmentation, None);
    warns(&warnings, WarningKind::ShortPolygon, 1, "annotation 1 (image 7, a.png), with 2 corners");
}

#[test]
fn run_lengths_come_in_several_forms() {
    let mask = |segmentation: Value| {
        let annotation = json!({"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 3, 2], "area": 6,
                                "segmentation": segmentation});
        let (dataset, warnings) = read(&with_annotations(json!([annotation])));
        assert!(warnings.is_empty(), "{warnings:?}");
        dataset.annotations[0].mask(10, 8).unwrap().unwrap()
    };
    let first = json!({"size": [8, 10], "counts": [0, 3, 77]});
    let second = json!({"size": [8.0, "10"], "counts": [2.0, 3, "75"]});
    assert_eq!(mask(first.clone()).counts(), [0, 3, 77]);
    assert_eq!(mask(second.clone()).counts(), [2, 3, 75]);
    assert_eq!(mask(json!([first.clone()])).counts(), [0, 3, 77]);
    assert_eq!(mask(json!([first, second])).counts(), [0, 5, 75], "the union");
}

#[test]
fn ids_and_flags_come_in_several_forms() {
    for (id, written) in
        [(json!(7.0), json!(7)), (json!("7"), json!(7)), (json!(7), json!("7")), (json!("a"), json!(7))]
    {
        for (crowd, expected) in [
            (json!(0.0), false),
            (json!("0"), false),
            (json!(null), false),
            (json!("false"), false),
            (json!(true), true),
            (json!("1"), true),
            (json!(1.0), true),
        ] {
            let mut value = with_annotations(json!([
                {"id": "x-1", "image_id": id, "category_id": "1", "bbox": ["0", 0, 2, 3], "area": "6", "iscrowd": crowd}
            ]));
            value["images"][0]["id"] = written.clone();
            let (dataset, warnings) = read(&value);
            let annotation = &dataset.annotations[0];
            assert_eq!((&annotation.id, annotation.iscrowd, annotation.category_id), (&"x-1".into(), expected, 1));
            // As the image has it, so that they can be compared.
            assert_eq!(annotation.image_id, dataset.images[0].id);
            assert!(warnings.is_empty(), "{warnings:?}");
        }
    }
    let big = u64::MAX;
    let mut value = with_annotations(json!([]));
    value["images"][0]["id"] = json!(big);
    assert_eq!(read(&value).0.images[0].id, CocoId::from(big));
}

#[test]
fn lists_can_be_objects() {
    let mut value = with_annotations(json!({
        "12": {"image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 3], "area": 6},
        "x": {"image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 3], "area": 6},
        "13": {"id": 3, "image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 3], "area": 6},
    }));
    value["images"] = json!({"7": {"file_name": "a.png", "width": "10", "height": 8.0}});
    value["categories"] = json!({"1": {"name": "cell"}});
    let (dataset, warnings) = read(&value);
    assert!(warnings.is_empty(), "{warnings:?}");
    let ids: Vec<_> = dataset.annotations.iter().map(|annotation| annotation.id.clone()).collect();
    assert_eq!(ids, [12.into(), 3.into(), "x".into()]);
    assert_eq!((&dataset.images[0].id, dataset.images[0].width), (&7.into(), 10));
}

#[test]
fn images_need_no_annotations() {
    for annotations in [None, Some(json!(null)), Some(json!([]))] {
        let mut value = with_annotations(json!([]));
        match annotations {
            Some(annotations) => value["annotations"] = annotations,
            None => drop(value.as_object_mut().unwrap().remove("annotations")),
        }
        let (dataset, warnings) = read(&value);
        assert_eq!((dataset.images.len(), dataset.annotations.len()), (1, 0));
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}

#[test]
fn what_belongs_to_nothing_is_left_out() {
    let annotation = |id: u64, image: Value, category: Value| json!({"id": id, "image_id": image, "category_id": category, "bbox": [0, 0, 2, 3], "area": 6});
    let mut value = with_annotations(json!([
        annotation(1, json!(7), json!(1)),
        annotation(2, json!(8), json!(1)),
        annotation(3, json!(null), json!(1)),
        annotation(4, json!(7), json!(2)),
        annotation(5, json!(7), json!(null)),
        annotation(1, json!(7), json!(1)),
    ]));
    value["images"].as_array_mut().unwrap().push(json!({"id": 7, "file_name": "a.png", "width": 10, "height": 8}));
    value["categories"].as_array_mut().unwrap().push(json!({"id": 1, "name": "cell"}));
    let (dataset, warnings) = read(&value);
    assert_eq!((dataset.images.len(), dataset.annotations.len(), dataset.categories.len()), (1, 2, 1));
    warns(&warnings, WarningKind::UnlistedImage, 2, "annotation 2: its image_id is 8");
    warns(&warnings, WarningKind::UnlistedCategory, 2, "annotation 4 (image 7, a.png): its category_id is 2");
    warns(&warnings, WarningKind::DuplicateAnnotation, 1, "annotation 1 (image 7, a.png)");
    warns(&warnings, WarningKind::DuplicateImage, 1, "image 7 (a.png)");
    warns(&warnings, WarningKind::DuplicateCategory, 1, "category 1, cell");
}

#[test]
fn sizes_come_from_masks_and_pictures() {
    let annotation = json!({"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 3], "area": 6,
                            "segmentation": {"size": [8, 10], "counts": [80]}});
    let mut value = with_annotations(json!([annotation]));
    let image = |id: u64| json!({"id": id, "file_name": format!("{id}.png"), "width": 0});
    value["images"] = json!([image(1), image(2), image(3)]);
    let size_of = |name: &str| match name {
        "2.png" => Ok((6, 5)),
        _ => Err(maskrcnn_web::Error::InvalidInput(format!("{name} is missing"))),
    };
    let mut warnings = Warnings::default();
    let dataset = CocoDataset::from_json_with(value.to_string().as_bytes(), &mut warnings, size_of).unwrap();
    let sizes: Vec<_> = dataset.images.iter().map(|image| (image.width, image.height)).collect();
    assert_eq!(sizes, [(10, 8), (6, 5)]);
    warns(&warnings, WarningKind::UnreadablePicture, 1, "image 3 (3.png): 3.png is missing");

    value["images"] = json!([image(3)]);
    let error = CocoDataset::from_json(value.to_string().as_bytes(), &mut warnings).unwrap_err().to_string();
    assert!(error.contains("image 3 (3.png): it has no width and height; add width and height"), "{error}");
}

#[test]
fn a_byte_order_mark_and_what_python_writes_for_nan_are_read() {
    let json = with_annotations(json!([
        {"id": "a\\\"NaN", "image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 3], "area": "HERE"}
    ]));
    for written in ["NaN", "Infinity", "-Infinity", " NaN "] {
        let text = format!("\u{feff}{}", json.to_string().replace("\"HERE\"", written));
        let mut warnings = Warnings::default();
        let dataset = CocoDataset::from_json(text.as_bytes(), &mut warnings).unwrap();
        assert_eq!((&dataset.annotations[0].id, dataset.annotations[0].area), (&"a\\\"NaN".into(), 6.0));
        warns(&warnings, WarningKind::MissingArea, 1, "annotation \"a\\\\\\\"NaN\" (image 7, a.png): its area is null");
    }
}
