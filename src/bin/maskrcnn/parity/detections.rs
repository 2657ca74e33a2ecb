//! The detections: a set of boxes with classes, scores and masks.

use maskrcnn_web::Result;
use maskrcnn_web::model::roi_heads::RoiHeadsConfig;
use maskrcnn_web::ops::paste_masks::{PastedMask, paste};
use maskrcnn_web::structures::{BoundingBox, Image, Mask};

use super::cutoff::{Chosen, Decisions, one_each};
use super::dense::compare_rows;
use super::pairs::{distance, pair};
use super::proposals::{BOX_TOLERANCE, SCORE_TOLERANCE};
use super::reference::Reference;
use super::stages::Stages;
use super::verdict::{Verdict, worse};

/// Scores closer than this can come in either order: torch's own noise between float32 and float64.
const SCORE_NOISE: f32 = 3e-4;
/// At most this part of the masks' pixels may differ.
const PIXEL_TOLERANCE: f32 = 1e-3;

/// Holds the detections against the reference's, with their masks unless `masks` is false.
pub(super) fn compare(reference: &Reference, ours: &Stages, masks: bool, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let names = ["det.boxes", "det.scores", "det.labels"];
    let mut expected = Vec::new();
    let mut found = Vec::new();
    for name in names {
        let stage = reference.stage(name)?;
        match ours.get(name) {
            Some(ours) => found.push(ours),
            None => verdicts.push(Verdict::missing(name, stage)),
        }
        expected.push(stage);
    }
    if found.len() < names.len() {
        return Ok(());
    }
    let (theirs, boxes) = (expected[0].boxes(), found[0].boxes());
    let mut columns = Vec::new();
    for (stages, boxes) in [(&expected, theirs.len()), (&found, boxes.len())] {
        for (name, stage) in names.iter().zip(stages).skip(1) {
            match one_each(name, stage, boxes) {
                Ok(column) => columns.push(column),
                Err(verdict) => {
                    verdicts.push(verdict);
                    return Ok(());
                }
            }
        }
    }
    let theirs = Chosen { boxes: &theirs, scores: columns[0], groups: columns[1] };
    let ours_chosen = Chosen { boxes: &boxes, scores: columns[2], groups: columns[3] };
    let pairs = pair(theirs.boxes, ours_chosen.boxes, |i, j| theirs.groups[i] == ours_chosen.groups[j]);
    let paired = || pairs.iter().enumerate().filter_map(|(i, j)| Some((i, (*j)?)));

    let furthest =
        paired().fold(0.0, |largest, (i, j)| worse(largest, distance(&theirs.boxes[i], &ours_chosen.boxes[j])));
    let verdict = Verdict::absolute("det.boxes", expected[0], furthest, BOX_TOLERANCE, " px");
    verdicts.push(decisions().judge(verdict, &theirs, &ours_chosen, &pairs));
    let error = paired().fold(0.0, |largest, (i, j)| worse(largest, (theirs.scores[i] - ours_chosen.scores[j]).abs()));
    verdicts.push(Verdict::absolute("det.scores", expected[1], error, SCORE_TOLERANCE, ""));
    let swapped = out_of_order(theirs.scores, &pairs) as f32;
    verdicts.push(Verdict::absolute("det.labels", expected[2], swapped, 0.0, " out of order"));
    if masks {
        compare_masks(reference, ours, theirs.boxes, &boxes, &pairs, verdicts);
    }
    Ok(())
}

/// How torchvision chooses detections.
fn decisions() -> Decisions {
    let config = RoiHeadsConfig::default();
    Decisions {
        thresholds: vec![config.score_threshold],
        score_noise: SCORE_TOLERANCE,
        limit: config.detections_per_image,
        nms_threshold: config.nms_threshold,
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

fn compare_masks(
    reference: &Reference,
    ours: &Stages,
    theirs: &[BoundingBox],
    boxes: &[BoundingBox],
    pairs: &[Option<usize>],
    verdicts: &mut Vec<Verdict>,
) {
    let found = ours.get("mask.logits");
    if let Some(expected) = reference.get("mask.logits") {
        verdicts.push(compare_rows("mask.logits", expected, found, pairs));
    }
    let Some(expected) = reference.get("mask.binary_bits") else { return };
    let Some(found) = found else {
        verdicts.push(Verdict::missing("mask.binary_bits", expected));
        return;
    };
    let pairs: Vec<(usize, usize)> = pairs.iter().enumerate().filter_map(|(i, j)| Some((i, (*j)?))).collect();
    let all = (pairs.len() * reference.image.width() * reference.image.height()) as f32;
    let (mut differing, mut rounded) = (0, 0);
    for &(i, j) in &pairs {
        // The box is rounded to whole pixels. Where noise made it other ones, the mask is held
        // against torch's at torch's box; that the boxes agree has its own line.
        let places = [boxes[j], theirs[i]].map(|place| pasted(found.row(j), &place, &reference.image));
        let [at_ours, at_theirs] = &places;
        let same_pixels = rectangle(at_ours) == rectangle(at_theirs);
        rounded += usize::from(!same_pixels);
        differing += differing_pixels(expected.row(i), if same_pixels { at_ours } else { at_theirs }, &reference.image);
    }
    let share = if differing == 0 { 0.0 } else { differing as f32 / all };
    let mut note = format!("{differing} of {all} pixels differ");
    if rounded > 0 {
        note += &format!(", {rounded} of {} at torch's box", pairs.len());
    }
    verdicts.push(Verdict::absolute("mask.binary_bits", expected, share, PIXEL_TOLERANCE, " of pixels").note(note));
}

/// A mask's logits (`[size × size]`) as probabilities in pixels of the picture.
fn pasted(logits: &[f32], bounding_box: &BoundingBox, image: &Image) -> PastedMask {
    let probabilities = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
    let mask = Mask { size: logits.len().isqrt(), probabilities };
    paste(&mask, bounding_box, image.width(), image.height())
}

/// Left, top, width and height in pixels.
fn rectangle(mask: &PastedMask) -> [usize; 4] {
    [mask.x, mask.y, mask.width, mask.height]
}

/// Pixels in which a mask, thresholded, differs from the reference's packed bits
/// (`[height, ⌈width / 8⌉]`, the first pixel in the highest bit).
fn differing_pixels(bits: &[f32], pasted: &PastedMask, image: &Image) -> usize {
    let binary = pasted.binary(0.5);
    let bytes_a_row = image.width().div_ceil(8);
    let byte = |x: usize, y: usize| bits.get(y * bytes_a_row + x / 8).map_or(0, |&byte| byte as u8);
    let expected = |x: usize, y: usize| (byte(x, y) >> (7 - x % 8)) & 1;
    let ours = |x: usize, y: usize| {
        let (x, y) = (x.wrapping_sub(pasted.x), y.wrapping_sub(pasted.y));
        if x < pasted.width && y < pasted.height { binary[y * pasted.width + x] } else { 0 }
    };
    let pixels = (0..image.height()).flat_map(|y| (0..image.width()).map(move |x| (x, y)));
    pixels.filter(|&(x, y)| expected(x, y) != ours(x, y)).count()
}
