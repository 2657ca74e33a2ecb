//! Outlines.

use std::collections::BTreeSet;

use maskrcnn_web::export::{Ring, outline};
use maskrcnn_web::structures::{MaskRect, Objects};
use proptest::prelude::*;

use crate::objects;

fn one(rows: &[&str]) -> Objects {
    let pixels = rows.iter().flat_map(|row| row.bytes().map(|pixel| u8::from(pixel == b'#'))).collect();
    objects([40, 40], [(MaskRect { x: 5, y: 3, width: rows[0].len(), height: rows.len() }, pixels)])
}

fn area(ring: &Ring) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let cross = |([x1, y1], [x2, y2]): (&[u32; 2], &[u32; 2])| {
        i64::from(*x1) * i64::from(*y2) - i64::from(*x2) * i64::from(*y1)
    };
    ring.iter().zip(next).map(cross).sum::<i64>() / 2
}

/// Areas of the exterior and of the holes of each part.
fn areas(rows: &[&str]) -> Vec<(i64, Vec<i64>)> {
    let objects = one(rows);
    let parts = outline(objects.masks.as_ref().unwrap(), 0);
    parts.iter().map(|part| (area(&part.exterior), part.holes.iter().map(area).collect())).collect()
}

#[test]
fn parts_holes_and_corners_that_touch_are_told_apart() {
    assert_eq!(areas(&["##########"; 10]), [(100, vec![])]);
    assert_eq!(areas(&["###", "#.#", "###"]), [(9, vec![-1])]);
    assert_eq!(areas(&["#.", ".#"]), [(1, vec![]), (1, vec![])]);
    // Closed by a corner only: what it encloses is a hole all the same.
    assert_eq!(areas(&["####", "#..#", "#.#.", "###."]), [(14, vec![-3])]);
    // Two holes that touch.
    assert_eq!(areas(&["####", "#.##", "##.#", "####"]), [(16, vec![-1, -1])]);
    // A part inside of a hole.
    assert_eq!(areas(&["#####", "#...#", "#.#.#", "#...#", "#####"]), [(25, vec![-9]), (1, vec![])]);
    assert_eq!(areas(&["...", "..."]), []);
}

proptest! {
    #[test]
    fn outlines_enclose_the_pixels_and_no_ring_touches_itself(
        pixels in prop::collection::vec(prop::sample::select(vec![0, 1, 1]), 1..150),
        width in 1..14_usize,
    ) {
        let height = pixels.len() / width;
        prop_assume!(height > 0);
        let pixels = pixels[..width * height].to_vec();
        let rect = MaskRect { x: 5, y: 3, width, height };
        let objects = objects([40, 200], [(rect, pixels.clone())]);
        let parts = outline(objects.masks.as_ref().unwrap(), 0);
        let rings: Vec<&Ring> = parts.iter().flat_map(|part| std::iter::once(&part.exterior).chain(&part.holes)).collect();
        for ring in &rings {
            prop_assert_eq!(ring.iter().collect::<BTreeSet<_>>().len(), ring.len(), "a ring touches itself");
            let next = ring.iter().cycle().skip(1);
            prop_assert!(ring.iter().zip(next).all(|(a, b)| (a[0] == b[0]) != (a[1] == b[1])), "a side is not straight");
        }
        prop_assert!(parts.iter().all(|part| area(&part.exterior) > 0 && part.holes.iter().all(|hole| area(hole) < 0)));
        let total: i64 = rings.iter().map(|ring| area(ring)).sum();
        prop_assert_eq!(total, pixels.iter().filter(|pixel| **pixel == 1).count() as i64);
        // A pixel is inside where a ray to the left crosses an odd number of sides.
        for (i, &pixel) in pixels.iter().enumerate() {
            let (x, y) = ((rect.x + i % width) as u32, (rect.y + i / width) as u32);
            let crosses = |(a, b): (&[u32; 2], &[u32; 2])| a[0] == b[0] && a[0] <= x && a[1].min(b[1]) <= y && y < a[1].max(b[1]);
            let crossed = rings.iter().flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1))).filter(|side| crosses(*side));
            prop_assert_eq!(crossed.count() % 2, usize::from(pixel));
        }
    }
}
