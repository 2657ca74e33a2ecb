//! The convex hull of an object's pixels (`skimage/morphology/convex_hull.py`).

use crate::structures::{MaskRect, Span};

/// A point in half pixels, x and y, from the centre of the rectangle's first pixel: all coordinates are whole numbers.
pub(super) type HalfPixels = [i64; 2];

/// The pixels in the convex hull of an object. As in scikit-image the hull is that of the middles of the pixels' edges,
/// and a pixel is in it whose centre is, or lies on its outline.
pub(super) struct ConvexHull {
    /// The corners of the hull, in order around it.
    corners: Vec<HalfPixels>,
    /// First and last column of each row, from the rectangle's left on.
    rows: Vec<[i64; 2]>,
}

impl ConvexHull {
    /// Of pixels in a rectangle, which they fill from edge to edge.
    pub(super) fn of(rect: MaskRect, spans: impl Iterator<Item = Span>) -> Self {
        let mut rows: Vec<Option<[i64; 2]>> = vec![None; rect.height];
        for Span { y, start, end } in spans {
            let (first, last) = ((start - rect.x) as i64, (end - rect.x) as i64 - 1);
            let row = rows[y - rect.y].get_or_insert([first, last]);
            *row = [row[0].min(first), row[1].max(last)];
        }
        let corners = hull(points(&rows));
        // The hull holds every row between the first and the last, at least a pixel wide.
        let mut rows = vec![[i64::MAX, i64::MIN]; rect.height];
        for (i, &[x1, y1]) in corners.iter().enumerate() {
            let [x2, y2] = corners[(i + 1) % corners.len()];
            let ([x1, y1], [x2, y2]) = if y1 <= y2 { ([x1, y1], [x2, y2]) } else { ([x2, y2], [x1, y1]) };
            // Rows lie at even heights.
            for y in (y1..=y2).filter(|y| y % 2 == 0 && y1 < y2) {
                let (x, over) = (x1 * (y2 - y1) + (x2 - x1) * (y - y1), 2 * (y2 - y1));
                let row = &mut rows[(y / 2) as usize];
                *row = [row[0].min(-(-x).div_euclid(over)), row[1].max(x.div_euclid(over))];
            }
        }
        Self { corners, rows }
    }

    /// Number of pixels.
    pub(super) fn area(&self) -> i64 {
        self.rows.iter().map(|[first, last]| last - first + 1).sum()
    }

    /// The corners of the hull, in order around it.
    pub(super) fn corners(&self) -> &[HalfPixels] {
        &self.corners
    }

    /// The corners of the outline through the middles of the edges of the hull's pixels, in order around it. It lies
    /// outside of the hull where pixels lie on that.
    pub(super) fn pixels_outline(&self) -> Vec<HalfPixels> {
        hull(points(&self.rows.iter().copied().map(Some).collect::<Vec<_>>()))
    }
}

/// The middles of the edges of each row's first and last pixel.
fn points(rows: &[Option<[i64; 2]>]) -> Vec<HalfPixels> {
    let rows = rows.iter().enumerate().filter_map(|(y, row)| Some((2 * y as i64, (*row)?)));
    let around = |x: i64, y: i64| [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]];
    rows.flat_map(|(y, [first, last])| [around(2 * first, y), around(2 * last, y)]).flatten().collect()
}

/// The corners of the convex hull of points, in order around it (Andrew 1979).
fn hull(mut points: Vec<HalfPixels>) -> Vec<HalfPixels> {
    points.sort_unstable();
    points.dedup();
    let mut corners: Vec<HalfPixels> = Vec::new();
    let mut add_chain = |points: &mut dyn Iterator<Item = HalfPixels>| {
        let start = corners.len();
        for point in points {
            while corners.len() >= start + 2 && turn(corners[corners.len() - 2], corners[corners.len() - 1], point) <= 0
            {
                corners.pop();
            }
            corners.push(point);
        }
        // The last point is the first one of the other chain.
        corners.pop();
    };
    add_chain(&mut points.iter().copied());
    add_chain(&mut points.iter().rev().copied());
    corners
}

/// Twice the area of the triangle of three points; positive where they turn as hulls do.
pub(super) fn turn([x1, y1]: HalfPixels, [x2, y2]: HalfPixels, [x3, y3]: HalfPixels) -> i64 {
    (x2 - x1) * (y3 - y1) - (y2 - y1) * (x3 - x1)
}
