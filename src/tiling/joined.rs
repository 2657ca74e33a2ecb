//! Parts of objects that several tiles cut, and what happens to them.

use crate::structures::{BoundingBox, MaskCrops, MaskRect, Objects};

/// Sets of objects that are parts of one, by union-find (Tarjan 1975).
pub(super) struct Joined {
    /// The set of each object.
    sets: Vec<usize>,
    /// The members of each set, ascending.
    members: Vec<Vec<usize>>,
}

impl Joined {
    /// Sets of `count` objects, of which pairs are parts of one.
    pub(super) fn new(count: usize, pairs: &[(usize, usize)]) -> Self {
        let mut parents: Vec<usize> = (0..count).collect();
        for &(a, b) in pairs {
            let (a, b) = (root(&mut parents, a), root(&mut parents, b));
            parents[a.max(b)] = a.min(b);
        }
        let sets: Vec<usize> = (0..count).map(|object| root(&mut parents, object)).collect();
        let mut members = vec![Vec::new(); count];
        sets.iter().enumerate().for_each(|(object, &set)| members[set].push(object));
        Self { sets, members }
    }

    /// The objects that are parts of the same as this one, itself among them, in their order.
    pub(super) fn of(&self, object: usize) -> &[usize] {
        &self.members[self.sets[object]]
    }
}

fn root(parents: &mut [usize], mut object: usize) -> usize {
    while parents[object] != object {
        parents[object] = parents[parents[object]];
        object = parents[object];
    }
    object
}

impl Objects {
    /// Appends an object of `other`, which is of the same image.
    pub(super) fn append_one(&mut self, other: &Self, index: usize) {
        self.boxes.push(other.boxes[index]);
        self.scores.push(other.scores[index]);
        self.class_ids.push(other.class_ids[index]);
        if let Some(masks) = &other.masks {
            self.masks.get_or_insert_default().push_moved(masks, index, (0, 0));
        }
    }

    /// Appends one object that is all of these parts: the union of their boxes and masks, and the mean of their scores,
    /// weighted by area.
    pub(super) fn append_union(&mut self, other: &Self, parts: &[usize]) {
        let areas = parts.iter().map(|&part| match &other.masks {
            Some(masks) => masks.area(part) as f64,
            None => f64::from(other.boxes[part].area()),
        });
        let weights: Vec<f64> = areas.map(|area| area.max(1.0)).collect();
        let weighted = parts.iter().zip(&weights).map(|(&part, weight)| f64::from(other.scores[part]) * weight);
        let score = weighted.sum::<f64>() / weights.iter().sum::<f64>();
        let boxes = parts.iter().map(|&part| other.boxes[part]);
        let union = boxes.reduce(|a, b| BoundingBox {
            x1: a.x1.min(b.x1),
            y1: a.y1.min(b.y1),
            x2: a.x2.max(b.x2),
            y2: a.y2.max(b.y2),
        });
        self.boxes.push(union.unwrap_or_default());
        self.scores.push(score as f32);
        self.class_ids.push(parts.first().map_or(0, |&part| other.class_ids[part]));
        if let Some(masks) = &other.masks {
            push_union(self.masks.get_or_insert_default(), masks, parts);
        }
    }
}

/// Appends the union of some of `masks`.
fn push_union(union: &mut MaskCrops, masks: &MaskCrops, parts: &[usize]) {
    let rects = || parts.iter().map(|&part| masks.rect(part)).filter(|rect| rect.width > 0);
    let (x, y) = (rects().map(|rect| rect.x).min().unwrap_or(0), rects().map(|rect| rect.y).min().unwrap_or(0));
    let right = rects().map(|rect| rect.x + rect.width).max().unwrap_or(x);
    let bottom = rects().map(|rect| rect.y + rect.height).max().unwrap_or(y);
    let rect = MaskRect { x, y, width: right - x, height: bottom - y };
    let mut pixels = vec![0; rect.width * rect.height];
    for span in parts.iter().flat_map(|&part| masks.spans(part)) {
        let row = (span.y - y) * rect.width;
        pixels[row + span.start - x..row + span.end - x].fill(1);
    }
    union.push(rect, &pixels);
}
