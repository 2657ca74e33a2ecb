//! How large the images and objects of a data set are.

use crate::train::Dataset;

/// Numbers of a data set that a configuration depends on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statistics {
    /// Number of images, 1 or more.
    pub(crate) pictures: usize,
    /// The median of the images' shorter sides, in pixels.
    pub(crate) shorter_side: f32,
    /// The longer side by the shorter one, 1 or more: 95 of 100 images have no more.
    pub(crate) aspect: f32,
    /// The square root of the area of each object's box, in pixels, ascending. Crowd regions do not count.
    sides: Vec<f32>,
    /// The most objects of an image.
    pub(crate) most_objects: usize,
    /// Whether any object has a mask.
    pub(crate) has_masks: bool,
}

/// The size that is assumed where there are no objects.
const NO_OBJECTS: f32 = 32.0;

impl Statistics {
    /// The numbers of a data set.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let (mut shorter, mut aspects, mut sides) = (vec![], vec![], vec![]);
        let (mut most_objects, mut has_masks) = (0, false);
        for (entry, annotations) in dataset.entries() {
            let (short, long) = (entry.width.min(entry.height) as f32, entry.width.max(entry.height) as f32);
            shorter.push(short);
            aspects.push(long / short);
            let before = sides.len();
            for annotation in annotations.iter().filter(|annotation| !annotation.iscrowd) {
                let [_, _, width, height] = annotation.bbox;
                if width > 0.0 && height > 0.0 {
                    sides.push((width * height).sqrt() as f32);
                }
                has_masks |= annotation.segmentation.is_some();
            }
            most_objects = most_objects.max(sides.len() - before);
        }
        for values in [&mut shorter, &mut aspects, &mut sides] {
            values.sort_by(f32::total_cmp);
        }
        Self {
            pictures: shorter.len(),
            shorter_side: quantile(&shorter, 0.5).unwrap_or(1.0),
            aspect: quantile(&aspects, 0.95).unwrap_or(1.0),
            sides,
            most_objects,
            has_masks: has_masks || most_objects == 0,
        }
    }

    /// The side that this share of the objects, 0..1, does not exceed.
    pub(crate) fn side(&self, share: f32) -> f32 {
        quantile(&self.sides, share).unwrap_or(NO_OBJECTS)
    }
}

/// The value that this share of ascending ones does not exceed; `None` without any.
fn quantile(ascending: &[f32], share: f32) -> Option<f32> {
    ascending.get((share * ascending.len().saturating_sub(1) as f32).round() as usize).copied()
}
