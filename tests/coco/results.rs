use maskrcnn_web::coco::{ClassMap, CocoCategory, CocoResults, Warnings};
use maskrcnn_web::structures::{BoundingBox, Detection, Detections, Mask};

#[test]
fn detections_become_results_and_json() {
    let classes = ClassMap::contiguous(&[CocoCategory { id: 17, name: "cat".into(), supercategory: None }]);
    let mask = Mask { size: 2, probabilities: vec![1.0; 4], aligned: false };
    let item = |class_id, mask| Detection {
        bounding_box: BoundingBox { x1: 2.0, y1: 1.0, x2: 5.0, y2: 3.0 },
        class_id,
        score: 0.75,
        mask,
    };
    let items = vec![item(1, Some(mask)), item(1, None), item(2, None)];
    let detections = Detections { width: 8, height: 6, items };
    let mut results = CocoResults::default();
    results.add(&3.into(), &detections, &classes).unwrap();

    assert_eq!(results.0.len(), 2, "class 2 has no category");
    let result = &results.0[0];
    assert_eq!((&result.image_id, result.category_id, result.score), (&3.into(), 17, 0.75));
    assert_eq!(result.bbox, [2.0, 1.0, 3.0, 2.0]);
    let rle = result.segmentation.as_ref().unwrap().to_rle(8, 6).unwrap().unwrap();
    let bounds = rle.bounding_box().unwrap();
    assert!(bounds.iou(&detections.items[0].bounding_box) > 0.3, "{bounds:?}");

    let json = results.to_json();
    assert_eq!(CocoResults::from_json(&json, &mut Warnings::default()).unwrap(), results);
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(value[0]["segmentation"]["size"], serde_json::json!([6, 8]));
    assert!(value[0]["segmentation"]["counts"].is_string());
    assert!(value[1].get("segmentation").is_none());
}

#[test]
fn malformed_results_are_refused() {
    let box_of = |sides: &str, score: &str| {
        format!(r#"[{{"image_id": 1, "category_id": 1, "bbox": {sides}, "score": {score}}}]"#)
    };
    for (json, why) in [
        ("{}".to_owned(), "these are not results in COCO's format"),
        ("[5]".to_owned(), "a result: an object"),
        (box_of("[0, 0, -1, 2]", "0.5"), "result 0 (image 1): its bbox is [0,0,-1,2]"),
        (box_of("[0, 0, 1]", "0.5"), "result 0 (image 1): its bbox is [0,0,1]"),
        (box_of("null", "0.5"), "result 0 (image 1): its bbox is null"),
        (box_of("[0, 0, 1, 2]", "null"), "result 0 (image 1): its score is null"),
        (box_of("[0, 0, 1, 2]", "NaN"), "result 0 (image 1): its score is null"),
        (box_of("[0, 0, 1, 2]", "0.5").replace("image_id", "image"), "result 0: its image_id is null"),
        (box_of("[0, 0, 1, 2]", "0.5").replace("category_id", "label"), "result 0 (image 1): its category_id is null"),
    ] {
        let error = CocoResults::from_json(json.as_bytes(), &mut Warnings::default()).unwrap_err();
        assert!(error.code() == "invalid-input" && error.to_string().contains(why), "{error}");
    }
}

/// What `toCoco({ imageId: 'a.png' })` of the npm package writes.
#[test]
fn ids_can_be_file_names_and_boxes_come_from_masks() {
    let json = r#"[{"image_id": "a.png", "category_id": "1", "score": "0.5",
                    "segmentation": {"size": [3, 4], "counts": "363"}},
                   {"image_id": 17.0, "category_id": 1.0, "bbox": [], "score": 1,
                    "segmentation": [[1, 0, 3.5, 0, 3.5, 2]]}]"#;
    let mut warnings = Warnings::default();
    let results = CocoResults::from_json(json.as_bytes(), &mut warnings).unwrap().0;
    assert_eq!((&results[0].image_id, &results[1].image_id), (&"a.png".into(), &17.into()));
    assert_eq!((results[0].bbox, results[0].score), ([1.0, 0.0, 2.0, 3.0], 0.5));
    assert_eq!((results[1].bbox, results[1].category_id), ([1.0, 0.0, 2.5, 2.0], 1));
    assert_eq!(warnings, Warnings::default());
}
