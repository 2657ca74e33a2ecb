//! The length of a pixel's side, from the resolution of a file.

use super::directory::{Directories, Directory};
use super::tag;
use crate::error::Result;

/// Shortest and longest side of a pixel, in micrometres, that is believed without microscopy's metadata. Longer ones are
/// those of screens and printers (72 dpi is 353 µm, 2540 dpi is 10 µm), or defaults that nobody set.
const BELIEVED: core::ops::RangeInclusive<f64> = 0.001..=10.0;

/// Width and height of a pixel may differ by this share of the width; a single length is not enough beyond that.
const MAX_DIFFERENCE: f64 = 0.01;

/// The length of a pixel's side in micrometres. `unit` is ImageJ's, in which the resolution counts pixels.
pub(super) fn of_resolution(
    directories: &Directories,
    directory: &Directory,
    unit: Option<&str>,
) -> Result<Option<f64>> {
    let x = directories.fraction(directory, tag::X_RESOLUTION)?;
    let y = directories.fraction(directory, tag::Y_RESOLUTION)?;
    let (Some(x), Some(y)) = (x, y) else { return Ok(None) };
    let resolution_unit = directories.first(directory, tag::RESOLUTION_UNIT)?.unwrap_or(2);
    let from_imagej = unit.and_then(micrometres);
    let unit = match (from_imagej, resolution_unit) {
        (Some(unit), _) => unit,
        // A unit that is not a length, such as pixels.
        (None, _) if unit.is_some() => return Ok(None),
        (None, 2) => 25_400.0,
        (None, 3) => 10_000.0,
        (None, _) => return Ok(None),
    };
    // ImageJ hands on the inches and centimetres that other programs wrote.
    let is_believed = |size: f64| from_imagej.is_some_and(|unit| unit < 10_000.0) || BELIEVED.contains(&size);
    Ok(square(unit / x, unit / y).filter(|size| is_believed(*size)))
}

/// The length of a pixel's side in micrometres in the description of an Aperio slide: `|MPP = 0.4990|`; `None` for other
/// files' descriptions.
pub(super) fn of_aperio(description: &str) -> Option<f64> {
    let (_, after) = description.strip_prefix("Aperio")?.split_once("MPP")?;
    let value = after.trim_start().strip_prefix('=')?.split('|').next()?;
    let side = value.trim().parse().ok()?;
    square(side, side)
}

/// The side of a pixel of this width and height; `None` where one is not a length, or they differ.
pub(super) fn square(width: f64, height: f64) -> Option<f64> {
    let is_length = |side: f64| side.is_finite() && side > 0.0;
    (is_length(width) && is_length(height) && (width - height).abs() <= MAX_DIFFERENCE * width).then_some(width)
}

/// Micrometres of a unit of length, by the names that ImageJ and OME use; `None` for anything else, such as pixels.
pub(super) fn micrometres(unit: &str) -> Option<f64> {
    Some(match unit.trim() {
        // ImageJ escapes µ.
        "µm" | "μm" | "um" | "micron" | "microns" | "micrometer" | "micrometers" | "micrometre" | "\\u00B5m"
        | "\\u00b5m" => 1.0,
        "nm" | "nanometer" | "nanometre" => 1e-3,
        "pm" => 1e-6,
        "Å" | "A" | "angstrom" => 1e-4,
        "mm" | "millimeter" | "millimetre" => 1e3,
        "cm" | "centimeter" | "centimetre" => 1e4,
        "in" | "inch" | "inches" => 25_400.0,
        "m" | "meter" | "metre" => 1e6,
        _ => return None,
    })
}
