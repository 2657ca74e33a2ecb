use maskrcnn_web::coco::{ClassMap, CocoCategory};

fn categories(ids: &[u64]) -> Vec<CocoCategory> {
    ids.iter().map(|&id| CocoCategory { id, name: format!("category {id}") }).collect()
}

#[test]
fn classes_follow_the_order_of_the_ids() {
    let map = ClassMap::contiguous(&categories(&[7, 2, 90]));
    assert_eq!(map.num_classes(), 4);
    assert_eq!([0, 1, 2, 3, 4].map(|class| map.category(class)), [None, Some(2), Some(7), Some(90), None]);
    assert_eq!([2, 7, 90, 3].map(|category| map.class(category)), [Some(1), Some(2), Some(3), None]);
    assert_eq!(map.labels(), ["background", "category 2", "category 7", "category 90"]);
    assert_eq!(ClassMap::of_network(&categories(&[7, 2, 90]), 4).unwrap(), map);
}

#[test]
fn larger_networks_have_the_ids_themselves() {
    let map = ClassMap::of_network(&categories(&[7, 2, 90]), 91).unwrap();
    assert_eq!(map.num_classes(), 91);
    assert_eq!([1, 2, 7, 90].map(|class| map.category(class)), [None, Some(2), Some(7), Some(90)]);
    assert_eq!(map.class(7), Some(7));
    assert_eq!(map.labels()[..3], ["background", "class 1", "category 2"]);
}

#[test]
fn other_networks_are_refused() {
    for (ids, num_classes) in [(&[7, 2, 90][..], 3), (&[7, 2, 90], 90), (&[0, 1], 2), (&[1, 2], 0)] {
        let error = ClassMap::of_network(&categories(ids), num_classes).unwrap_err();
        assert_eq!(error.code(), "invalid-input");
        assert!(error.to_string().contains("use a network that was trained on these categories"), "{error}");
    }
}
