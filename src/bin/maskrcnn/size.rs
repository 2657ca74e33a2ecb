//! Sizes of images on the command line.

use maskrcnn_web::image::Image;

/// Width and height from `WIDTHxHEIGHT`, in pixels.
pub(crate) fn size(text: &str) -> Result<(usize, usize), String> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=Image::MAX_SIDE).contains(side));
    let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    sides.ok_or_else(|| format!("WIDTHxHEIGHT, each 1 to {}", Image::MAX_SIDE))
}
