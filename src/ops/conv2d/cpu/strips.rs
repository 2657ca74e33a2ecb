//! The parts that pictures are worked on in: the same ones on every machine, so that sums are.

use core::ops::Range;

/// Values of a frame that fit into a core's own cache, with room for the rest.
const CACHED: usize = 48 * 1024;
/// Parts that there are at least, for the threads to share.
const LEAST: usize = if cfg!(feature = "threads") { 8 } else { 1 };

/// Rows of one picture.
#[derive(Debug, Clone)]
pub(super) struct Strip {
    pub(super) entry: usize,
    pub(super) rows: Range<usize>,
}

/// All pictures in strips.
#[derive(Debug)]
pub(super) struct Strips {
    /// Picture by picture, from top to bottom.
    pub(super) list: Vec<Strip>,
    /// Rows of a strip; the last of a picture may have fewer.
    pub(super) rows: usize,
    /// Strips of each picture.
    pub(super) a_picture: usize,
}

/// Cuts pictures with so many rows; for each strip, `margin` more rows are needed, and a row is
/// `row_len` values.
pub(super) fn strips(pictures: usize, rows: usize, margin: usize, row_len: usize) -> Strips {
    let cached = (CACHED / row_len.max(1)).saturating_sub(margin).max(margin * 2).max(1);
    let count = rows.div_ceil(cached).max(LEAST.div_ceil(pictures.max(1)).min(rows.div_ceil(margin * 2 + 1)));
    let rows_each = rows.div_ceil(count.max(1)).max(1);
    let a_picture = rows.div_ceil(rows_each);
    let strip = |index: usize| {
        let first = index % a_picture * rows_each;
        Strip { entry: index / a_picture, rows: first..(first + rows_each).min(rows) }
    };
    Strips { list: (0..pictures * a_picture).map(strip).collect(), rows: rows_each, a_picture }
}
