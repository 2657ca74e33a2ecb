use maskrcnn_web::coco::{CocoDataset, CocoResults, Warnings};
use maskrcnn_web::eval::{EvaluationOptions, GroupScores};
use serde_json::Value;

use crate::pictures::{dataset, evaluate, found, rectangle};

/// A data set of four categories and two kinds of images, results of it, and, under `expected`, pycocotools' scores.
pub(crate) fn fixture() -> (CocoDataset, CocoResults, Value) {
    let fixture: Value = serde_json::from_str(include_str!("../reference/coco_eval.json")).unwrap();
    let mut warnings = Warnings::default();
    let dataset = CocoDataset::from_json(fixture["dataset"].to_string().as_bytes(), &mut warnings).unwrap();
    let results = CocoResults::from_json(fixture["results"].to_string().as_bytes(), &mut warnings).unwrap();
    assert_eq!(warnings, Warnings::default());
    (dataset, results, fixture)
}

#[test]
fn all_numbers_are_those_of_pycocotools() {
    let (dataset, results, fixture) = fixture();
    let limits = vec![20, 100, 500];
    let options = EvaluationOptions { max_detections: limits.clone(), ..EvaluationOptions::default() };
    let evaluation = evaluate(&dataset, results.0, options);
    let expected = fixture["expected"].as_array().unwrap();
    assert_eq!(expected.len(), 2 * 3 * limits.len());
    for expected in expected {
        let group: &GroupScores = match expected["kind"].as_str() {
            Some(kind) => &evaluation.by_kind[kind],
            None => &evaluation.overall,
        };
        let scores = if expected["region"] == "bbox" { &group.boxes } else { group.masks.as_ref().unwrap() };
        let limit = limits.iter().position(|&limit| expected["max_detections"] == limit).unwrap();
        let stats = scores.coco[limit].stats();
        let theirs: Vec<f64> = serde_json::from_value(expected["stats"].clone()).unwrap();
        assert_eq!(theirs.len(), stats.len());
        for (i, (ours, theirs)) in stats.iter().zip(&theirs).enumerate() {
            let ours = ours.unwrap_or(-1.0);
            assert!((ours - theirs).abs() < 1e-9, "{i}: {ours} is not {theirs} of {expected}");
        }
    }
}

#[test]
fn scores_without_objects_are_undefined() {
    let dataset = dataset(&[(None, vec![])]);
    let options = EvaluationOptions::default();
    let evaluation = evaluate(&dataset, vec![found(0, &rectangle(0, 0, 4, 4), 0.9)], options);
    assert_eq!(evaluation.overall.boxes.coco[0].stats(), [None; 12]);
    assert_eq!(evaluation.overall.masks, None);
}

#[test]
fn scores_without_detections_are_zero_where_there_are_objects() {
    let dataset = dataset(&[(None, vec![rectangle(0, 0, 4, 4)])]);
    let evaluation = evaluate(&dataset, vec![], EvaluationOptions::default());
    let coco = &evaluation.overall.masks.as_ref().unwrap().coco[0];
    assert_eq!((coco.ap, coco.ap_small, coco.ap_medium, coco.ar), (Some(0.0), Some(0.0), None, Some(0.0)));
}

#[test]
fn what_is_found_of_categories_that_are_not_labelled_is_not_false() {
    let object = rectangle(0, 0, 4, 4);
    let mut dataset = dataset(&[(None, vec![object])]);
    let results = vec![found(0, &rectangle(8, 8, 12, 12), 0.9), found(0, &object, 0.5)];
    let ap = |dataset: &CocoDataset| {
        let evaluation = evaluate(dataset, results.clone(), EvaluationOptions::default());
        let masks = evaluation.overall.masks.unwrap();
        (masks.coco[0].ap.unwrap(), masks.instances.counts.false_positives)
    };
    let (with_false, false_positives) = ap(&dataset);
    assert!(with_false < 0.51 && false_positives == 1, "{with_false}, {false_positives}");
    dataset.images[0].labelled_categories = Some(vec![]);
    let (without, false_positives) = ap(&dataset);
    assert!(without > 0.999 && false_positives == 0, "{without}, {false_positives}");
    dataset.images[0].labelled_categories = Some(vec![dataset.categories[0].id]);
    assert_eq!(ap(&dataset).1, 1);
}
