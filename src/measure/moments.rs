//! Moments of an object's pixels, and the ellipse that has the same second moments
//! (`inertia_tensor` in `skimage/measure/_moments.py`).

use std::f64::consts::FRAC_PI_4;

use crate::structures::{MaskRect, Span};

/// Sums over an object's pixels, of coordinates from the corner of its rectangle. Whole numbers, so that a symmetrical
/// object has exactly symmetrical moments.
pub(super) struct Moments {
    rect: MaskRect,
    count: i128,
    x: i128,
    y: i128,
    xx: i128,
    yy: i128,
    xy: i128,
}

/// The ellipse with an object's second moments; lengths in pixels, the angle in radians.
pub(super) struct Ellipse {
    pub(super) axis_major_length: f64,
    pub(super) axis_minor_length: f64,
    pub(super) orientation: f64,
    pub(super) eccentricity: f64,
}

impl Moments {
    /// Of pixels in a rectangle; there is at least one.
    pub(super) fn of(rect: MaskRect, spans: impl Iterator<Item = Span>) -> Self {
        let mut sums = Self { rect, count: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 };
        for Span { y, start, end } in spans {
            let (y, start, end) = ((y - rect.y) as i128, (start - rect.x) as i128, (end - rect.x) as i128);
            let squares = |end: i128| (end - 1) * end * (2 * end - 1) / 6;
            let (count, x) = (end - start, (end - start) * (start + end - 1) / 2);
            sums.count += count;
            sums.x += x;
            sums.y += count * y;
            sums.xx += squares(end) - squares(start);
            sums.yy += count * y * y;
            sums.xy += x * y;
        }
        sums
    }

    /// Number of pixels.
    pub(super) fn area(&self) -> f64 {
        self.count as f64
    }

    /// Mean x and y of the pixels' centres, in pixels of the image.
    pub(super) fn centroid(&self) -> [f64; 2] {
        let mean = |start: usize, sum: i128| start as f64 + sum as f64 / self.count as f64 + 0.5;
        [mean(self.rect.x, self.x), mean(self.rect.y, self.y)]
    }

    pub(super) fn ellipse(&self) -> Ellipse {
        // Each times the square of the number of pixels.
        let [xx, yy, xy] = [(self.xx, self.x, self.x), (self.yy, self.y, self.y), (self.xy, self.x, self.y)]
            .map(|(products, a, b)| (self.count * products - a * b) as f64);
        let half_difference = (0.5 * (xx - yy)).hypot(xy);
        let scale = self.area() * self.area();
        let large = (0.5 * (xx + yy) + half_difference) / scale;
        let small = ((0.5 * (xx + yy) - half_difference) / scale).max(0.0);
        let orientation = match (xx == yy, xy > 0.0) {
            (true, true) => FRAC_PI_4,
            (true, false) => -FRAC_PI_4,
            (false, _) => 0.5 * (2.0 * xy).atan2(yy - xx),
        };
        Ellipse {
            axis_major_length: 4.0 * large.sqrt(),
            axis_minor_length: 4.0 * small.sqrt(),
            orientation,
            eccentricity: if large > 0.0 { (1.0 - small / large).sqrt() } else { 0.0 },
        }
    }
}
