//! The scale that brings objects to the size that a model was trained with.

use crate::config::InputSettings;
use crate::error::{Error, Result};
use crate::structures::Objects;

/// The smallest and the largest scale, in pixels of the network's input for one of the image.
const SCALES: core::ops::RangeInclusive<f64> = 1.0 / 64.0..=16.0;

/// The scale, in pixels of the network's input for one of the image, at which objects of this diameter, in pixels of
/// the image, have the one that the model was trained with.
///
/// # Errors
/// [`Error::InvalidInput`] for a model whose manifest does not say `input.objectDiameter`, and for a diameter that is
/// not positive and finite or needs a scale outside of 1/64 to 16.
pub fn scale_for_diameter(diameter: f64, input: &InputSettings) -> Result<f64> {
    let Some(trained) = input.object_diameter else {
        return Err(Error::InvalidInput(
            "`diameter` needs a model whose manifest says `input.objectDiameter`, the size of objects that it was \
             trained with; this one's does not: leave `diameter` out, or set `input.objectDiameter`"
                .into(),
        ));
    };
    let scale = trained / diameter;
    if !(diameter.is_finite() && diameter > 0.0 && SCALES.contains(&scale)) {
        let (least, greatest) = (trained / SCALES.end(), trained / SCALES.start());
        return Err(Error::InvalidInput(format!(
            "`diameter` is {diameter} pixels; for this model it must be a number from {least:.1} to {greatest:.0}"
        )));
    }
    Ok(scale)
}

/// The median equivalent diameter of objects, that of a circle of the same area, in pixels of their image; `None`
/// where there are none. Objects that the image's edge cuts off do not count unless there are no others.
pub fn median_diameter(objects: &Objects) -> Option<f64> {
    let all =
        || -> Vec<f64> { (0..objects.len()).map(|index| area(objects, index)).filter(|&area| area > 0.0).collect() };
    diameter_of(&mut complete_areas(objects)).or_else(|| diameter_of(&mut all()))
}

/// The areas of the objects that the image's edge does not cut off, in square pixels.
pub(super) fn complete_areas(objects: &Objects) -> Vec<f64> {
    let complete = (0..objects.len()).filter(|&index| !touches_edge(objects, index));
    complete.map(|index| area(objects, index)).filter(|&area| area > 0.0).collect()
}

/// The diameter of a circle with the median of some areas, which are sorted; `None` where there are none.
pub(super) fn diameter_of(areas: &mut [f64]) -> Option<f64> {
    areas.sort_by(f64::total_cmp);
    let (low, high) = (areas.get(areas.len().saturating_sub(1) / 2)?, areas.get(areas.len() / 2)?);
    Some(2.0 * ((low + high) / 2.0 / core::f64::consts::PI).sqrt())
}

fn area(objects: &Objects, index: usize) -> f64 {
    match &objects.masks {
        Some(masks) => masks.area(index) as f64,
        // An ellipse in the box.
        None => f64::from(objects.boxes[index].area()) * core::f64::consts::FRAC_PI_4,
    }
}

fn touches_edge(objects: &Objects, index: usize) -> bool {
    let bounding_box = &objects.boxes[index];
    bounding_box.x1 < 1.0
        || bounding_box.y1 < 1.0
        || bounding_box.x2 > objects.width as f32 - 1.0
        || bounding_box.y2 > objects.height as f32 - 1.0
}
