//! Feret diameters: the least and the largest distance between two parallel lines that an object fits between.

use super::convex_hull::{HalfPixels, turn};

/// The least distance in pixels between two parallel lines that the corners of a convex outline fit between. One of them
/// lies along a side (rotating calipers; Shamos 1978).
pub(super) fn smallest_diameter(corners: &[HalfPixels]) -> f64 {
    let count = corners.len();
    let mut smallest = f64::INFINITY;
    let mut far = 1;
    for (i, &start) in corners.iter().enumerate() {
        let end = corners[(i + 1) % count];
        // To the corner that is farthest from this side.
        while turn(start, end, corners[(far + 1) % count]) > turn(start, end, corners[far]) {
            far = (far + 1) % count;
        }
        let width = turn(start, end, corners[far]) as f64 / (square_distance(start, end) as f64).sqrt();
        smallest = f64::min(smallest, width);
    }
    smallest / 2.0
}

/// The longest distance in pixels between two corners of a convex outline.
pub(super) fn largest_diameter(corners: &[HalfPixels]) -> f64 {
    let pairs = corners.iter().enumerate().flat_map(|(i, &a)| corners[i..].iter().map(move |&b| square_distance(a, b)));
    (pairs.max().unwrap_or(0) as f64).sqrt() / 2.0
}

fn square_distance([x1, y1]: HalfPixels, [x2, y2]: HalfPixels) -> i64 {
    (x2 - x1).pow(2) + (y2 - y1).pow(2)
}
