//! Distances to the nearest neighbour.

use maskrcnn_web::measure::Measures;
use maskrcnn_web::structures::Objects;

use crate::{filled, objects};

fn distances(objects: &Objects) -> Vec<f64> {
    Measures::new(objects, None, None).unwrap().get("nearest_neighbour_distance").unwrap().values.clone()
}

#[test]
fn distances_are_those_of_all_pairs() {
    // In clusters, on a line, twice in the same place.
    let at = |i: usize| match i % 3 {
        0 => (i * 7919 % 41, i * 104_729 % 37),
        1 => (900 + i * 31 % 13, 950),
        _ => (i / 50 * 20, i / 50 * 10),
    };
    let objects = objects([1000, 1000], (0..700).map(|i| filled(at(i).0, at(i).1, 1 + i % 4, 1 + i % 3)));
    let measures = Measures::new(&objects, None, None).unwrap();
    let [x, y] = ["centroid_x", "centroid_y"].map(|name| &measures.get(name).unwrap().values);
    for (i, distance) in distances(&objects).into_iter().enumerate() {
        let others = (0..objects.len()).filter(|&other| other != i);
        let least = others.map(|other| (x[i] - x[other]).hypot(y[i] - y[other])).fold(f64::INFINITY, f64::min);
        assert!((distance - least).abs() < 1e-9, "{i}: {distance}, {least}");
    }
}

#[test]
fn a_lone_object_has_no_neighbour() {
    assert!(distances(&objects([9, 9], [filled(1, 1, 2, 2)]))[0].is_nan());
    let (rect, _) = filled(5, 5, 1, 1);
    let with_empty = objects([9, 9], [filled(1, 1, 2, 2), (rect, vec![0])]);
    assert!(distances(&with_empty).iter().all(|distance| distance.is_nan()));
    assert!(distances(&objects([9, 9], [])).is_empty());
}
