//! Small letters on images.

use font8x8::legacy::{BASIC_LEGACY, LATIN_LEGACY};
use image::{Rgb, RgbImage};

/// Pixels a side of a letter at scale 1.
pub(crate) const LETTER: u32 = 8;

/// Draws `text` with its left upper corner at `(x, y)`, each dot of the letters as
/// `scale × scale` pixels; what reaches over the edge is cut off.
pub(crate) fn draw(picture: &mut RgbImage, [x, y]: [u32; 2], text: &str, scale: u32, colour: Rgb<u8>) {
    for (i, character) in text.chars().enumerate() {
        let left = x + i as u32 * LETTER * scale;
        for (row, bits) in glyph(character).into_iter().enumerate() {
            for column in (0..LETTER).filter(|column| bits >> column & 1 == 1) {
                let (x, y) = (left + column * scale, y + row as u32 * scale);
                fill(picture, Rectangle { x, y, width: scale, height: scale }, colour);
            }
        }
    }
}

/// A part of an image, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rectangle {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Fills a rectangle; what reaches over the edge is cut off.
pub(crate) fn fill(picture: &mut RgbImage, rectangle: Rectangle, colour: Rgb<u8>) {
    let Rectangle { x, y, width, height } = rectangle;
    for row in y..(y + height).min(picture.height()) {
        for column in x..(x + width).min(picture.width()) {
            picture.put_pixel(column, row, colour);
        }
    }
}

fn glyph(character: char) -> [u8; 8] {
    let code = character as usize;
    let latin = code.checked_sub(0xa0).and_then(|index| LATIN_LEGACY.get(index));
    *BASIC_LEGACY.get(code).or(latin).unwrap_or(&BASIC_LEGACY['?' as usize])
}
