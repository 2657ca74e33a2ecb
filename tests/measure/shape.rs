//! Shapes.

use std::f64::consts::PI;

use maskrcnn_web::measure::{Measures, Shape, Unit};
use maskrcnn_web::structures::{BoundingBox, MaskCrops, Objects};
use proptest::prelude::*;

use crate::{assert_near, cases, filled, objects, reference_objects};

#[test]
fn shapes_are_those_of_scikit_image() {
    let objects = reference_objects();
    for (index, case) in cases().iter().enumerate() {
        let shape = Shape::of(&objects, index);
        let ours = [
            ("area", shape.area),
            ("equivalent_diameter_area", shape.equivalent_diameter_area),
            ("perimeter", shape.perimeter),
            ("axis_major_length", shape.axis_major_length),
            ("axis_minor_length", shape.axis_minor_length),
            ("orientation", shape.orientation),
            ("eccentricity", shape.eccentricity),
            ("solidity", shape.solidity),
            ("feret_diameter_max", shape.feret_diameter_max),
        ];
        for (name, ours) in ours {
            assert_near(ours, case[name].as_f64().unwrap(), &format!("{} of {}", name, case["name"]));
        }
        let bbox: [f64; 4] = serde_json::from_value(case["bbox"].clone()).unwrap();
        assert_eq!(shape.bbox, bbox, "{}", case["name"]);
        let [x, y]: [f64; 2] = serde_json::from_value(case["centroid"].clone()).unwrap();
        // Theirs counts from the centre of the first pixel.
        assert_near(shape.centroid[0], x + 0.5, "x");
        assert_near(shape.centroid[1], y + 0.5, "y");
        let at_border = ["upper left corner", "lower edge"].contains(&case["name"].as_str().unwrap());
        assert_eq!(shape.touches_border, at_border, "{}", case["name"]);
    }
}

#[test]
fn a_square_has_the_measures_of_a_square() {
    let shape = Shape::of(&objects([30, 30], [filled(4, 7, 10, 10)]), 0);
    assert_eq!((shape.area, shape.solidity, shape.perimeter), (100.0, 1.0, 36.0));
    assert_eq!((shape.bbox, shape.centroid), ([4.0, 7.0, 10.0, 10.0], [9.0, 12.0]));
    assert_eq!((shape.feret_diameter_min, shape.feret_diameter_max), (10.0, 181_f64.sqrt()));
    assert_eq!((shape.eccentricity, shape.axis_major_length), (0.0, shape.axis_minor_length));
    assert_eq!(shape.circularity, 4.0 * PI * 100.0 / 36.0_f64.powi(2));
}

#[test]
fn circularity_is_at_most_1() {
    let disc = |radius: f64| {
        let side = 2 * radius as usize + 3;
        let inside = |i: usize| {
            let (x, y) = ((i % side) as f64 - radius - 1.0, (i / side) as f64 - radius - 1.0);
            u8::from(x * x + y * y <= radius * radius)
        };
        let (rect, _) = filled(5, 5, side, side);
        Shape::of(&objects([100, 100], [(rect, (0..side * side).map(inside).collect())]), 0)
    };
    for radius in [1.5, 3.0, 10.0, 25.0] {
        let shape = disc(radius);
        assert!((0.85..=1.0).contains(&shape.circularity), "{radius}: {}", shape.circularity);
        assert!(shape.feret_diameter_min <= shape.feret_diameter_max);
    }
}

#[test]
fn a_network_without_masks_has_boxes_only() {
    let boxes = [[2.5, 3.0, 12.5, 8.0], [0.0, 3.0, 5.0, 9.0]];
    let objects = Objects {
        width: 40,
        height: 20,
        boxes: boxes.map(|[x1, y1, x2, y2]| BoundingBox { x1, y1, x2, y2 }).to_vec(),
        scores: vec![0.9, 0.8],
        class_ids: vec![1, 1],
        ..Objects::default()
    };
    let shape = Shape::of(&objects, 0);
    assert_eq!((shape.bbox, shape.area, shape.touches_border), ([2.5, 3.0, 10.0, 5.0], 50.0, false));
    assert!(Shape::of(&objects, 1).touches_border);
    assert!([shape.perimeter, shape.centroid[0], shape.solidity, shape.circularity].iter().all(|value| value.is_nan()));
    let measures = Measures::new(&objects, None, None).unwrap();
    assert!(measures.get("nearest_neighbour_distance").unwrap().values.iter().all(|value| value.is_nan()));
}

#[test]
fn an_object_without_pixels_has_its_box_and_no_area() {
    let (rect, _) = filled(3, 4, 2, 2);
    let shape = Shape::of(&objects([9, 9], [(rect, vec![0; 4])]), 0);
    assert_eq!((shape.area, shape.bbox), (0.0, [3.0, 4.0, 2.0, 2.0]));
    assert!(shape.perimeter.is_nan() && shape.centroid[0].is_nan() && shape.feret_diameter_min.is_nan());
}

#[test]
fn lengths_and_areas_are_in_micrometres_too() {
    let objects = objects([30, 30], [filled(4, 7, 10, 10), filled(20, 7, 4, 4)]);
    let plain = Measures::new(&objects, None, None).unwrap();
    assert!(plain.get("area_um2").is_none());
    assert_eq!(plain.get("area_px2"), plain.get("area"));
    let measures = Measures::new(&objects, None, Some(0.5)).unwrap();
    assert_eq!(measures.get("area").unwrap().values, [100.0, 16.0]);
    let area = measures.get("area_um2").unwrap();
    assert_eq!(
        (&area.values[..], area.unit, area.header()),
        (&[25.0, 4.0][..], Unit::SquareMicrometres, "area_um2".into())
    );
    assert_eq!(measures.get("centroid_x_um").unwrap().values, [4.5, 11.0]);
    assert!(measures.get("solidity_um").is_none());
    let error = measures.named("roundness").unwrap_err();
    assert!(error.code() == "invalid-input" && error.to_string().contains("circularity, solidity"), "{error}");
    for size in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Measures::new(&objects, None, Some(size)).unwrap_err().code(), "invalid-input");
    }
}

proptest! {
    #[test]
    fn feret_diameters_are_those_of_all_directions(pixels in prop::collection::vec(0..2_u8, 1..60), width in 1..9_usize) {
        let height = pixels.len() / width;
        prop_assume!(height > 0);
        let pixels = pixels[..width * height].to_vec();
        prop_assume!(pixels.contains(&1));
        let (rect, _) = filled(3, 2, width, height);
        let objects = objects([40, 80], [(rect, pixels)]);
        let shape = Shape::of(&objects, 0);
        // The extent of the middles of the pixels' edges in many directions; those of the mask are within the hull's.
        let masks: &MaskCrops = objects.masks.as_ref().unwrap();
        let points: Vec<[f64; 2]> = masks
            .spans(0)
            .flat_map(|span| (span.start..span.end).map(move |x| (x as f64, span.y as f64)))
            .flat_map(|(x, y)| [[x - 0.5, y], [x + 0.5, y], [x, y - 0.5], [x, y + 0.5]])
            .collect();
        let extents = (0..1440).map(|step| {
            let (sin, cos) = (PI * f64::from(step) / 1440.0).sin_cos();
            let along = points.iter().map(|[x, y]| x * cos + y * sin);
            along.clone().fold(f64::MIN, f64::max) - along.fold(f64::MAX, f64::min)
        });
        let (least, largest) = extents.fold((f64::MAX, 0.0_f64), |(least, largest), extent| {
            (least.min(extent), largest.max(extent))
        });
        // Between two directions an extent changes by less than a hundredth of what it is.
        let (smallest, largest_ours) = (shape.feret_diameter_min, shape.feret_diameter_max);
        prop_assert!(smallest <= least + 1e-9 && smallest >= 0.99 * least - 0.05, "{smallest} {least}");
        // The hull's pixels may reach half a pixel further than the hull, on both sides.
        prop_assert!((-1e-2..1.0).contains(&(largest_ours - largest)), "{largest_ours} {largest}");
        prop_assert!(shape.solidity > 0.0 && shape.solidity <= 1.0);
    }
}
