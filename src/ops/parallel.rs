//! Loops over independent parts: on all cores with the feature `threads`, one part after the other without.
//!
//! Callers choose the parts, and never by the number of cores: a sum that is split differently is rounded
//! differently, and results are to be identical on every machine.

#[cfg(feature = "threads")]
use rayon::prelude::*;

/// Calls `work` with the index of each item and the item; items are large enough to be scheduled one by one.
pub(super) fn for_each<T: Send>(items: Vec<T>, work: impl Fn(usize, T) + Send + Sync) {
    iterate(items, 1).enumerate().for_each(|(index, item)| work(index, item));
}

/// What `work` returns for the index of each item and the item, in the order of the items.
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(usize, T) -> R + Send + Sync) -> Vec<R> {
    iterate(items, 1).enumerate().map(|(index, item)| work(index, item)).collect()
}

/// Calls `work` with each chunk of `length` values, of which the last may be shorter, and its index.
pub(super) fn for_each_chunk<T: Send>(values: &mut [T], length: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
    let chunks: Vec<&mut [T]> = values.chunks_mut(length.max(1)).collect();
    iterate(chunks, usize::MAX).enumerate().for_each(|(index, chunk)| work(index, chunk));
}

/// `max_len` is the number of items that one thread takes at most at a time.
#[cfg(feature = "threads")]
fn iterate<T: Send>(items: Vec<T>, max_len: usize) -> impl IndexedParallelIterator<Item = T> {
    items.into_par_iter().with_max_len(max_len)
}

#[cfg(not(feature = "threads"))]
fn iterate<T>(items: Vec<T>, _max_len: usize) -> impl Iterator<Item = T> {
    items.into_iter()
}
