//! Draws detections over their image: masks, boxes, labels and scores.

use std::borrow::Cow;

use image::{Rgb, RgbImage};
use maskrcnn_web::Result;
use maskrcnn_web::image::{Image, SampleFormat, Tone};
use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects};

use crate::labels::Labels;
use crate::text;

/// Colours that stay apart for colour-blind people (Okabe and Ito 2008).
const PALETTE: [Rgb<u8>; 7] = [
    Rgb([230, 159, 0]),
    Rgb([86, 180, 233]),
    Rgb([0, 158, 115]),
    Rgb([240, 228, 66]),
    Rgb([0, 114, 178]),
    Rgb([213, 94, 0]),
    Rgb([204, 121, 167]),
];
/// How much of a mask's colour covers the image, 0..1.
const OPACITY: f32 = 0.45;
/// Length of an image's shorter side, in pixels, at which lines and letters get one pixel thicker.
const SIDE_A_PIXEL: f32 = 300.0;

/// With more detections than this, boxes and labels would hide the image: masks alone tell more then.
const MAX_BOXES: usize = 25;

/// An image that is drawn on.
pub(crate) struct Overlay {
    picture: RgbImage,
    /// Pixels of a line and of a dot of a letter.
    thickness: u32,
}

impl Overlay {
    /// Over an image that nothing is drawn on yet: in its own colours if it has 8-bit ones, else in its tone.
    ///
    /// # Errors
    /// As [`Tone::measure`], for an image without a tone.
    pub(crate) fn new(image: &Image) -> Result<Self> {
        let (width, height) = (image.width() as u32, image.height() as u32);
        let image = shown(image)?;
        let rgba = image.rgba();
        let picture = RgbImage::from_fn(width, height, |x, y| {
            let at = (y as usize * image.width() + x as usize) * 4;
            Rgb([rgba[at], rgba[at + 1], rgba[at + 2]])
        });
        let thickness = (width.min(height) as f32 / SIDE_A_PIXEL).round().max(1.0) as u32;
        Ok(Self { picture, thickness })
    }

    /// Masks, boxes and labels of all objects, those with the highest scores last so that they lie on top. Where there
    /// are many, those with a mask get neither box nor label.
    pub(crate) fn draw(&mut self, objects: &Objects, labels: &Labels) {
        if let Some(masks) = &objects.masks {
            (0..masks.len()).rev().for_each(|index| self.draw_mask(index, masks));
        }
        if objects.len() > MAX_BOXES && objects.masks.is_some() {
            return;
        }
        for (i, bounding_box) in objects.boxes.iter().enumerate().rev() {
            self.draw_box(bounding_box, colour(i));
        }
        for (i, bounding_box) in objects.boxes.iter().enumerate().rev() {
            let label = labels.name(objects.class_ids[i] as usize);
            let label = format!("{label} {:.0}%", objects.scores[i] * 100.0);
            self.draw_label(bounding_box, &label, colour(i));
        }
    }

    /// The number of each object, in the middle of its box.
    pub(crate) fn draw_numbers(&mut self, objects: &Objects) {
        let letter = text::LETTER * self.thickness;
        for (index, bounding_box) in objects.boxes.iter().enumerate().rev() {
            let number = (index + 1).to_string();
            let BoundingBox { x1, y1, x2, y2 } = bounding_box;
            let middle = |low: &f32, high: &f32, size: u32| ((low + high - size as f32) / 2.0).max(0.0) as u32;
            let (width, height) = (number.len() as u32 * letter + self.thickness, letter + self.thickness);
            let (x, y) = (middle(x1, x2, width), middle(y1, y2, height));
            text::fill(&mut self.picture, text::Rectangle { x, y, width, height }, colour(index));
            let corner = [x + self.thickness, y + self.thickness];
            text::draw(&mut self.picture, corner, &number, self.thickness, ink(colour(index)));
        }
    }

    /// Tints the pixels of the mask of the object at `index`, and draws its outline in full colour.
    fn draw_mask(&mut self, index: usize, masks: &MaskCrops) {
        let MaskRect { x: left, y: top, width, height } = masks.rect(index);
        let pixels = masks.pixels(index);
        let inside = |x: usize, y: usize| x < width && y < height && pixels[y * width + x] == 1;
        for y in 0..height {
            for x in (0..width).filter(|&x| inside(x, y)) {
                let around = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
                let outline = !around.into_iter().all(|(x, y)| inside(x, y));
                let pixel = self.picture.get_pixel_mut((left + x) as u32, (top + y) as u32);
                *pixel = if outline { colour(index) } else { blend(*pixel, colour(index)) };
            }
        }
    }

    /// The image with everything on it.
    pub(crate) fn finish(self) -> RgbImage {
        self.picture
    }

    fn draw_box(&mut self, bounding_box: &BoundingBox, colour: Rgb<u8>) {
        let line = self.thickness;
        let (left, top) = (bounding_box.x1.max(0.0) as u32, bounding_box.y1.max(0.0) as u32);
        let width = (bounding_box.x2.max(0.0) as u32).saturating_sub(left).max(line);
        let height = (bounding_box.y2.max(0.0) as u32).saturating_sub(top).max(line);
        for (x, y, width, height) in [
            (left, top, width, line),
            (left, top + height - line, width, line),
            (left, top, line, height),
            (left + width - line, top, line, height),
        ] {
            text::fill(&mut self.picture, text::Rectangle { x, y, width, height }, colour);
        }
    }

    /// Writes above the box or, where there is no room, at its upper edge.
    fn draw_label(&mut self, bounding_box: &BoundingBox, label: &str, colour: Rgb<u8>) {
        let margin = self.thickness;
        let height = text::LETTER * self.thickness + 2 * margin;
        let width = label.chars().count() as u32 * text::LETTER * self.thickness + 2 * margin;
        let top = bounding_box.y1.max(0.0) as u32;
        let y = top.checked_sub(height).unwrap_or(top);
        let x = (bounding_box.x1.max(0.0) as u32).min(self.picture.width().saturating_sub(width));
        text::fill(&mut self.picture, text::Rectangle { x, y, width, height }, colour);
        text::draw(&mut self.picture, [x + margin, y + margin], label, self.thickness, ink(colour));
    }
}

/// An image in 8-bit RGBA.
fn shown(image: &Image) -> Result<Cow<'_, Image>> {
    if image.as_rgba().is_some() {
        return Ok(Cow::Borrowed(image));
    }
    let has_colours = image.samples().format() == SampleFormat::U8 && image.colours() == 3;
    let tone = match image.tone() {
        Some(tone) if !has_colours || image.has_separate_channels() => *tone,
        _ => Tone::measure(image, None, None)?,
    };
    Ok(Cow::Owned(tone.render(image)?))
}

/// The colour of the detection at `index`.
fn colour(index: usize) -> Rgb<u8> {
    PALETTE[index % PALETTE.len()]
}

fn blend(below: Rgb<u8>, above: Rgb<u8>) -> Rgb<u8> {
    let mix = |i: usize| (f32::from(below[i]) * (1.0 - OPACITY) + f32::from(above[i]) * OPACITY) as u8;
    Rgb([mix(0), mix(1), mix(2)])
}

/// Black or white, whichever is easier to read on `colour`.
fn ink(colour: Rgb<u8>) -> Rgb<u8> {
    let [red, green, blue] = colour.0.map(f32::from);
    if 0.299 * red + 0.587 * green + 0.114 * blue > 128.0 { Rgb([0; 3]) } else { Rgb([255; 3]) }
}
