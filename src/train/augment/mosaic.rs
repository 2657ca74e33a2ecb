//! Four images as the quarters of one (Bochkovskiy et al. 2020, "YOLOv4", section 3.3): more objects, and more scales, at
//! once.

use super::AugmentConfig;
use crate::error::Result;
use crate::image::Image;
use crate::structures::{BoundingBox, MaskRect};
use crate::train::{LabelledClasses, Object, Random, Sample};

/// Where the four images meet, as shares of the sides.
const CENTRE: [f32; 2] = [0.3, 0.7];

/// Puts four images together, each in the network's pixels, as they meet at a random point. The mosaic is as large as the
/// largest of them; a quarter that its image does not fill stays black.
///
/// # Errors
/// None for samples that [`Augment::apply`](super::Augment::apply) made.
pub(super) fn join(config: &AugmentConfig, samples: [Sample; 4], random: &mut Random) -> Result<Sample> {
    let width = samples.iter().map(|sample| sample.image.width()).max().unwrap_or(1);
    let height = samples.iter().map(|sample| sample.image.height()).max().unwrap_or(1);
    let [low, high] = CENTRE;
    let mut split = |side: usize| ((side as f32 * random.between(low, high)) as usize).clamp(1, side.max(2) - 1);
    let (middle_x, middle_y) = (split(width), split(height));
    let mut rgba = [0, 0, 0, 255].repeat(width * height);
    let (mut objects, mut ignored, mut labelled) = (Vec::new(), Vec::new(), LabelledClasses::All);
    for (quarter, sample) in samples.into_iter().enumerate() {
        let (is_right, is_lower) = (quarter % 2 == 1, quarter / 2 == 1);
        let (x, room_x) = if is_right { (middle_x, width - middle_x) } else { (0, middle_x) };
        let (y, room_y) = if is_lower { (middle_y, height - middle_y) } else { (0, middle_y) };
        let image = &sample.image;
        let window = MaskRect {
            x: random.below(image.width().saturating_sub(room_x) + 1),
            y: random.below(image.height().saturating_sub(room_y) + 1),
            width: room_x.min(image.width()),
            height: room_y.min(image.height()),
        };
        for row in 0..window.height {
            let from = ((window.y + row) * image.width() + window.x) * 4;
            let to = ((y + row) * width + x) * 4;
            rgba[to..to + window.width * 4].copy_from_slice(&image.rgba()[from..from + window.width * 4]);
        }
        for object in &sample.objects {
            match shown(config, object, window, (x, y)) {
                Shown::Object(object) => objects.push(object),
                Shown::Ignored(bounding_box) => ignored.push(bounding_box),
                Shown::Nothing => {}
            }
        }
        ignored.extend(sample.ignored.iter().filter_map(|ignored| moved(ignored, window, (x, y))));
        labelled = labelled.and(&sample.labelled);
    }
    Ok(Sample { image: Image::from_rgba(width, height, rgba)?, objects, ignored, labelled })
}

/// What a window shows of an object.
enum Shown {
    Object(Object),
    /// Too little of it.
    Ignored(BoundingBox),
    Nothing,
}

fn shown(config: &AugmentConfig, object: &Object, window: MaskRect, to: (usize, usize)) -> Shown {
    let Some(part) = moved(&object.bounding_box, window, to) else { return Shown::Nothing };
    let (bounding_box, mask, pixels, all) = match &object.mask {
        None => (part, None, part.area(), object.bounding_box.area()),
        Some(mask) => {
            let Some(cut) = mask.moved(window, to) else { return Shown::Nothing };
            (cut.bounding_box(), Some(cut.clone()), cut.area() as f32, mask.area() as f32)
        }
    };
    if config.is_hidden(pixels, all) {
        Shown::Ignored(bounding_box)
    } else {
        Shown::Object(Object { bounding_box, class_id: object.class_id, mask })
    }
}

/// The part of a box in a window, which is moved to a place; `None` where there is nothing of it.
fn moved(bounding_box: &BoundingBox, window: MaskRect, (x, y): (usize, usize)) -> Option<BoundingBox> {
    let (left, top) = (window.x as f32, window.y as f32);
    let BoundingBox { x1, y1, x2, y2 } = *bounding_box;
    let inside = BoundingBox { x1: x1 - left, y1: y1 - top, x2: x2 - left, y2: y2 - top };
    let BoundingBox { x1, y1, x2, y2 } = inside.clipped(window.width, window.height)?;
    let (x, y) = (x as f32, y as f32);
    Some(BoundingBox { x1: x1 + x, y1: y1 + y, x2: x2 + x, y2: y2 + y })
}
