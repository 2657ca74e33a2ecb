//! All objects of an image as a struct of arrays, whose memory grows with the objects and not with the pixels of the
//! image.

use super::{BoundingBox, Detections, MASK_THRESHOLD, MaskCrops, paste};

/// The objects of one image, best score first. The arrays are of one length; an object is an index into them, and its
/// number, in every list and file, is the index plus 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Objects {
    /// Width of the image in pixels.
    pub width: usize,
    /// Height of the image in pixels.
    pub height: usize,
    /// Where each object is, in pixels of the image.
    pub boxes: Vec<BoundingBox>,
    /// How sure the network is of each object, 0..1.
    pub scores: Vec<f32>,
    /// The class of each object, 1 or more (0 is the background and is never reported).
    pub class_ids: Vec<u32>,
    /// Which pixels are each object's; `None` for a network without the mask branch.
    pub masks: Option<MaskCrops>,
    /// Whether a limit on the number of objects cut some off.
    pub truncated: bool,
}

impl Objects {
    /// Number of objects.
    pub fn len(&self) -> usize {
        self.boxes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// These objects of all, in this order; the indices are less than [`Objects::len`].
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            boxes: indices.iter().map(|&index| self.boxes[index]).collect(),
            scores: indices.iter().map(|&index| self.scores[index]).collect(),
            class_ids: indices.iter().map(|&index| self.class_ids[index]).collect(),
            masks: self.masks.as_ref().map(|masks| masks.select(indices)),
            ..*self
        }
    }

    /// At most `limit` of the objects, the first ones; `truncated` where that leaves some out.
    pub fn limited(self, limit: usize) -> Self {
        if self.len() <= limit {
            return self;
        }
        let first: Vec<usize> = (0..limit).collect();
        Self { truncated: true, ..self.select(&first) }
    }

    /// Appends all objects of a part of the image whose first pixel is at `(x, y)`.
    pub fn append_moved(&mut self, part: &Self, (x, y): (usize, usize)) {
        if let Some(masks) = &part.masks {
            let own = self.masks.get_or_insert_default();
            (0..masks.len()).for_each(|index| own.push_moved(masks, index, (x, y)));
        }
        let (dx, dy) = (x as f32, y as f32);
        self.boxes.extend(part.boxes.iter().map(|&BoundingBox { x1, y1, x2, y2 }| BoundingBox {
            x1: x1 + dx,
            y1: y1 + dy,
            x2: x2 + dx,
            y2: y2 + dy,
        }));
        self.scores.extend_from_slice(&part.scores);
        self.class_ids.extend_from_slice(&part.class_ids);
        self.truncated |= part.truncated;
    }

    /// The indices of the objects, best score first; equal scores stay in their order.
    pub fn best_first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&a, &b| self.scores[b].total_cmp(&self.scores[a]));
        order
    }
}

impl From<&Detections> for Objects {
    /// Brings the masks to pixels of the image.
    fn from(found: &Detections) -> Self {
        let Detections { width, height, items } = found;
        let mut masks = items.iter().any(|item| item.mask.is_some()).then(MaskCrops::default);
        for item in items {
            if let (Some(masks), Some(mask)) = (&mut masks, &item.mask) {
                let pasted = paste(mask, &item.bounding_box, *width, *height);
                masks.push(pasted.rect(), &pasted.binary(MASK_THRESHOLD));
            }
        }
        Self {
            width: *width,
            height: *height,
            boxes: items.iter().map(|item| item.bounding_box).collect(),
            scores: items.iter().map(|item| item.score).collect(),
            class_ids: items.iter().map(|item| item.class_id as u32).collect(),
            masks,
            truncated: false,
        }
    }
}
