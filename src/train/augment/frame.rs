//! Which part of an image is shown, which way up, and how large.

use super::resampling::Resampling;
use super::{AugmentConfig, Symmetry};
use crate::config::InputSettings;
use crate::image::Image;
use crate::structures::{BoundingBox, MaskRect};
use crate::train::{ObjectMask, Random, Sample};

/// A part of a turned and resized image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// How the image is turned, before it is resized.
    pub symmetry: Symmetry,
    /// Height and width that the turned image is resized to, at least 1.
    pub resized: (usize, usize),
    /// The part of the resized image, within it and not empty.
    pub window: MaskRect,
}

impl Frame {
    /// Draws a frame: as large as the image is at deployment ([`InputSettings::resized`]) times
    /// a random factor, and of that a random part, of at most `config.crop` pixels.
    pub fn draw(config: &AugmentConfig, input: &InputSettings, sample: &Sample, random: &mut Random) -> Self {
        let flips = Symmetry {
            mirrored: random.chance(config.horizontal_flip),
            upside_down: random.chance(config.vertical_flip),
            ..Symmetry::default()
        };
        let symmetry = if random.chance(config.quarter_turn) { flips.then(Symmetry::QUARTER_TURN) } else { flips };
        let size = (sample.image.height(), sample.image.width());
        let (height, width) = input.resized(symmetry.size(size));
        let [low, high] = config.scale.map(f32::ln);
        let factor = f64::from(random.between(low, high).exp());
        let side = |length: usize| ((length as f64 * factor).round() as usize).max(1);
        let resized = (side(height), side(width));

        let whole = MaskRect { x: 0, y: 0, width: resized.1, height: resized.0 };
        let frame = Self { symmetry, resized, window: whole };
        let target = (random.chance(config.object_in_crop) && !sample.objects.is_empty())
            .then(|| frame.place(&sample.objects[random.below(sample.objects.len())].bounding_box, size));
        let crop = (config.crop[0].min(resized.0), config.crop[1].min(resized.1));
        let (last_y, last_x) = (resized.0 - crop.0, resized.1 - crop.1);
        let (y, x) = match target {
            Some(target) => {
                (around(target.y1, target.y2, crop.0, last_y), around(target.x1, target.x2, crop.1, last_x))
            }
            None => ((0, last_y), (0, last_x)),
        };
        let mut within = |(first, last): (usize, usize)| first + random.below(last - first + 1);
        let window = MaskRect { y: within(y), x: within(x), height: crop.0, width: crop.1 };
        Self { window, ..frame }
    }

    /// The image as three planes, red, green, blue: `[3, window.height, window.width]`, each byte
    /// of channel `c` having become `tones[c][byte]` before it was interpolated.
    pub(super) fn planes(&self, image: &Image, tones: &[[f32; 256]; 3]) -> Vec<f32> {
        let size = (image.height(), image.width());
        let (rows, columns) = self.resampling(size);
        let (source_rows, source_columns) = (rows.sources(), columns.sources());
        let pixels = image.rgba().as_chunks::<4>().0;
        let (width, height) = (columns.len(), rows.len());
        let mut output = vec![0.0; 3 * height * width];
        let mut line = vec![0.0; source_columns.len()];
        let mut narrowed = vec![0.0; source_rows.len() * width];
        let position = |row, column| {
            let (row, column) = self.symmetry.source((row, column), size);
            row * size.1 + column
        };
        for (channel, (plane, tone)) in output.chunks_exact_mut(height * width).zip(tones).enumerate() {
            for (row, narrowed) in source_rows.clone().zip(narrowed.chunks_exact_mut(width)) {
                // A line of the turned image has evenly spaced pixels of the image, in either direction.
                let start = position(row, source_columns.start) as isize;
                let step =
                    if source_columns.len() > 1 { position(row, source_columns.start + 1) as isize - start } else { 0 };
                for (i, value) in line.iter_mut().enumerate() {
                    *value = tone[usize::from(pixels[(start + i as isize * step) as usize][channel])];
                }
                for (x, value) in narrowed.iter_mut().enumerate() {
                    let (first, weights) = columns.of(x);
                    *value = weighted(&line[first - source_columns.start..], weights);
                }
            }
            for (y, output) in plane.chunks_exact_mut(width).enumerate() {
                let (first, weights) = rows.of(y);
                let lines = narrowed[(first - source_rows.start) * width..].chunks_exact(width);
                for (line, &weight) in lines.zip(weights) {
                    output.iter_mut().zip(line).for_each(|(value, pixel)| *value += weight * pixel);
                }
            }
        }
        output
    }

    /// Where a box of the image of this height and width lies in the window; it may
    /// reach over its edges.
    pub(super) fn place(&self, bounding_box: &BoundingBox, (height, width): (usize, usize)) -> BoundingBox {
        let BoundingBox { x1, y1, x2, y2 } = *bounding_box;
        let (start, end) = self.symmetry.extent((y1, x1), (y2, x2), (height as f32, width as f32));
        let turned = self.symmetry.size((height, width));
        let y = |y: f32| y * (self.resized.0 as f32 / turned.0 as f32) - self.window.y as f32;
        let x = |x: f32| x * (self.resized.1 as f32 / turned.1 as f32) - self.window.x as f32;
        BoundingBox { x1: x(start.1), y1: y(start.0), x2: x(end.1), y2: y(end.0) }
    }

    /// The boxes and masks of the objects of images of this height and width.
    pub(super) fn masks(&self, size: (usize, usize)) -> MaskFrame {
        let (rows, columns) = self.resampling(size);
        MaskFrame { symmetry: self.symmetry, size, rows, columns }
    }

    /// How many times as large as in the image areas are.
    pub(super) fn magnification(&self, (height, width): (usize, usize)) -> f32 {
        (self.resized.0 * self.resized.1) as f32 / (height * width) as f32
    }

    fn resampling(&self, size: (usize, usize)) -> (Resampling, Resampling) {
        let (height, width) = self.symmetry.size(size);
        let MaskRect { x, y, .. } = self.window;
        (
            Resampling::new(height, self.resized.0, y..y + self.window.height),
            Resampling::new(width, self.resized.1, x..x + self.window.width),
        )
    }
}

/// A [`Frame`] for many masks of one image.
pub(super) struct MaskFrame {
    symmetry: Symmetry,
    /// Height and width of the image.
    size: (usize, usize),
    rows: Resampling,
    columns: Resampling,
}

impl MaskFrame {
    /// What the window shows of a mask, cut to the pixels inside; `None` where it shows nothing.
    /// A pixel is inside where the interpolated mask is at least one half.
    pub(super) fn show(&self, mask: &ObjectMask) -> Option<ObjectMask> {
        let MaskRect { x, y, width, height } = mask.part;
        let (start, end) = self.symmetry.extent((y, x), (y + height, x + width), self.size);
        let (rows, columns) = (self.rows.touched(&(start.0..end.0)), self.columns.touched(&(start.1..end.1)));
        let mut pixels = vec![0; rows.len() * columns.len()];
        let mut line = vec![0.0; end.1 - start.1];
        for (row, pixels) in rows.clone().zip(pixels.chunks_exact_mut(columns.len().max(1))) {
            line.fill(0.0);
            let (first, weights) = self.rows.of(row);
            for (source_row, &weight) in (first..).zip(weights) {
                if (start.0..end.0).contains(&source_row) && weight > 0.0 {
                    for (column, value) in line.iter_mut().enumerate() {
                        let (row, column) = self.symmetry.source((source_row, start.1 + column), self.size);
                        *value += weight * f32::from(mask.pixels[(row - y) * width + column - x]);
                    }
                }
            }
            for (column, pixel) in columns.clone().zip(pixels) {
                let (first, weights) = self.columns.of(column);
                let inside: f32 = (first..)
                    .zip(weights)
                    .filter(|(column, _)| (start.1..end.1).contains(column))
                    .map(|(column, weight)| weight * line[column - start.1])
                    .sum();
                *pixel = u8::from(inside >= 0.5);
            }
        }
        let part = MaskRect { x: columns.start, y: rows.start, width: columns.len(), height: rows.len() };
        ObjectMask { part, pixels }.trimmed()
    }
}

/// The first and last place for a window of `crop` pixels that shows the extent from `from` to `to`,
/// or as much of it as it can; `last` is the last place there is.
fn around(from: f32, to: f32, crop: usize, last: usize) -> (usize, usize) {
    let earliest = (to.ceil() as usize).saturating_sub(crop);
    let latest = from.max(0.0) as usize;
    // The other way round for an object larger than the window, which then shows nothing else.
    (earliest.min(latest).min(last), earliest.max(latest).min(last))
}

fn weighted(pixels: &[f32], weights: &[f32]) -> f32 {
    match *weights {
        [a, b] => a * pixels[0] + b * pixels[1],
        _ => pixels.iter().zip(weights).map(|(pixel, weight)| pixel * weight).sum(),
    }
}
