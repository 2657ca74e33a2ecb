//! One mask a pixel, as in an image of labels.

use super::picture::{FittedMask, Picture};
use crate::structures::Rle;

/// Gives each pixel of an image to the detection with the highest score, the first of those with
/// equal scores. A detection that keeps no pixel loses its mask.
pub(super) fn make_disjoint(picture: &mut Picture) {
    let (width, height) = (picture.width, picture.height);
    let mut taken = vec![false; width * height];
    let mut best_first: Vec<_> = picture.found.iter_mut().collect();
    best_first.sort_by(|a, b| b.score.total_cmp(&a.score));
    for found in best_first {
        let Some(mask) = &found.mask else { continue };
        let mut free = Vec::new();
        for pixel in mask.rle.runs().flat_map(|(start, end)| start..end) {
            if !std::mem::replace(&mut taken[pixel], true) {
                free.push((pixel, pixel + 1));
            }
        }
        // Part of a mask that fits the image fits it too.
        found.mask = Rle::from_runs(width, height, free).ok().filter(|rle| rle.area() > 0).map(FittedMask::new);
    }
}
