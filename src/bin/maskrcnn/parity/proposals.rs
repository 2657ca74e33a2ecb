//! The proposals: a set of boxes with scores.

use maskrcnn_web::Result;
use maskrcnn_web::model::rpn::RpnConfig;

use super::cutoff::{Chosen, Decisions, one_each};
use super::dense;
use super::pairs::{distance, pair};
use super::reference::Reference;
use super::stages::Stages;
use super::verdict::{Verdict, worse};

/// The largest distance of two boxes' edges, in pixels.
pub(super) const BOX_TOLERANCE: f32 = 0.05;
/// The largest difference of two scores on 0..1.
pub(super) const SCORE_TOLERANCE: f32 = 1e-3;

/// Holds the proposals and their scores against the reference's. Returns our partner of each.
pub(super) fn compare(reference: &Reference, ours: &Stages, verdicts: &mut Vec<Verdict>) -> Result<Vec<Option<usize>>> {
    let expected = reference.stage("rpn.proposals")?;
    let expected_scores = reference.stage("rpn.proposal_scores")?;
    let (Some(found), Some(found_scores)) = (ours.get("rpn.proposals"), ours.get("rpn.proposal_scores")) else {
        verdicts.push(Verdict::missing("rpn.proposals", expected));
        return Ok(vec![None; expected.rows()]);
    };
    let (theirs, boxes) = (expected.boxes(), found.boxes());
    let pairs = pair(&theirs, &boxes, |_, _| true);
    let (their_scores, our_scores) = match (
        one_each("rpn.proposal_scores", expected_scores, theirs.len()),
        one_each("rpn.proposal_scores", found_scores, boxes.len()),
    ) {
        (Ok(theirs), Ok(ours)) => (theirs, ours),
        (Err(verdict), _) | (_, Err(verdict)) => {
            verdicts.push(verdict);
            return Ok(pairs);
        }
    };

    let paired = || pairs.iter().enumerate().filter_map(|(i, j)| Some((i, (*j)?)));
    let furthest = paired().fold(0.0, |largest, (i, j)| worse(largest, distance(&theirs[i], &boxes[j])));
    let verdict = Verdict::absolute("rpn.proposals", expected, furthest, BOX_TOLERANCE, " px");
    let (their_logits, our_logits) = (logits(their_scores), logits(our_scores));
    verdicts.push(decisions(reference).judge(
        verdict,
        &Chosen { boxes: &theirs, scores: &their_logits, groups: &vec![0.0; theirs.len()] },
        &Chosen { boxes: &boxes, scores: &our_logits, groups: &vec![0.0; boxes.len()] },
        &pairs,
    ));
    let error = paired().fold(0.0, |largest, (i, j)| worse(largest, (their_scores[i] - our_scores[j]).abs()));
    verdicts.push(Verdict::absolute("rpn.proposal_scores", expected_scores, error, SCORE_TOLERANCE, ""));
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
        nms_threshold: RpnConfig::default().nms_threshold,
    }
}

/// Scores as logits, in which noise is the same everywhere.
fn logits(scores: &[f32]) -> Vec<f32> {
    let logit = |score: f64| (score / (1.0 - score)).ln() as f32;
    scores.iter().map(|&score| logit(f64::from(score).clamp(1e-7, 1.0 - 1e-7))).collect()
}
