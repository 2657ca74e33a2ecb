//! The same data set and results as different programs write them, against pycocotools.

use maskrcnn_web::coco::{CocoDataset, CocoResults, WarningKind, Warnings};
use maskrcnn_web::eval::{EvaluationOptions, Evaluator, RegionScores};
use serde_json::Value;

/// The warnings that a variant has, apart from those that have none.
fn expected_warnings(variant: &str) -> Vec<(WarningKind, usize)> {
    match variant {
        "results of an unlisted category" | "an annotation of an unlisted category" => {
            vec![(WarningKind::UnlistedCategory, 1)]
        }
        "a stray polygon of two points" => vec![(WarningKind::ShortPolygon, 10)],
        "a polygon with an odd number" => vec![(WarningKind::OddPolygon, 10)],
        "an annotation of an unlisted image" => vec![(WarningKind::UnlistedImage, 1)],
        "an annotation twice" => vec![(WarningKind::DuplicateAnnotation, 1)],
        "an image twice" => vec![(WarningKind::DuplicateImage, 1)],
        "no ids" => vec![(WarningKind::MissingId, 20)],
        "no boxes" => vec![(WarningKind::MissingBox, 20)],
        "no areas" => vec![(WarningKind::MissingArea, 20)],
        "a null coordinate" | "a coordinate that is not a number" => vec![(WarningKind::InvalidPolygon, 10)],
        name if name.starts_with("masks of which some are") => vec![(WarningKind::BoxOnly, 5)],
        _ => vec![],
    }
}

#[test]
fn every_way_of_writing_it_gives_the_numbers_of_pycocotools() {
    let fixture: Value = serde_json::from_str(include_str!("../reference/coco_variants.json")).unwrap();
    let variants = fixture.as_array().unwrap();
    assert!(variants.len() > 30);
    for variant in variants {
        let name = variant["name"].as_str().unwrap();
        let bytes = |part: &str| variant[part].as_str().unwrap().as_bytes();
        let mut warnings = Warnings::default();
        let dataset = CocoDataset::from_json(bytes("dataset"), &mut warnings).expect(name);
        let results = CocoResults::from_json(bytes("results"), &mut warnings).expect(name);
        let mut evaluator = Evaluator::new(&dataset, EvaluationOptions::default()).expect(name);
        evaluator.add_results(&results, &mut warnings).expect(name);
        let scores = evaluator.finish().overall;

        let counts: Vec<_> = warnings.iter().map(|warning| (warning.kind, warning.count)).collect();
        assert_eq!(counts, expected_warnings(name), "{name}");
        for (region, ours) in [("bbox", Some(&scores.boxes)), ("segm", scores.masks.as_ref())] {
            let ours = ours.map(|scores: &RegionScores| scores.coco[0].stats().map(|score| score.unwrap_or(-1.0)));
            let theirs: Option<[f64; 12]> = serde_json::from_value(variant[region].clone()).unwrap();
            let agree = match (ours, theirs) {
                (Some(ours), Some(theirs)) => {
                    ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-9)
                }
                (ours, theirs) => ours == theirs,
            };
            assert!(agree, "{name}, {region}: {ours:?} is not {theirs:?}");
        }
    }
}
