use maskrcnn_web::eval::{EvaluationOptions, InstanceCounts};
use proptest::prelude::*;

use crate::pictures::{Pixels, SIDE, dataset, evaluate, found, rectangle};

/// Three images: one with two objects, one found exactly and one at IoU 16/20, and a detection too
/// many; an empty one in which nothing was found; and one whose object was found with a low score.
#[test]
fn the_example_counted_by_hand() {
    let (first, second) = (rectangle(0, 0, 4, 4), rectangle(5, 5, 10, 9));
    let pictures = [(Some("a"), vec![first, second]), (Some("b"), vec![]), (Some("b"), vec![first])];
    let results = vec![
        found(0, &first, 0.9),
        found(0, &rectangle(5, 5, 9, 9), 0.8),
        found(0, &rectangle(0, 7, 2, 9), 0.5),
        found(2, &first, 0.49),
    ];
    let evaluation = evaluate(&dataset(&pictures), results, EvaluationOptions::default());

    let overall = &evaluation.overall.masks.as_ref().unwrap().instances;
    assert_eq!(overall.counts, InstanceCounts { true_positives: 2, false_positives: 1, false_negatives: 1 });
    // Up to 0.8: 2 of 3 and 0 of 1. From 0.85 on: 1 of 4 (two wrong, one missed) and 0 of 1.
    let close = |ours: Option<f64>, expected: f64| assert!((ours.unwrap() - expected).abs() < 1e-12, "{ours:?}");
    close(overall.per_picture.ap50, (2.0 / 3.0) / 2.0);
    close(overall.per_picture.ap75, (2.0 / 3.0) / 2.0);
    close(overall.per_picture.by_iou[6], (2.0 / 3.0) / 2.0);
    close(overall.per_picture.by_iou[7], 0.25 / 2.0);
    close(overall.per_picture.ap, (7.0 * (2.0 / 3.0) + 3.0 * 0.25) / 10.0 / 2.0);
    close(overall.pooled.ap50, 2.0 / 4.0);
    close(overall.pooled.by_iou[9], 1.0 / 5.0);

    let of_kind = |kind: &str| evaluation.by_kind[kind].masks.as_ref().unwrap().instances.per_picture.ap50;
    close(of_kind("a"), 2.0 / 3.0);
    assert_eq!(of_kind("b"), Some(0.0), "the empty picture has no score of its own");
    assert_eq!(evaluation.by_kind["b"].pictures, 2);

    let own: Vec<_> = evaluation.pictures.iter().map(|picture| picture.masks.unwrap().ap50).collect();
    assert_eq!(own, [Some(2.0 / 3.0), None, Some(0.0)]);
    assert_eq!(evaluation.pictures[0].instances, 3);
    assert_eq!(evaluation.pictures[2].instances, 0);
}

#[test]
fn one_object_is_found_once() {
    let object = rectangle(0, 0, 6, 6);
    let results = vec![found(0, &object, 0.9), found(0, &rectangle(0, 0, 6, 5), 0.8)];
    let evaluation = evaluate(&dataset(&[(None, vec![object])]), results, EvaluationOptions::default());
    let counts = evaluation.overall.masks.unwrap().instances.counts;
    assert_eq!(counts, InstanceCounts { true_positives: 1, false_positives: 1, false_negatives: 0 });
}

#[test]
fn overlaps_go_to_the_higher_score() {
    let (left, right) = (rectangle(0, 0, 5, 4), rectangle(5, 0, 10, 4));
    // The second one reaches into the first, the third lies within it.
    let results =
        vec![found(0, &rectangle(0, 1, 3, 3), 0.6), found(0, &rectangle(1, 0, 10, 4), 0.7), found(0, &left, 0.9)];
    let dataset = dataset(&[(None, vec![left, right])]);
    let counts = |disjoint: bool| {
        let options = EvaluationOptions { disjoint, ..EvaluationOptions::default() };
        let evaluation = evaluate(&dataset, results.clone(), options);
        let masks = evaluation.overall.masks.unwrap();
        (masks.instances.counts, masks.instances.pooled.by_iou[9])
    };
    let of = |true_positives, false_positives, false_negatives| InstanceCounts {
        true_positives,
        false_positives,
        false_negatives,
    };
    assert_eq!(counts(false), (of(2, 1, 0), Some(0.25)));
    assert_eq!(counts(true), (of(2, 0, 0), Some(1.0)), "what is left of the second is the right object");
}

#[test]
fn crowds_are_neither_right_nor_wrong_nor_missed() {
    let (crowd, object) = (rectangle(0, 0, 10, 5), rectangle(0, 6, 4, 10));
    let mut dataset = dataset(&[(None, vec![crowd, object])]);
    dataset.annotations[0].iscrowd = true;
    let within = [rectangle(0, 0, 2, 2), rectangle(4, 1, 7, 4)].map(|pixels| found(0, &pixels, 0.9));
    let results = [within.to_vec(), vec![found(0, &object, 0.9)]].concat();
    let evaluation = evaluate(&dataset, results, EvaluationOptions::default());
    let counts = evaluation.overall.masks.unwrap().instances.counts;
    assert_eq!(counts, InstanceCounts { true_positives: 1, false_positives: 0, false_negatives: 0 });
    assert_eq!(evaluation.overall.objects, 1);
}

/// An image of labels, taken apart: rectangles, each drawn over those before.
fn labels() -> impl Strategy<Value = Vec<Pixels>> {
    let side = || (0..SIDE, 1..=SIDE).prop_map(|(start, length)| (start, (start + length).min(SIDE)));
    prop::collection::vec((side(), side()), 0..6).prop_map(|rectangles| {
        let mut labels: Vec<Pixels> = Vec::new();
        for ((left, right), (top, bottom)) in rectangles {
            let pixels = rectangle(left, top, right, bottom);
            for label in &mut labels {
                *label = core::array::from_fn(|i| label[i] && !pixels[i]);
            }
            labels.push(pixels);
        }
        labels.retain(|label| label.contains(&true));
        labels
    })
}

fn iou(a: &Pixels, b: &Pixels) -> f64 {
    let count = |of: fn(bool, bool) -> bool| a.iter().zip(b).filter(|&(&a, &b)| of(a, b)).count() as f64;
    count(|a, b| a && b) / count(|a, b| a || b)
}

/// The most pairs that can be made.
fn most_pairs(found: &[Pixels], truths: &[Pixels], threshold: f64) -> usize {
    let Some((first, rest)) = found.split_first() else { return 0 };
    let without = most_pairs(rest, truths, threshold);
    let with = (0..truths.len()).filter(|&i| iou(first, &truths[i]) >= threshold).map(|i| {
        let left = [&truths[..i], &truths[i + 1..]].concat();
        1 + most_pairs(rest, &left, threshold)
    });
    with.max().unwrap_or(0).max(without)
}

proptest! {
    #[test]
    fn no_other_matching_of_labels_finds_more(truths in labels(), instances in labels()) {
        let results = instances.iter().enumerate().map(|(i, pixels)| found(0, pixels, 0.6 + 0.05 * (i % 3) as f64));
        let evaluation = evaluate(&dataset(&[(None, truths.clone())]), results.collect(), EvaluationOptions::default());
        let Some(masks) = evaluation.overall.masks else { return Ok(()) };
        let thresholds: Vec<f64> = (0..10).map(|i| 0.5 + f64::from(i) * 0.05).collect();
        for (ours, threshold) in masks.instances.pooled.by_iou.iter().zip(thresholds) {
            let right = most_pairs(&instances, &truths, threshold - 1e-9);
            let all = instances.len() + truths.len() - right;
            let expected = (all > 0).then(|| right as f64 / all as f64);
            prop_assert_eq!(*ours, expected, "at {}", threshold);
        }
    }
}
