//! A fixed partition of images into strips, so that results are identical on every machine.

use core::ops::Range;

/// Values of a frame that fit into a core's own cache, with room for the rest.
const CACHED: usize = 48 * 1024;
/// Minimum number of strips, for the threads to share.
const MIN_STRIPS: usize = if cfg!(feature = "threads") { 8 } else { 1 };

/// Rows of one batch entry.
#[derive(Debug, Clone)]
pub(super) struct Strip {
    pub(super) entry: usize,
    pub(super) rows: Range<usize>,
}

/// All batch entries in strips.
#[derive(Debug)]
pub(super) struct Strips {
    /// Entry by entry, from top to bottom.
    pub(super) list: Vec<Strip>,
    /// Rows of a strip; the last of an entry may have fewer.
    pub(super) rows: usize,
    /// Strips per entry.
    pub(super) per_entry: usize,
}

/// Cuts entries of `rows` rows into strips; each strip needs `margin` more rows, and a row has
/// `row_len` values.
pub(super) fn strips(entries: usize, rows: usize, margin: usize, row_len: usize) -> Strips {
    let cached = (CACHED / row_len.max(1)).saturating_sub(margin).max(margin * 2).max(1);
    let count = rows.div_ceil(cached).max(MIN_STRIPS.div_ceil(entries.max(1)).min(rows.div_ceil(margin * 2 + 1)));
    let rows_each = rows.div_ceil(count.max(1)).max(1);
    let per_entry = rows.div_ceil(rows_each);
    let strip = |index: usize| {
        let first = index % per_entry * rows_each;
        Strip { entry: index / per_entry, rows: first..(first + rows_each).min(rows) }
    };
    Strips { list: (0..entries * per_entry).map(strip).collect(), rows: rows_each, per_entry }
}
