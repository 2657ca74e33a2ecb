//! The scale of objects.

use maskrcnn_web::config::InputSettings;
use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects};
use maskrcnn_web::tiling::{Diameter, median_diameter, scale_for_diameter};

use crate::input;

/// Squares of these sides in an image of 100×100 pixels, with these distances from its left and upper edge.
fn squares(squares: &[(usize, usize)]) -> Objects {
    let mut masks = MaskCrops::default();
    let mut objects = Objects { width: 100, height: 100, ..Objects::default() };
    for &(at, side) in squares {
        masks.push(MaskRect { x: at, y: at, width: side, height: side }, &vec![1; side * side]);
        let (low, high) = (at as f32, (at + side) as f32);
        objects.boxes.push(BoundingBox { x1: low, y1: low, x2: high, y2: high });
        objects.scores.push(0.9);
        objects.class_ids.push(1);
    }
    Objects { masks: Some(masks), ..objects }
}

/// The diameter of a circle with the area of a square.
fn of_square(side: f64) -> f64 {
    2.0 * side / std::f64::consts::PI.sqrt()
}

#[test]
fn the_scale_brings_objects_to_the_diameter_of_the_training() {
    assert_eq!(scale_for_diameter(20.0, &input()), Ok(2.0));
    assert_eq!(scale_for_diameter(80.0, &input()), Ok(0.5));
}

#[test]
fn a_model_without_a_diameter_and_diameters_out_of_range_are_rejected() {
    let photographs = InputSettings::default();
    let reason = scale_for_diameter(20.0, &photographs).unwrap_err().to_string();
    assert!(reason.contains("input.objectDiameter"), "{reason}");
    for diameter in [0.0, -3.0, f64::NAN, f64::INFINITY, 0.1, 1e6] {
        let reason = scale_for_diameter(diameter, &input()).unwrap_err().to_string();
        assert!(reason.contains(&format!("`diameter` is {diameter} pixels")), "{reason}");
    }
}

#[test]
fn the_median_diameter_is_that_of_the_objects_that_are_not_cut_off() {
    let close = |found: Option<f64>, side: f64| (found.unwrap() - of_square(side)).abs() < 1e-9;
    assert!(close(median_diameter(&squares(&[(10, 8), (30, 12), (60, 30), (0, 60), (96, 4)])), 12.0));
    assert!(close(median_diameter(&squares(&[(0, 60)])), 60.0), "the only one counts although it is cut off");
    assert_eq!(median_diameter(&squares(&[])), None);
}

#[test]
fn a_diameter_is_a_word_pixels_or_micrometres() {
    let parse = |text: &str| text.parse::<Diameter>();
    assert_eq!(parse("auto"), Ok(Diameter::Auto));
    assert_eq!(parse("18"), Ok(Diameter::Pixels(18.0)));
    for micrometres in ["9um", "9 µm", "9.0μm"] {
        assert_eq!(parse(micrometres), Ok(Diameter::Micrometres(9.0)), "{micrometres}");
    }
    for wrong in ["", "large", "-3", "0", "NaN", "inf", "9mm"] {
        assert!(parse(wrong).unwrap_err().to_string().contains("is not a diameter"), "{wrong}");
    }
    let read = |json: &str| serde_json::from_str::<Diameter>(json);
    assert_eq!(read("\"auto\"").unwrap(), Diameter::Auto);
    assert_eq!(read("18").unwrap(), Diameter::Pixels(18.0));
    assert_eq!(read(r#"{ "micrometres": 9 }"#).unwrap(), Diameter::Micrometres(9.0));
    assert!(read("true").unwrap_err().to_string().contains("`diameter` must be"));
    assert_eq!(Diameter::Micrometres(9.0).in_pixels(Some(0.5)), Ok(Some(18.0)));
    assert!(Diameter::Micrometres(9.0).in_pixels(None).unwrap_err().to_string().contains("size of a pixel"));
}
