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
    /// At most so many boxes were kept, the best ones.
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
