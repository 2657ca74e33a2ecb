//! Which of our boxes is which of the reference's.

use maskrcnn_web::structures::BoundingBox;

/// Boxes whose corners are further apart than this, in pixels, are not the same box. It is wide
/// of the tolerance, so that a box that is slightly wrong is found and reported as such.
const REACH: f32 = 1.0;

/// The largest distance of two boxes' edges, in pixels.
pub(super) fn distance(a: &BoundingBox, b: &BoundingBox) -> f32 {
    let edges = [a.x1 - b.x1, a.y1 - b.y1, a.x2 - b.x2, a.y2 - b.y2];
    edges.into_iter().map(f32::abs).fold(0.0, super::verdict::worse)
}

/// For each of the reference's boxes our nearest, each of ours at most once, nearest pairs first;
/// only where `may(theirs, ours)`.
pub(super) fn pair(
    theirs: &[BoundingBox],
    ours: &[BoundingBox],
    may: impl Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    let mut candidates = Vec::new();
    for (i, a) in theirs.iter().enumerate() {
        for (j, b) in ours.iter().enumerate() {
            let distance = distance(a, b);
            if distance <= REACH && may(i, j) {
                // Equal boxes are paired in their order.
                candidates.push((distance, i.abs_diff(j), i, j));
            }
        }
    }
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut pairs = vec![None; theirs.len()];
    let mut taken = vec![false; ours.len()];
    for (_, _, i, j) in candidates {
        if pairs[i].is_none() && !taken[j] {
            pairs[i] = Some(j);
            taken[j] = true;
        }
    }
    pairs
}

/// Indices from 0 to `n` that no pair names.
pub(super) fn left_over(pairs: &[Option<usize>], n: usize) -> Vec<usize> {
    let mut free = vec![true; n];
    for &j in pairs.iter().flatten() {
        free[j] = false;
    }
    (0..n).filter(|&j| free[j]).collect()
}
