//! Boxes that one side has and the other has not: right only where float noise can turn the decision.

use super::pairs::{Chosen, left_over};
use super::verdict::Verdict;

/// At most this part of the reference's boxes may be without a partner, rounded up.
const UNPAIRED: f32 = 0.01;
/// How far an intersection over union can move by noise; 0.05 px do that to a box of 20 px.
const IOU_NOISE: f32 = 0.01;

/// The decisions that both sides made.
#[derive(Debug)]
pub(super) struct Decisions {
    /// Scores that a candidate had to reach.
    pub(super) thresholds: Vec<f32>,
    /// How far a score can move by noise.
    pub(super) score_noise: f32,
    /// Maximum number of boxes that were kept, the best ones.
    pub(super) limit: usize,
    /// Of two boxes of a group with a larger IoU, only the better one was kept.
    pub(super) nms_threshold: f32,
}

impl Decisions {
    /// Fails `verdict` where too many boxes have no partner, or one has none without an excuse.
    pub(super) fn judge(&self, verdict: Verdict, theirs: &Chosen, ours: &Chosen, pairs: &[Option<usize>]) -> Verdict {
        let only_theirs: Vec<usize> = (0..pairs.len()).filter(|&i| pairs[i].is_none()).collect();
        let only_ours = left_over(pairs, ours.boxes.len());
        let unpaired = only_theirs.len().max(only_ours.len());
        let paired = pairs.len() - only_theirs.len();
        let mut note = format!("{paired} of {} paired", pairs.len());
        if unpaired == 0 {
            return verdict.note(note);
        }
        let excused = |side, indices: &[usize], other, others: &[usize]| {
            indices.iter().filter(|&&index| self.excuses(side, index, other, others)).count()
        };
        let excuses = excused(theirs, &only_theirs, ours, &only_ours) + excused(ours, &only_ours, theirs, &only_theirs);
        let all = only_theirs.len() + only_ours.len();
        note += &format!(
            ", {} only in torch, {} only here, {excuses} of {all} at a cut-off",
            only_theirs.len(),
            only_ours.len()
        );
        let allowed = (pairs.len() as f32 * UNPAIRED).ceil() as usize;
        verdict.note(note).and(unpaired <= allowed && excuses == all)
    }

    /// Whether noise can have kept the box `index` out of the other side, which alone has `others`.
    fn excuses(&self, side: &Chosen, index: usize, other: &Chosen, others: &[usize]) -> bool {
        let score = side.scores[index];
        let at_threshold = self.thresholds.iter().any(|threshold| (score - threshold).abs() <= self.score_noise);
        at_threshold || self.last_in(side, score, others.len()) || self.suppressed_in(side, index, other, others)
    }

    /// Whether `extra` boxes more on the other side push a box with this score out.
    fn last_in(&self, side: &Chosen, score: f32, extra: usize) -> bool {
        let mut scores = side.scores.to_vec();
        scores.sort_by(f32::total_cmp);
        let last = scores.get(extra.saturating_sub(1)).or(scores.last());
        scores.len() >= self.limit && last.is_some_and(|last| score <= last + self.score_noise)
    }

    /// Whether a box of the other side suppresses this one: by a hair, or because it won there.
    fn suppressed_in(&self, side: &Chosen, index: usize, other: &Chosen, others: &[usize]) -> bool {
        (0..other.boxes.len()).filter(|&rival| other.groups[rival] == side.groups[index]).any(|rival| {
            let beyond = side.boxes[index].iou(&other.boxes[rival]) - self.nms_threshold;
            let won = others.contains(&rival) && other.scores[rival] >= side.scores[index] - self.score_noise;
            beyond.abs() <= IOU_NOISE || (beyond > 0.0 && won)
        })
    }
}

#[cfg(test)]
mod tests {
    use maskrcnn_web::structures::BoundingBox;

    use super::super::pairs::pair;
    use super::super::stages::Tensor;
    use super::*;

    const DECISIONS: Decisions = Decisions { thresholds: vec![], score_noise: 1e-3, limit: 100, nms_threshold: 0.5 };

    /// Boxes of 100×10 px, each as far to the right as the first number says, and its score.
    fn chosen(boxes: &[(f32, f32)]) -> Chosen {
        let place = |&(x1, _): &(f32, f32)| BoundingBox { x1, y1: 0.0, x2: x1 + 100.0, y2: 10.0 };
        Chosen {
            boxes: boxes.iter().map(place).collect(),
            scores: boxes.iter().map(|&(_, score)| score).collect(),
            groups: vec![1.0; boxes.len()],
        }
    }

    fn accepts(decisions: &Decisions, theirs: &[(f32, f32)], ours: &[(f32, f32)]) -> bool {
        let (theirs, ours) = (chosen(theirs), chosen(ours));
        let stage = Tensor { shape: vec![theirs.boxes.len(), 4], values: vec![] };
        let verdict = Verdict::absolute("boxes", &stage, 0.0, 0.0, "");
        decisions.judge(verdict, &theirs, &ours, &pair(&theirs, &ours)).ok
    }

    #[test]
    fn a_box_is_lost_only_to_a_rival_at_the_threshold() {
        // 100 px wide boxes, 33.3 px apart: an intersection over union of a half.
        assert!(accepts(&DECISIONS, &[(0.0, 0.9), (33.5, 0.8)], &[(0.0, 0.9)]));
        assert!(!accepts(&DECISIONS, &[(0.0, 0.9), (45.0, 0.8)], &[(0.0, 0.9)]));
        assert!(!accepts(&DECISIONS, &[(0.0, 0.9), (300.0, 0.8)], &[(0.0, 0.9)]));
    }

    #[test]
    fn of_two_rivals_with_the_same_score_either_may_win() {
        assert!(accepts(&DECISIONS, &[(0.0, 0.8)], &[(20.0, 0.8005)]));
        assert!(!accepts(&DECISIONS, &[(0.0, 0.8)], &[(20.0, 0.6)]));
        assert!(!accepts(&DECISIONS, &[(0.0, 0.8)], &[(90.0, 0.8)]));
    }

    #[test]
    fn a_box_at_a_score_threshold_may_be_missing() {
        let decisions = Decisions { thresholds: vec![0.05], ..DECISIONS };
        assert!(accepts(&decisions, &[(0.0, 0.9), (300.0, 0.0505)], &[(0.0, 0.9)]));
        assert!(accepts(&decisions, &[(0.0, 0.9)], &[(0.0, 0.9), (300.0, 0.0505)]));
        assert!(!accepts(&decisions, &[(0.0, 0.9), (300.0, 0.06)], &[(0.0, 0.9)]));
    }

    #[test]
    fn the_last_of_a_full_list_may_be_another() {
        let decisions = Decisions { limit: 2, ..DECISIONS };
        assert!(accepts(&decisions, &[(0.0, 0.9), (300.0, 0.2)], &[(0.0, 0.9), (600.0, 0.2)]));
        assert!(!accepts(&decisions, &[(0.0, 0.9), (300.0, 0.2)], &[(600.0, 0.9), (300.0, 0.2)]));
        assert!(!accepts(&DECISIONS, &[(0.0, 0.9), (300.0, 0.2)], &[(0.0, 0.9), (600.0, 0.2)]));
    }
}
