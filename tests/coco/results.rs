use maskrcnn_web::coco::{ClassMap, CocoCategory, CocoResults};
use maskrcnn_web::structures::{BoundingBox, Detection, Detections, Mask};

#[test]
fn detections_become_results_and_json() {
    let classes = ClassMap::contiguous(&[CocoCategory { id: 17, name: "cat".into() }]);
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
    results.add(3, &detections, &classes).unwrap();

    assert_eq!(results.0.len(), 2, "class 2 has no category");
    let result = &results.0[0];
    assert_eq!((result.image_id, result.category_id, result.score), (3, 17, 0.75));
    assert_eq!(result.bbox, [2.0, 1.0, 3.0, 2.0]);
    let rle = result.segmentation.as_ref().unwrap().to_rle(8, 6).unwrap().unwrap();
    let bounds = rle.bounding_box().unwrap();
    assert!(bounds.iou(&detections.items[0].bounding_box) > 0.3, "{bounds:?}");

    let json = results.to_json();
    assert_eq!(CocoResults::from_json(&json).unwrap(), results);
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
        ("{}".to_owned(), "no results in COCO's format"),
        (box_of("[0, 0, -1, 2]", "0.5"), "result 0: its bbox"),
        (box_of("[0, 0, 1]", "0.5"), "no results in COCO's format"),
    ] {
        let error = CocoResults::from_json(json.as_bytes()).unwrap_err();
        assert!(error.code() == "invalid-input" && error.to_string().contains(why), "{error}");
    }
}
