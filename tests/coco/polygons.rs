use maskrcnn_web::coco::CocoSegmentation;
use serde_json::Value;

#[test]
fn polygons_are_rasterised_as_pycocotools_does() {
    let fixture: Value = serde_json::from_str(include_str!("../reference/coco_eval.json")).unwrap();
    let cases = fixture["polygons"].as_array().unwrap();
    assert!(cases.len() >= 50);
    for case in cases {
        let side = |name: &str| case[name].as_u64().unwrap() as usize;
        let polygons: Vec<Vec<f64>> = serde_json::from_value(case["polygons"].clone()).unwrap();
        let mask = CocoSegmentation::Polygons(polygons).to_rle(side("width"), side("height")).unwrap().unwrap();
        assert_eq!(mask.to_compressed(), case["counts"].as_str().unwrap(), "{case}");
    }
}
