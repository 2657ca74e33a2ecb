//! Polygons to masks, pixel for pixel as `rleFrPoly` and `rleMerge` of COCO's `maskApi.c` do.

use crate::error::{Error, Result};
use crate::image::Image;
use crate::structures::Rle;

/// The outline is walked on a grid that is finer than the pixels by this factor.
const SCALE: i64 = 5;

/// How far, in pixels, a corner may lie from the origin: what is outside of the image is cut off,
/// but walked along.
const FARTHEST: f64 = (4 * Image::MAX_SIDE) as f64;

/// Corner or step of an outline, on the fine grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    x: i64,
    y: i64,
}

/// A polygon has x and y of three corners or more.
pub(super) const MIN_COORDINATES: usize = 6;

/// The first coordinate that is not finite or so far away that walking there would take too long.
pub(super) fn far_coordinate(polygon: &[f64]) -> Option<f64> {
    polygon.iter().copied().find(|coordinate| !(-FARTHEST..=FARTHEST).contains(coordinate))
}

/// Whether these are the coordinates of a polygon.
pub(super) fn check(polygon: &[f64]) -> Result<()> {
    if polygon.len() < MIN_COORDINATES || polygon.len() % 2 == 1 {
        let numbers = polygon.len();
        return Err(Error::InvalidInput(format!(
            "a polygon has {numbers} numbers; it needs x and y of at least three corners"
        )));
    }
    match far_coordinate(polygon) {
        Some(coordinate) => Err(Error::InvalidInput(format!("a polygon's corner lies at {coordinate}"))),
        None => Ok(()),
    }
}

/// The union of polygons in an image of `width × height` pixels.
pub(super) fn rasterise(polygons: &[Vec<f64>], width: usize, height: usize) -> Result<Rle> {
    let mut runs = Vec::new();
    for polygon in polygons {
        check(polygon)?;
        let crossings = crossings(polygon, width, height);
        // A position that is crossed twice is not crossed at all: the empty runs drop out of the union.
        runs.extend(crossings.chunks(2).map(|run| (run[0], run.get(1).copied().unwrap_or(width * height))));
    }
    Rle::from_runs(width, height, runs)
}

/// Where the outline crosses from outside to inside or back, in pixels down the columns, in order.
fn crossings(polygon: &[f64], width: usize, height: usize) -> Vec<usize> {
    let fine = |coordinate: f64| (SCALE as f64 * coordinate + 0.5) as i64;
    let corners: Vec<Point> =
        polygon.chunks_exact(2).map(|corner| Point { x: fine(corner[0]), y: fine(corner[1]) }).collect();
    let next = corners.iter().cycle().skip(1);
    let mut crossings = Vec::new();
    let mut last: Option<Point> = None;
    for (&from, &to) in corners.iter().zip(next) {
        walk(from, to, |point| {
            if let Some(last) = last {
                crossings.extend(crossing(last, point, width, height));
            }
            last = Some(point);
        });
    }
    crossings.sort_unstable();
    crossings
}

/// All points of the fine grid on the line between two corners, both included.
fn walk(from: Point, to: Point, mut step: impl FnMut(Point)) {
    let (dx, dy) = ((to.x - from.x).abs(), (to.y - from.y).abs());
    let flat = dx >= dy;
    let length = dx.max(dy);
    // Always reckoned from the lower end of the longer side, so that a line has the same points both ways.
    let backwards = if flat { from.x > to.x } else { from.y > to.y };
    let (low, high) = if backwards { (to, from) } else { (from, to) };
    let slope = if flat { (high.y - low.y) as f64 } else { (high.x - low.x) as f64 } / length.max(1) as f64;
    for i in 0..=length {
        let along = if backwards { length - i } else { i };
        let across = |start: i64| (start as f64 + slope * along as f64 + 0.5) as i64;
        step(if flat {
            Point { x: low.x + along, y: across(low.y) }
        } else {
            Point { x: across(low.x), y: low.y + along }
        });
    }
}

/// The pixel down the columns at which a step from one point to the next crosses the middle line of
/// a column; `None` for a step that crosses none.
fn crossing(last: Point, point: Point, width: usize, height: usize) -> Option<usize> {
    if point.x == last.x {
        return None;
    }
    let pixels = |fine: i64| (fine as f64 + 0.5) / SCALE as f64 - 0.5;
    let x = pixels(if point.x < last.x { point.x } else { point.x - 1 });
    if x.floor() != x || x < 0.0 || x > width as f64 - 1.0 {
        return None;
    }
    let y = pixels(point.y.min(last.y)).clamp(0.0, height as f64).ceil();
    Some(x as usize * height + y as usize)
}
