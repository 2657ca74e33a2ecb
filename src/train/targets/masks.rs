//! What the mask branch is to say of a region: the object's mask, cut out and scaled
//! (`project_masks_on_boxes` in `torchvision/models/detection/roi_heads.py`, RoIAlign with as many
//! samples as a cell has pixels).

use crate::structures::BoundingBox;
use crate::train::ObjectMask;

/// The share of the mask in each of `size × size` cells of a region, 0..1, rows from top to bottom.
///
/// `picture` is the height and width of the image that mask and region belong to. With `aligned` a
/// pixel is at its centre, without, as in torchvision, at its corner.
pub fn mask_target(
    mask: &ObjectMask,
    region: &BoundingBox,
    size: usize,
    picture: (usize, usize),
    aligned: bool,
) -> Vec<f32> {
    let rows = cells([region.y1, region.y2], size, picture.0, aligned);
    let columns = cells([region.x1, region.x2], size, picture.1, aligned);
    // Bilinear samples on a grid: the columns of each row first, then the rows.
    let part = mask.part;
    let mut lines = vec![0.0; part.height * size];
    for (pixels, line) in mask.pixels.chunks_exact(part.width.max(1)).zip(lines.chunks_exact_mut(size)) {
        for (value, weights) in line.iter_mut().zip(&columns) {
            *value = weights.of(part.x, part.width).map(|(x, weight)| f32::from(pixels[x]) * weight).sum();
        }
    }
    let mut target = Vec::with_capacity(size * size);
    for weights in &rows {
        for column in 0..size {
            let values = weights.of(part.y, part.height).map(|(y, weight)| lines[y * size + column] * weight);
            target.push(values.sum());
        }
    }
    target
}

/// How much the pixels along one axis count in a cell: pixel `first` and those after it.
struct Weights {
    first: usize,
    weights: Vec<f32>,
}

impl Weights {
    /// Those of the pixels in `start..start + length`, which are counted from `start`.
    fn of(&self, start: usize, length: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let pixels = (self.first..).zip(self.weights.iter().copied());
        pixels
            .filter(move |&(pixel, _)| pixel >= start && pixel < start + length)
            .map(move |(pixel, weight)| (pixel - start, weight))
    }
}

/// The weights of each cell along one axis of a region, of an image of `length` pixels
/// (`roi_align_kernel.cpp` in torchvision, `sampling_ratio` −1).
fn cells(edges: [f32; 2], size: usize, length: usize, aligned: bool) -> Vec<Weights> {
    let (shift, shortest) = if aligned { (0.5, 0.0) } else { (0.0, 1.0) };
    let [start, end] = edges.map(|edge| edge - shift);
    let extent = (end - start).max(shortest);
    let cell = extent / size as f32;
    let samples = cell.ceil().max(1.0) as usize;
    (0..size)
        .map(|index| {
            let positions = (0..samples).filter_map(|sample| {
                let offset = (sample as f32 + 0.5) * cell / samples as f32;
                neighbours(start + index as f32 * cell + offset, length)
            });
            let positions: Vec<_> = positions.collect();
            let first = positions.iter().map(|&(low, _)| low).min().unwrap_or(0);
            let last = positions.iter().map(|&(low, _)| low + 1).max().unwrap_or(0);
            let mut weights = vec![0.0; last + 1 - first];
            for (low, share) in positions {
                weights[low - first] += (1.0 - share) / samples as f32;
                weights[low + 1 - first] += share / samples as f32;
            }
            Weights { first, weights }
        })
        .collect()
}

/// The pixel before a position, and what the one after it counts; `None` outside of the image.
fn neighbours(position: f32, length: usize) -> Option<(usize, f32)> {
    if position < -1.0 || position > length as f32 {
        return None;
    }
    let position = position.max(0.0);
    let low = position as usize;
    Some(if low >= length - 1 { (length - 1, 0.0) } else { (low, position - low as f32) })
}
