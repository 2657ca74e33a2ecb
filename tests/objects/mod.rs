//! Objects that tests make up.

use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects};

/// Objects with these masks; the boxes are those of the masks, scores fall.
pub(crate) fn objects([width, height]: [usize; 2], masks: impl IntoIterator<Item = (MaskRect, Vec<u8>)>) -> Objects {
    let mut objects = Objects { width, height, masks: Some(MaskCrops::default()), ..Objects::default() };
    for (rect, pixels) in masks {
        let [x1, y1] = [rect.x as f32, rect.y as f32];
        let (x2, y2) = (x1 + rect.width as f32, y1 + rect.height as f32);
        objects.boxes.push(BoundingBox { x1, y1, x2, y2 });
        objects.scores.push(1.0 / (objects.boxes.len() as f32));
        objects.class_ids.push(1);
        objects.masks.as_mut().unwrap().push(rect, &pixels);
    }
    objects
}

/// An object that fills its rectangle.
pub(crate) fn filled(x: usize, y: usize, width: usize, height: usize) -> (MaskRect, Vec<u8>) {
    (MaskRect { x, y, width, height }, vec![1; width * height])
}
