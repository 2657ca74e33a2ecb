use maskrcnn_web::coco::{ClassMap, CocoResult, CocoResults, WarningKind, Warnings};
use maskrcnn_web::eval::{EvaluationOptions, Evaluator};
use maskrcnn_web::structures::{BoundingBox, Detection, Detections};

use crate::pictures::{SIDE, dataset, evaluate, found, rectangle};

fn detections(class_id: usize) -> Detections {
    let bounding_box = BoundingBox { x1: 1.0, y1: 2.0, x2: 5.0, y2: 6.0 };
    Detections { width: SIDE, height: SIDE, items: vec![Detection { bounding_box, class_id, score: 0.9, mask: None }] }
}

#[test]
fn detections_are_scored_as_they_come() {
    let dataset = dataset(&[(None, vec![rectangle(1, 2, 5, 6)])]);
    let mut evaluator = Evaluator::new(&dataset, EvaluationOptions::default()).unwrap();
    evaluator.add(&0.into(), &detections(1)).unwrap();
    let evaluation = evaluator.finish();
    assert!(evaluation.overall.boxes.coco[0].ap.unwrap() > 0.999_999);
    assert_eq!(evaluation.overall.masks, None, "the network has no masks");

    let classes = ClassMap::of_network(&dataset, 91).unwrap();
    let mut evaluator = Evaluator::new(&dataset, EvaluationOptions::default()).unwrap().with_classes(classes);
    evaluator.add(&0.into(), &detections(2)).unwrap();
    assert_eq!(evaluator.finish().overall.detections, 0, "class 2 is none of the data set's");
}

#[test]
fn what_the_data_set_has_not_is_refused() {
    let dataset = dataset(&[(None, vec![rectangle(1, 2, 5, 6)])]);
    let mut evaluator = Evaluator::new(&dataset, EvaluationOptions::default()).unwrap();
    let result = found(0, &rectangle(0, 0, 4, 4), 0.5);
    let mut wrong = [result.clone(), result.clone()];
    wrong[0].image_id = 9.into();
    wrong[1].score = f64::NAN;
    let mut warnings = Warnings::default();
    for (result, why) in wrong.into_iter().zip(["no image 9", "the score NaN"]) {
        let error = evaluator.add_results(&CocoResults(vec![result]), &mut warnings).unwrap_err();
        assert!(error.code() == "invalid-input" && error.to_string().contains(why), "{error}");
    }
    // As in pycocotools, what is of no category of the data set is not looked at.
    let other = CocoResults(vec![CocoResult { category_id: 9, ..result }]);
    evaluator.add_results(&other, &mut warnings).unwrap();
    let warning = warnings.get(WarningKind::UnlistedCategory).unwrap();
    assert_eq!((warning.count, &warning.example[..]), (1, "result 0: its category_id is 9"));
    assert_eq!(evaluator.finish().overall.detections, 0);
}

#[test]
fn options_are_checked() {
    let dataset = dataset(&[]);
    for options in [
        EvaluationOptions { max_detections: vec![], ..EvaluationOptions::default() },
        EvaluationOptions { max_detections: vec![100, 0], ..EvaluationOptions::default() },
        EvaluationOptions { score_threshold: f64::NAN, ..EvaluationOptions::default() },
        EvaluationOptions { score_threshold: 1.5, ..EvaluationOptions::default() },
    ] {
        assert_eq!(Evaluator::new(&dataset, options).unwrap_err().code(), "invalid-input");
    }
}

#[test]
fn the_table_has_a_row_for_each_kind_and_limit() {
    let object = rectangle(1, 2, 5, 6);
    let dataset = dataset(&[(Some("stained"), vec![object]), (Some("fluorescence"), vec![])]);
    let options = EvaluationOptions { max_detections: vec![100, 500], ..EvaluationOptions::default() };
    let table = evaluate(&dataset, vec![found(0, &object, 0.9)], options).to_string();
    for start in ["all", "stained", "fluorescence"] {
        let rows = table.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(rows, 2 * (2 + 1), "{table}");
    }
    let stained: Vec<&str> =
        table.lines().find(|line| line.starts_with("stained")).unwrap().split_whitespace().collect();
    assert_eq!(stained[..8], ["stained", "1", "1", "100", "1.000", "1.000", "1.000", "1.000"]);
    assert!(table.lines().any(|line| line.starts_with("fluorescence") && line.contains(" - ")));
}
