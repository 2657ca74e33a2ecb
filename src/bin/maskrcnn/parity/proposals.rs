//! The proposals: a set of boxes with scores.

use maskrcnn_web::Result;
use maskrcnn_web::config::ProposalSettings;

use super::cutoff::Decisions;
use super::dense;
use super::pairs::{Chosen, distance, largest, pair};
use super::reference::Reference;
use super::stages::Stages;
use super::verdict::Verdict;

/// The largest distance of two boxes' edges, in pixels.
pub(super) const BOX_TOLERANCE: f32 = 0.05;
/// The largest difference of two scores on 0..1.
pub(super) const SCORE_TOLERANCE: f32 = 1e-3;

/// Holds the proposals and their scores against the reference's. Returns our partner of each.
pub(super) fn compare(reference: &Reference, ours: &Stages, verdicts: &mut Vec<Verdict>) -> Result<Vec<Option<usize>>> {
    let (boxes, scores) = ("rpn.proposals", "rpn.proposal_scores");
    let theirs = reference.chosen(boxes, scores, None)?;
    let ours = match Chosen::read(ours, boxes, scores, None) {
        Ok(ours) => ours,
        Err(bad) => {
            verdicts.push(Verdict::unusable(bad, reference.stage(boxes)?));
            return Ok(vec![None; theirs.boxes.len()]);
        }
    };
    let pairs = pair(&theirs, &ours);
    let furthest = largest(&pairs, |i, j| distance(&theirs.boxes[i], &ours.boxes[j]));
    let error = largest(&pairs, |i, j| (theirs.scores[i] - ours.scores[j]).abs());
    let verdict = Verdict::absolute(boxes, reference.stage(boxes)?, furthest, BOX_TOLERANCE, " px");
    verdicts.push(decisions(reference).judge(verdict, &in_logits(theirs), &in_logits(ours), &pairs));
    verdicts.push(Verdict::absolute(scores, reference.stage(scores)?, error, SCORE_TOLERANCE, ""));
    Ok(pairs)
}

/// How torchvision chose the proposals, read off its own logits.
fn decisions(reference: &Reference) -> Decisions {
    let (candidates, limit) = reference.proposal_limits();
    let mut thresholds = Vec::new();
    let mut magnitude: f32 = 0.0;
    for (_, level) in reference.features().filter(|(name, _)| name.starts_with("rpn.objectness.")) {
        let mut logits = level.values.clone();
        logits.sort_by(|a, b| b.total_cmp(a));
        // Where a level has no more candidates than the limit, it cuts none off.
        thresholds.extend(logits.get(candidates));
        magnitude = magnitude.max(level.magnitude());
    }
    Decisions {
        thresholds,
        score_noise: dense::TOLERANCE * magnitude,
        limit,
        nms_threshold: ProposalSettings::default().nms_threshold,
    }
}

/// With the scores as logits, in which noise is the same everywhere.
fn in_logits(chosen: Chosen) -> Chosen {
    let logit = |score: f64| (score / (1.0 - score)).ln() as f32;
    let logits = chosen.scores.iter().map(|&score| logit(f64::from(score).clamp(1e-7, 1.0 - 1e-7)));
    Chosen { scores: logits.collect(), ..chosen }
}
