//! Which of our boxes is which of the reference's.

use maskrcnn_web::structures::BoundingBox;

use super::difference::worse;
use super::stages::{Stages, Unusable};

/// Boxes whose corners are further apart than this, in pixels, are not the same box. It is wide
/// of the tolerance, so that a box that is slightly wrong is found and reported as such.
const REACH: f32 = 1.0;

/// The boxes that one side chose, and what they were chosen by.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) boxes: Vec<BoundingBox>,
    pub(super) scores: Vec<f32>,
    /// Boxes of different groups do not suppress each other, and are never the same.
    pub(super) groups: Vec<f32>,
}

impl Chosen {
    /// Reads the stages of these names; without `groups` all boxes are of one.
    pub(super) fn read(stages: &Stages, boxes: &str, scores: &str, groups: Option<&str>) -> Result<Self, Unusable> {
        let get = |name: &str, values_a_box: usize, boxes: Option<usize>| {
            let unusable = |why: String| Unusable { stage: name.into(), why };
            let stage = stages.get(name).ok_or_else(|| unusable("missing".into()))?;
            let fits = stage.values.len() == stage.rows() * values_a_box;
            match boxes {
                _ if !fits => Err(unusable(format!("has the shape {:?}", stage.shape))),
                Some(boxes) if stage.rows() != boxes => Err(unusable(format!("{} for {boxes} boxes", stage.rows()))),
                _ => Ok(stage),
            }
        };
        let boxes = get(boxes, 4, None)?.boxes();
        let scores = get(scores, 1, Some(boxes.len()))?.values.clone();
        let groups = match groups {
            Some(groups) => get(groups, 1, Some(boxes.len()))?.values.clone(),
            None => vec![0.0; boxes.len()],
        };
        Ok(Self { boxes, scores, groups })
    }
}

/// The largest distance of two boxes' edges, in pixels.
pub(super) fn distance(a: &BoundingBox, b: &BoundingBox) -> f32 {
    let edges = [a.x1 - b.x1, a.y1 - b.y1, a.x2 - b.x2, a.y2 - b.y2];
    edges.into_iter().map(f32::abs).fold(0.0, worse)
}

/// For each of the reference's boxes our nearest of the same group, each of ours at most once,
/// nearest pairs first. Of equal boxes (many are clipped to the whole image) those with the
/// nearest scores.
pub(super) fn pair(theirs: &Chosen, ours: &Chosen) -> Vec<Option<usize>> {
    let mut candidates = Vec::new();
    for (i, a) in theirs.boxes.iter().enumerate() {
        for (j, b) in ours.boxes.iter().enumerate() {
            let distance = distance(a, b);
            if distance <= REACH && theirs.groups[i] == ours.groups[j] {
                candidates.push((distance, (theirs.scores[i] - ours.scores[j]).abs(), i, j));
            }
        }
    }
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut pairs = vec![None; theirs.boxes.len()];
    let mut taken = vec![false; ours.boxes.len()];
    for (_, _, i, j) in candidates {
        if pairs[i].is_none() && !taken[j] {
            pairs[i] = Some(j);
            taken[j] = true;
        }
    }
    pairs
}

/// The largest difference among the pairs.
pub(super) fn largest(pairs: &[Option<usize>], difference: impl Fn(usize, usize) -> f32) -> f32 {
    let pairs = pairs.iter().enumerate().filter_map(|(i, j)| Some((i, (*j)?)));
    pairs.fold(0.0, |largest, (i, j)| worse(largest, difference(i, j)))
}

/// Indices from 0 to `n` that no pair names.
pub(super) fn left_over(pairs: &[Option<usize>], n: usize) -> Vec<usize> {
    let mut free = vec![true; n];
    for &j in pairs.iter().flatten() {
        free[j] = false;
    }
    (0..n).filter(|&j| free[j]).collect()
}
