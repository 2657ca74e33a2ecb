//! The masks of the detections.

use maskrcnn_web::image::Image;
use maskrcnn_web::structures::{BoundingBox, MASK_THRESHOLD, Mask, PastedMask, paste};

use super::dense::compare_rows;
use super::reference::Reference;
use super::stages::Stages;
use super::verdict::Verdict;

/// At most this part of the masks' pixels may differ.
const PIXEL_TOLERANCE: f32 = 1e-3;

/// The boxes of the reference's detections and of ours.
#[derive(Clone, Copy)]
pub(super) struct PairedBoxes<'a> {
    pub(super) theirs: &'a [BoundingBox],
    pub(super) ours: &'a [BoundingBox],
    /// The index in `ours` of the counterpart of each of `theirs`.
    pub(super) pairs: &'a [Option<usize>],
}

/// Holds the masks of paired detections against the reference's: logits, and pixels of the image.
pub(super) fn compare(reference: &Reference, ours: &Stages, paired: PairedBoxes<'_>, verdicts: &mut Vec<Verdict>) {
    let PairedBoxes { theirs, ours: boxes, pairs } = paired;
    let found = ours.get("mask.logits");
    if let Some(expected) = reference.get("mask.logits") {
        verdicts.push(compare_rows("mask.logits", expected, found, pairs));
    }
    let Some(expected) = reference.get("mask.binary_bits") else { return };
    let Some(found) = found else {
        verdicts.push(Verdict::missing("mask.binary_bits", expected));
        return;
    };
    if found.rows() != boxes.len() || found.values.len() < boxes.len() {
        let note = format!("{} masks for {} detections", found.rows(), boxes.len());
        verdicts.push(Verdict::incomparable("mask.binary_bits", expected, note));
        return;
    }
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

/// A mask's logits (`[size × size]`) as probabilities in pixels of the image.
fn pasted(logits: &[f32], bounding_box: &BoundingBox, image: &Image) -> PastedMask {
    let probabilities = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
    let mask = Mask { size: logits.len().isqrt(), probabilities, aligned: false };
    paste(&mask, bounding_box, image.width(), image.height())
}

/// Left, top, width and height in pixels.
fn rectangle(mask: &PastedMask) -> [usize; 4] {
    [mask.x, mask.y, mask.width, mask.height]
}

/// Pixels in which a mask, thresholded, differs from the reference's packed bits
/// (`[height, ⌈width / 8⌉]`, the first pixel in the highest bit).
fn differing_pixels(bits: &[f32], pasted: &PastedMask, image: &Image) -> usize {
    let binary = pasted.binary(MASK_THRESHOLD);
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
