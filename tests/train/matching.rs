//! Matching of anchors and proposals with ground truth.

use maskrcnn_web::structures::BoundingBox;
use maskrcnn_web::train::{Match, Matcher};
use proptest::prelude::*;

const ANCHORS: Matcher = Matcher { foreground: 0.7, background: 0.3, keep_best: true };
const PROPOSALS: Matcher = Matcher { foreground: 0.5, background: 0.5, keep_best: false };

fn bounding_box([x1, y1, x2, y2]: [f32; 4]) -> BoundingBox {
    BoundingBox { x1, y1, x2, y2 }
}

fn boxes<const N: usize>(boxes: [[f32; 4]; N]) -> Vec<BoundingBox> {
    boxes.map(bounding_box).into()
}

#[test]
fn thresholds_divide_objects_from_background() {
    let objects = boxes([[0.0, 0.0, 10.0, 10.0], [100.0, 0.0, 110.0, 10.0]]);
    // IoU with the first object: 1, 0.8, 0.5, 0.2; with the second: 0.7 exactly.
    let candidates = boxes([
        [0.0, 0.0, 10.0, 10.0],
        [0.0, 0.0, 10.0, 8.0],
        [0.0, 0.0, 10.0, 5.0],
        [0.0, 0.0, 10.0, 2.0],
        [100.0, 0.0, 110.0, 7.0],
    ]);
    let found = ANCHORS.run(&candidates, &objects, &[]);
    assert_eq!(found, [Match::Object(0), Match::Object(0), Match::Ignored, Match::Background, Match::Object(1)]);
    // Between equal thresholds there is nothing to be undecided about.
    let found = PROPOSALS.run(&candidates, &objects, &[]);
    assert_eq!(found, [Match::Object(0), Match::Object(0), Match::Object(0), Match::Background, Match::Object(1)]);
}

#[test]
fn the_best_anchors_of_an_object_are_kept_however_bad() {
    let objects = boxes([[0.0, 0.0, 10.0, 10.0]]);
    let candidates = boxes([[0.0, 0.0, 10.0, 2.0], [0.0, 0.0, 10.0, 1.0], [0.0, 8.0, 10.0, 10.0]]);
    assert_eq!(ANCHORS.run(&candidates, &objects, &[]), [Match::Object(0), Match::Background, Match::Object(0)]);
    assert_eq!(PROPOSALS.run(&candidates, &objects, &[]), [Match::Background; 3]);
}

/// As in torchvision: the best anchor of a small object may overlap a larger one more.
#[test]
fn the_best_anchor_of_an_object_stands_for_what_it_overlaps_most() {
    let objects = boxes([[0.0, 0.0, 10.0, 10.0], [4.0, 4.0, 6.0, 6.0]]);
    let candidates = boxes([[0.0, 0.0, 10.0, 6.0]]);
    assert_eq!(ANCHORS.run(&candidates, &objects, &[]), [Match::Object(0)]);
}

#[test]
fn an_object_that_touches_no_anchor_has_none() {
    let objects = boxes([[50.0, 50.0, 60.0, 60.0]]);
    let candidates = boxes([[0.0, 0.0, 10.0, 10.0], [20.0, 0.0, 30.0, 10.0]]);
    assert_eq!(ANCHORS.run(&candidates, &objects, &[]), [Match::Background; 2]);
}

#[test]
fn without_objects_all_is_background() {
    let candidates = boxes([[0.0, 0.0, 10.0, 10.0], [3.0, 3.0, 3.0, 3.0]]);
    assert_eq!(ANCHORS.run(&candidates, &[], &[]), [Match::Background; 2]);
    assert_eq!(Matcher { foreground: 0.0, ..PROPOSALS }.run(&candidates, &[], &[]), [Match::Background; 2]);
    assert_eq!(ANCHORS.run(&[], &[], &[]), []);
}

#[test]
fn what_lies_half_within_an_ignored_region_is_ignored() {
    let candidates = boxes([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 30.0], [5.0, 5.0, 5.0, 5.0]]);
    let found = ANCHORS.run(&candidates, &candidates[..1], &boxes([[-5.0, -5.0, 50.0, 5.0]]));
    assert_eq!(found, [Match::Ignored, Match::Ignored, Match::Background]);
}

fn any_box() -> impl Strategy<Value = BoundingBox> {
    (0.0f32..80.0, 0.0f32..80.0, 0.5f32..60.0, 0.5f32..60.0)
        .prop_map(|(x, y, width, height)| bounding_box([x, y, x + width, y + height]))
}

proptest! {
    #[test]
    fn matches_keep_what_the_thresholds_promise(
        objects in prop::collection::vec(any_box(), 1..6),
        candidates in prop::collection::vec(any_box(), 1..40),
    ) {
        let best = |candidate: &BoundingBox| objects.iter().map(|object| object.iou(candidate)).fold(0.0, f32::max);
        for (candidate, found) in candidates.iter().zip(PROPOSALS.run(&candidates, &objects, &[])) {
            match found {
                Match::Object(object) => {
                    prop_assert!(best(candidate) >= 0.5);
                    prop_assert_eq!(objects[object].iou(candidate), best(candidate));
                }
                Match::Background => prop_assert!(best(candidate) < 0.5),
                Match::Ignored => prop_assert!(false),
            }
        }
        let found = ANCHORS.run(&candidates, &objects, &[]);
        for object in &objects {
            let ious: Vec<f32> = candidates.iter().map(|candidate| object.iou(candidate)).collect();
            let largest = ious.iter().copied().fold(0.0, f32::max);
            let best = ious.iter().zip(&found).filter(|(iou, _)| **iou == largest && largest > 0.0);
            for (_, found) in best {
                prop_assert!(matches!(found, Match::Object(_)));
            }
        }
    }
}
