//! GeoJSON.

use maskrcnn_web::export::{Findings, GeoJsonOptions, QuPathObject, write_geojson};
use maskrcnn_web::measure::Measures;
use maskrcnn_web::structures::{MaskCrops, Objects};
use serde_json::{Value, json};

use crate::{Full, boxes_only, filled, findings, objects};

fn features(image: &Findings<'_>, options: &GeoJsonOptions) -> Vec<Value> {
    let mut bytes = Vec::new();
    write_geojson(image, options, &mut bytes).unwrap();
    let mut collection: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(collection["type"], "FeatureCollection");
    serde_json::from_value(collection["features"].take()).unwrap()
}

#[test]
fn a_square_is_a_ring_of_its_corners() {
    let objects = objects([30, 30], [filled(4, 7, 10, 10)]);
    let measures = Measures::new(&objects, None, None).unwrap();
    let image = Findings { measures: Some(&measures), ..findings(&objects) };
    let feature = &features(&image, &GeoJsonOptions::default())[0];
    let ring = json!([[[14, 7], [14, 17], [4, 17], [4, 7], [14, 7]]]);
    assert_eq!(feature["geometry"], json!({ "type": "Polygon", "coordinates": ring }));
    let properties = &feature["properties"];
    assert_eq!((&properties["objectType"], &properties["name"]), (&json!("detection"), &json!("1")));
    assert_eq!(properties["classification"], json!({ "name": "nucleus", "color": [230, 159, 0] }));
    assert_eq!(
        (&properties["measurements"]["area_px2"], &properties["measurements"]["score"]),
        (&json!(100), &json!(1))
    );
    // JSON has no NaN: without another object there is no distance to it.
    assert!(properties["measurements"].get("nearest_neighbour_distance_px").is_none());
}

#[test]
fn options_choose_what_is_written() {
    let objects = objects([30, 30], [filled(4, 7, 10, 10)]);
    let measures = Measures::new(&objects, None, None).unwrap();
    let image = Findings { measures: Some(&measures), ..findings(&objects) };
    let options: GeoJsonOptions =
        serde_json::from_str(r#"{ "objectType": "annotation", "measurements": false }"#).unwrap();
    assert_eq!(options.object_type, QuPathObject::Annotation);
    let properties = &features(&image, &options)[0]["properties"];
    assert_eq!(
        (&properties["objectType"], &properties["measurements"]),
        (&json!("annotation"), &json!({ "score": 1 }))
    );
}

#[test]
fn a_box_without_a_mask_is_a_rectangle() {
    let feature = &features(&findings(&boxes_only()), &GeoJsonOptions::default())[0];
    let ring = json!([[[1.5, 2.0], [4.0, 2.0], [4.0, 8.0], [1.5, 8.0], [1.5, 2.0]]]);
    assert_eq!(feature["geometry"]["coordinates"], ring);
}

#[test]
fn an_image_without_objects_is_an_empty_collection() {
    let empty = Objects { width: 3, height: 2, masks: Some(MaskCrops::default()), ..Objects::default() };
    assert!(features(&findings(&empty), &GeoJsonOptions::default()).is_empty());
    let error = write_geojson(&findings(&empty), &GeoJsonOptions::default(), &mut Full).unwrap_err();
    assert_eq!(error.code(), "io");
}
