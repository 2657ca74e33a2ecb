//! The diameter of objects from small parts of an image, with a network that finds what is near the size of its training.

use maskrcnn_web::config::InputSettings;
use maskrcnn_web::image::Region;
use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects, Size};
use maskrcnn_web::tiling::{FirstLook, Look};

use crate::input;

/// Squares of this side in a grid with twice that, as a network finds them that was trained with 40 pixels and sees
/// objects from a quarter of that to four times.
fn found(look: &Look, side: usize) -> Objects {
    let Region { x, y, width, height } = look.region;
    let mut objects = Objects { width, height, ..Objects::default() };
    let mut masks = MaskCrops::default();
    let seen = side as f64 * look.scale / 40.0;
    if (0.25..=4.0).contains(&seen) {
        for top in (0..y + height).step_by(2 * side) {
            for left in (0..x + width).step_by(2 * side) {
                let square = Region { x: left, y: top, width: side, height: side };
                let Some(part) = square.intersection(&look.region) else { continue };
                let rect = MaskRect { x: part.x - x, y: part.y - y, width: part.width, height: part.height };
                masks.push(rect, &vec![1; rect.width * rect.height]);
                objects.boxes.push(BoundingBox {
                    x1: rect.x as f32,
                    y1: rect.y as f32,
                    x2: (rect.x + rect.width) as f32,
                    y2: (rect.y + rect.height) as f32,
                });
                objects.scores.push(0.9);
                objects.class_ids.push(1);
            }
        }
    }
    Objects { masks: Some(masks), ..objects }
}

/// The diameter that is estimated of squares of this side, and the looks it took.
fn estimate(size: Size, side: usize) -> (Option<f64>, Vec<Look>) {
    let mut first_look = FirstLook::new(size, &input()).unwrap();
    let mut looks = Vec::new();
    while let Some(look) = first_look.next() {
        look.region.check(size.width, size.height).unwrap();
        first_look.add(&found(&look, side));
        looks.push(look);
    }
    (first_look.diameter(), looks)
}

#[test]
fn objects_of_all_sizes_are_measured_in_a_few_looks() {
    let size = Size { height: 3000, width: 4000 };
    for side in [4, 8, 15, 40, 100, 150, 300] {
        let (diameter, looks) = estimate(size, side);
        let expected = 2.0 * side as f64 / std::f64::consts::PI.sqrt();
        let diameter = diameter.unwrap();
        assert!((diameter / expected - 1.0).abs() < 0.02, "{side}: {diameter} {expected}");
        let cost: f64 = looks.iter().map(|look| look.region.area() as f64 * look.scale.powi(2)).sum();
        assert!(looks.len() <= 20 && cost < 20.0 * 512.0 * 512.0 * 1.01, "{side}: {looks:?}");
    }
}

#[test]
fn the_network_looks_again_only_where_the_scale_was_far_off() {
    let size = Size { height: 3000, width: 4000 };
    let scales = |side: usize| {
        let mut scales: Vec<f64> = estimate(size, side).1.iter().map(|look| look.scale).collect();
        scales.dedup();
        scales
    };
    assert_eq!(scales(38).len(), 1);
    assert_eq!(scales(14).len(), 2);
}

#[test]
fn an_image_without_objects_and_a_small_one_come_to_an_end() {
    let size = Size { height: 3000, width: 4000 };
    assert_eq!(estimate(size, 5000).0, None);
    for size in [Size { height: 1, width: 1 }, Size { height: 60, width: 90_000 }] {
        let (diameter, looks) = estimate(size, 15);
        assert!(!looks.is_empty() && looks.len() <= 20, "{looks:?}");
        assert!(diameter.is_none() || size.width > 1);
    }
}

#[test]
fn a_model_without_a_diameter_is_rejected() {
    let size = Size { height: 3000, width: 4000 };
    assert!(FirstLook::new(size, &InputSettings::default()).unwrap_err().to_string().contains("objectDiameter"));
}
