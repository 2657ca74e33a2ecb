//! The scores of each category.

use maskrcnn_web::eval::{CategoryScores, EvaluationOptions};

use crate::coco_scores::fixture;
use crate::pictures::{dataset, evaluate, found, rectangle};

#[test]
fn a_category_has_the_scores_of_a_data_set_without_the_others() {
    let (dataset, results, _) = fixture();
    let all = evaluate(&dataset, results.0.clone(), EvaluationOptions::default());
    let ids: Vec<u64> = all.overall.by_category.iter().map(|category| category.category_id).collect();
    assert!(ids.len() > 1 && ids.is_sorted(), "{ids:?}");
    for CategoryScores { category_id, name, objects, boxes, masks } in &all.overall.by_category {
        assert_eq!(*name, format!("category {category_id}"));
        let mut of_category = dataset.clone();
        of_category.annotations.retain(|annotation| annotation.category_id == *category_id);
        let found = results.0.iter().filter(|result| result.category_id == *category_id).cloned().collect();
        let alone = evaluate(&of_category, found, EvaluationOptions::default()).overall;
        assert_eq!(*objects, alone.objects);
        assert_eq!(boxes.coco, alone.boxes.coco);
        assert_eq!(boxes.instances.counts, alone.boxes.instances.counts);
        assert_eq!(masks.as_ref().map(|masks| &masks.coco), alone.masks.as_ref().map(|masks| &masks.coco));
    }
}

#[test]
fn all_scores_are_the_mean_of_the_categories() {
    let (dataset, results, _) = fixture();
    let evaluation = evaluate(&dataset, results.0, EvaluationOptions::default());
    for group in [&evaluation.overall].into_iter().chain(evaluation.by_kind.values()) {
        let categories: Vec<f64> =
            group.by_category.iter().map(|category| category.boxes.coco[0].ap50.unwrap()).collect();
        let mean = categories.iter().sum::<f64>() / categories.len() as f64;
        assert!((group.boxes.coco[0].ap50.unwrap() - mean).abs() < 1e-12, "{mean}");
    }
}

#[test]
fn the_tables_name_categories_where_there_are_several() {
    let (with_several, results, _) = fixture();
    let evaluation = evaluate(&with_several, results.0, EvaluationOptions::default());
    let names = evaluation.overall.by_category.iter().map(|category| format!("  {} ", category.name));
    for name in names {
        // In the two tables of masks and the two of boxes.
        let lines = evaluation.to_string().lines().filter(|line| line.starts_with(&name)).count();
        assert!(lines >= 4, "{lines} of {name}");
    }
    let object = rectangle(0, 0, 4, 4);
    let one = evaluate(&dataset(&[(None, vec![object])]), vec![found(0, &object, 0.9)], EvaluationOptions::default());
    assert_eq!(one.overall.by_category.len(), 1);
    assert!(!one.to_string().contains("nucleus"));
}
