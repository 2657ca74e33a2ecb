//! How much masks have in common, without laying them out in pixels.

use super::{MaskCrops, Span};
use crate::image::Region;

impl MaskCrops {
    /// Number of a mask's pixels within a region of the image.
    pub fn area_within(&self, index: usize, region: &Region) -> u64 {
        let spans = self.spans(index).skip_while(|span| span.y < region.y).take_while(|span| span.y < region.bottom());
        spans.map(|span| common(&span, &Span { y: span.y, start: region.x, end: region.right() })).sum()
    }

    /// Number of pixels that two masks have in common.
    pub fn intersection(&self, index: usize, other: usize) -> u64 {
        let (mut own, mut others) = (self.spans(index).peekable(), self.spans(other).peekable());
        let mut area = 0;
        while let (Some(a), Some(b)) = (own.peek(), others.peek()) {
            area += if a.y == b.y { common(a, b) } else { 0 };
            if (a.y, a.end) <= (b.y, b.end) {
                own.next();
            } else {
                others.next();
            }
        }
        area
    }
}

/// Number of columns that two spans have in common.
fn common(a: &Span, b: &Span) -> u64 {
    a.end.min(b.end).saturating_sub(a.start.max(b.start)) as u64
}
