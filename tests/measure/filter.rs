//! Filters.

use maskrcnn_web::Result;
use maskrcnn_web::measure::{Condition, Measures, ObjectFilter};
use serde_json::{Value, json};

use crate::{filled, objects};

/// Which of a square of 100 pixels, a bar of 40, a pixel and an object at the edge stay; classes 1, 2, 1, 2.
fn indices(filter: Value, conditions: &[&str]) -> Result<Vec<usize>> {
    let masks = [filled(4, 7, 10, 10), filled(3, 25, 20, 2), filled(25, 20, 1, 1), filled(25, 10, 5, 5)];
    let mut objects = objects([30, 30], masks);
    objects.class_ids = vec![1, 2, 1, 2];
    let mut filter: ObjectFilter = serde_json::from_value(filter).unwrap();
    filter.conditions = conditions.iter().map(|text| text.parse()).collect::<Result<_>>()?;
    filter.indices(&objects, &Measures::new(&objects, None, Some(0.5))?)
}

#[test]
fn objects_stay_by_score_area_class_border_and_measures() {
    assert_eq!(indices(json!({}), &[]).unwrap(), [0, 1, 2, 3]);
    assert_eq!(indices(json!({ "minScore": 0.5 }), &[]).unwrap(), [0, 1]);
    assert_eq!(indices(json!({ "minArea": 25, "maxArea": 40 }), &[]).unwrap(), [1, 3]);
    assert_eq!(indices(json!({ "excludeBorder": true }), &[]).unwrap(), [0, 1, 2]);
    assert_eq!(indices(json!({ "classIds": [2] }), &[]).unwrap(), [1, 3]);
    assert_eq!(indices(json!({ "measures": { "eccentricity": [0.5, 1] } }), &[]).unwrap(), [1]);
    assert_eq!(indices(json!({ "measures": { "area_um2": [null, 10] } }), &[]).unwrap(), [1, 2, 3]);
    assert_eq!(indices(json!({ "minArea": 2, "classIds": [2], "excludeBorder": true }), &[]).unwrap(), [1]);
}

#[test]
fn conditions_are_read_as_they_are_written() {
    assert_eq!(indices(json!({}), &["area>25"]).unwrap(), [0, 1]);
    assert_eq!(indices(json!({}), &["area >= 25"]).unwrap(), [0, 1, 3]);
    assert_eq!(indices(json!({}), &["area<25"]).unwrap(), [2]);
    assert_eq!(indices(json!({}), &["area_px2 <=25", "touches_border=0"]).unwrap(), [2]);
    // A pixel has no circularity, so that no limit holds.
    assert_eq!(indices(json!({}), &["circularity>=0"]).unwrap(), [0, 1, 3]);
    for wrong in ["area", ">3", "area>", "area>x", "area>NaN", "area=>3", "area==3", "", "area!3"] {
        assert_eq!(wrong.parse::<Condition>().unwrap_err().code(), "invalid-input", "{wrong}");
    }
}

#[test]
fn what_is_not_a_measure_or_a_limit_is_an_error() {
    for wrong in [
        json!({ "measures": { "roundness": [0, 1] } }),
        json!({ "minArea": 3, "maxArea": 2 }),
        json!({ "minScore": 7 }),
    ] {
        assert_eq!(indices(wrong.clone(), &[]).unwrap_err().code(), "invalid-input", "{wrong}");
    }
    assert!(serde_json::from_value::<ObjectFilter>(json!({ "minimumArea": 3 })).is_err());
}
