use maskrcnn_web::coco::{ClassMap, CocoCategory, CocoDataset, Warnings};
use serde_json::json;

fn categories(ids: &[u64]) -> Vec<CocoCategory> {
    ids.iter().map(|&id| CocoCategory { id, name: format!("category {id}"), supercategory: None }).collect()
}

fn dataset(ids: &[u64]) -> CocoDataset {
    CocoDataset { categories: categories(ids), ..CocoDataset::default() }
}

/// Roboflow's categories, with an object of each category in `used`.
fn roboflow(used: &[u64]) -> CocoDataset {
    let annotation = |id: &u64| json!({"id": id, "image_id": 1, "category_id": id, "bbox": [0, 0, 2, 2], "area": 4});
    let json = json!({
        "images": [{"id": 1, "file_name": "a.png", "width": 4, "height": 3}],
        "annotations": used.iter().map(annotation).collect::<Vec<_>>(),
        "categories": [
            {"id": 0, "name": "cells", "supercategory": "none"},
            {"id": 1, "name": "nucleus", "supercategory": "cells"},
            {"id": 2, "name": "debris", "supercategory": "cells"},
        ],
    });
    CocoDataset::from_json(json.to_string().as_bytes(), &mut Warnings::default()).unwrap()
}

#[test]
fn a_category_that_nothing_uses_is_in_nobodys_way() {
    let categories = |dataset: &CocoDataset, classes: usize| {
        let map = ClassMap::of_network(dataset, classes).unwrap();
        (0..classes).map(|class| map.category(class)).collect::<Vec<_>>()
    };
    // A network of one class: only one category is used.
    assert_eq!(categories(&roboflow(&[1]), 2), [None, Some(1)]);
    assert_eq!(categories(&roboflow(&[2]), 2), [None, Some(2)]);
    // Of two: the group is not a class, whether there are annotations or not.
    for used in [&[1, 2][..], &[1], &[]] {
        assert_eq!(categories(&roboflow(used), 3), [None, Some(1), Some(2)]);
        assert_eq!(ClassMap::of_training(&roboflow(used)).labels(), ["background", "nucleus", "debris"]);
    }
    // Of three: detectron2 makes all categories classes, the group included.
    assert_eq!(categories(&roboflow(&[1]), 4), [None, Some(0), Some(1), Some(2)]);
    // A group that objects are of is a class.
    assert_eq!(ClassMap::of_training(&roboflow(&[0, 1])).num_classes(), 4);
    assert!(ClassMap::of_network(&roboflow(&[0, 1, 2]), 3).is_err());
    // Without categories, the network's own numbers.
    assert_eq!(categories(&dataset(&[]), 3), [None, Some(1), Some(2)]);
}

#[test]
fn classes_are_found_on_another_data_set_by_name() {
    let learnt = ClassMap::of_training(&roboflow(&[1, 2]));
    let mut other = roboflow(&[1]);
    other.categories = vec![CocoCategory { id: 1, name: "debris".into(), supercategory: None }];
    let map = learnt.by_name(&other).unwrap();
    assert_eq!([0, 1, 2].map(|class| map.category(class)), [None, None, Some(1)]);
    other.categories[0].name = "stain".into();
    let error = learnt.by_name(&other).unwrap_err().to_string();
    assert!(error.contains("the category \"stain\" (id 1), but the network learns only nucleus, debris"), "{error}");
}

#[test]
fn classes_follow_the_order_of_the_ids() {
    let map = ClassMap::contiguous(&categories(&[7, 2, 90]));
    assert_eq!(map.num_classes(), 4);
    assert_eq!([0, 1, 2, 3, 4].map(|class| map.category(class)), [None, Some(2), Some(7), Some(90), None]);
    assert_eq!([2, 7, 90, 3].map(|category| map.class(category)), [Some(1), Some(2), Some(3), None]);
    assert_eq!(map.labels(), ["background", "category 2", "category 7", "category 90"]);
    assert_eq!(ClassMap::of_network(&dataset(&[7, 2, 90]), 4).unwrap(), map);
}

#[test]
fn larger_networks_have_the_ids_themselves() {
    let map = ClassMap::of_network(&dataset(&[7, 2, 90]), 91).unwrap();
    assert_eq!(map.num_classes(), 91);
    assert_eq!([1, 2, 7, 90].map(|class| map.category(class)), [None, Some(2), Some(7), Some(90)]);
    assert_eq!(map.class(7), Some(7));
    assert_eq!(map.labels()[..3], ["background", "class 1", "category 2"]);
}

#[test]
fn other_networks_are_refused() {
    for (ids, num_classes) in [(&[7, 2, 90][..], 3), (&[7, 2, 90], 90), (&[0, 1], 2), (&[1, 2], 0)] {
        let error = ClassMap::of_network(&dataset(ids), num_classes).unwrap_err();
        assert_eq!(error.code(), "invalid-input");
        assert!(error.to_string().contains("use a network that was trained on these categories"), "{error}");
    }
}
