//! The detections: a set of boxes with classes and scores.

use maskrcnn_web::Result;
use maskrcnn_web::config::DetectionSettings;

use super::cutoff::Decisions;
use super::masks;
use super::pairs::{Chosen, distance, largest, pair};
use super::proposals::{BOX_TOLERANCE, SCORE_TOLERANCE};
use super::reference::Reference;
use super::stages::Stages;
use super::verdict::Verdict;

/// Scores closer than this can come in either order: torch's own noise between float32 and float64.
const SCORE_NOISE: f32 = 3e-4;

/// Holds the detections against the reference's, with their masks unless `with_masks` is false.
pub(super) fn compare(
    reference: &Reference,
    stages: &Stages,
    with_masks: bool,
    verdicts: &mut Vec<Verdict>,
) -> Result<()> {
    let (boxes, scores, labels) = ("det.boxes", "det.scores", "det.labels");
    let theirs = reference.chosen(boxes, scores, Some(labels))?;
    let ours = match Chosen::read(stages, boxes, scores, Some(labels)) {
        Ok(ours) => ours,
        Err(bad) => {
            verdicts.push(Verdict::unusable(bad, reference.stage(boxes)?));
            return Ok(());
        }
    };
    let pairs = pair(&theirs, &ours);
    let furthest = largest(&pairs, |i, j| distance(&theirs.boxes[i], &ours.boxes[j]));
    let error = largest(&pairs, |i, j| (theirs.scores[i] - ours.scores[j]).abs());
    let swapped = out_of_order(&theirs.scores, &pairs) as f32;
    let verdict = Verdict::absolute(boxes, reference.stage(boxes)?, furthest, BOX_TOLERANCE, " px");
    verdicts.push(decisions().judge(verdict, &theirs, &ours, &pairs));
    verdicts.push(Verdict::absolute(scores, reference.stage(scores)?, error, SCORE_TOLERANCE, ""));
    verdicts.push(Verdict::absolute(labels, reference.stage(labels)?, swapped, 0.0, " out of order"));
    if with_masks {
        let paired = masks::PairedBoxes { theirs: &theirs.boxes, ours: &ours.boxes, pairs: &pairs };
        masks::compare(reference, stages, paired, verdicts);
    }
    Ok(())
}

/// How torchvision chooses detections.
fn decisions() -> Decisions {
    let settings = DetectionSettings::default();
    Decisions {
        thresholds: vec![settings.score_threshold],
        score_noise: SCORE_TOLERANCE,
        limit: settings.max_detections,
        nms_threshold: settings.nms_threshold,
    }
}

/// How many pairs of the reference's detections come in the other order here, though their
/// scores are further apart than noise.
fn out_of_order(scores: &[f32], pairs: &[Option<usize>]) -> usize {
    let mut swapped = 0;
    for (i, place) in pairs.iter().enumerate() {
        for (j, later) in pairs.iter().enumerate().skip(i + 1) {
            if let (Some(place), Some(later)) = (place, later) {
                swapped += usize::from(scores[i] - scores[j] > SCORE_NOISE && place > later);
            }
        }
    }
    swapped
}
