//! Objects of one image pasted into another (Ghiasi et al. 2021, "Simple Copy-Paste is a Strong Data Augmentation Method for
//! Instance Segmentation").

use super::AugmentConfig;
use crate::error::Result;
use crate::image::Image;
use crate::structures::MaskRect;
use crate::train::{Object, Random, Sample};

/// Probability that an object of the other image is pasted.
const PASTED_SHARE: f32 = 0.5;

/// Pastes some of the masked objects of `from` into `sample`, at the same place; both are in the network's pixels. What they
/// cover is cut from the masks beneath, and objects of which too little remains are ignored, as at the edge of a crop.
///
/// # Errors
/// None for samples that [`Augment::apply`](super::Augment::apply) made.
pub(super) fn paste(config: &AugmentConfig, sample: Sample, from: &Sample, random: &mut Random) -> Result<Sample> {
    let (width, height) = (sample.image.width(), sample.image.height());
    let pasted: Vec<Object> = from
        .objects
        .iter()
        .filter_map(|object| {
            let whole = object.mask.as_ref()?;
            let mask = whole.moved(MaskRect { x: 0, y: 0, width, height }, (0, 0))?;
            let is_hidden = config.is_hidden(mask.area() as f32, whole.area() as f32);
            let is_chosen = random.chance(PASTED_SHARE);
            let object = Object { bounding_box: mask.bounding_box(), class_id: object.class_id, mask: Some(mask) };
            (is_chosen && !is_hidden).then_some(object)
        })
        .collect();
    if pasted.is_empty() {
        return Ok(sample);
    }
    let mut rgba = sample.image.rgba().to_vec();
    let mut is_covered = vec![false; width * height];
    let source = from.image.rgba();
    for mask in pasted.iter().filter_map(|object| object.mask.as_ref()) {
        for (x, y) in mask.inside() {
            let (to, at) = ((y * width + x) * 4, (y * from.image.width() + x) * 4);
            rgba[to..to + 4].copy_from_slice(&source[at..at + 4]);
            is_covered[y * width + x] = true;
        }
    }
    let mut result = Sample { image: Image::from_rgba(width, height, rgba)?, objects: Vec::new(), ..sample };
    for object in sample.objects {
        let Some(mask) = &object.mask else {
            // How much of it is covered, only a mask tells.
            result.objects.push(object);
            continue;
        };
        let all = mask.area() as f32;
        let mut rest = mask.clone();
        let part = rest.part;
        for (i, pixel) in rest.pixels.iter_mut().enumerate() {
            if is_covered[(part.y + i / part.width) * width + part.x + i % part.width] {
                *pixel = 0;
            }
        }
        let area = rest.area();
        let Some(rest) = rest.trimmed() else { continue };
        if config.is_hidden(area as f32, all) {
            result.ignored.push(rest.bounding_box());
        } else {
            let bounding_box = rest.bounding_box();
            result.objects.push(Object { bounding_box, mask: Some(rest), ..object });
        }
    }
    result.objects.extend(pasted);
    Ok(result)
}
