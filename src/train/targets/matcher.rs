//! Matching of anchors and proposals to ground-truth objects
//! (`Matcher` in `torchvision/models/detection/_utils.py`).

use crate::structures::BoundingBox;

/// What an anchor or a proposal is matched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The object of this index.
    Object(usize),
    /// No object.
    Background,
    /// Undecided: it teaches nothing.
    Ignored,
}

/// Matches candidates with objects by their IoU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matcher {
    /// Candidates with at least this IoU with an object, 0..1, are positive.
    pub foreground: f32,
    /// Candidates below this IoU with every object, 0..1, are negative.
    pub background: f32,
    /// Whether the candidates with the largest IoU with an object are positive whatever that IoU is; each is matched
    /// to the object that it overlaps most.
    pub keep_best: bool,
}

/// From this share of it on, a candidate that lies within an ignored region is ignored.
const IGNORED_SHARE: f32 = 0.5;

impl Matcher {
    /// The match of each of `candidates`. Of two objects with the same IoU the first one counts.
    ///
    /// Where an object touches no candidate, torchvision would take all candidates that it doesn't
    /// touch for its best; here it has none.
    pub fn run(&self, candidates: &[BoundingBox], objects: &[BoundingBox], ignored: &[BoundingBox]) -> Vec<Match> {
        let mut best = vec![(0.0, 0); candidates.len()];
        let mut best_of_objects = vec![];
        for (index, object) in objects.iter().enumerate() {
            let mut largest = f32::MIN_POSITIVE;
            let mut nearest = vec![];
            for (position, (candidate, best)) in candidates.iter().zip(&mut best).enumerate() {
                // Most pairs are far apart: this alone makes matching several times faster.
                if !touches(object, candidate) {
                    continue;
                }
                let iou = object.iou(candidate);
                if iou > best.0 {
                    *best = (iou, index);
                }
                if self.keep_best && iou >= largest {
                    if iou > largest {
                        nearest.clear();
                    }
                    largest = iou;
                    nearest.push(position);
                }
            }
            best_of_objects.extend(nearest);
        }

        let by_threshold = |&(iou, object): &(f32, usize)| match iou {
            _ if iou >= self.foreground && !objects.is_empty() => Match::Object(object),
            _ if iou < self.background => Match::Background,
            _ => Match::Ignored,
        };
        let mut matches: Vec<Match> = best.iter().map(by_threshold).collect();
        for position in best_of_objects {
            matches[position] = Match::Object(best[position].1);
        }
        for region in ignored {
            for (candidate, found) in candidates.iter().zip(&mut matches) {
                if intersection(region, candidate) >= IGNORED_SHARE * candidate.area() && candidate.area() > 0.0 {
                    *found = Match::Ignored;
                }
            }
        }
        matches
    }
}

fn touches(a: &BoundingBox, b: &BoundingBox) -> bool {
    (a.x1 < b.x2) & (b.x1 < a.x2) & (a.y1 < b.y2) & (b.y1 < a.y2)
}

fn intersection(a: &BoundingBox, b: &BoundingBox) -> f32 {
    let width = (a.x2.min(b.x2) - a.x1.max(b.x1)).max(0.0);
    let height = (a.y2.min(b.y2) - a.y1.max(b.y1)).max(0.0);
    width * height
}
