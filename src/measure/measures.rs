//! The measures of all objects of an image, a column each.

use super::nearest_neighbour::nearest_neighbour_distances;
use super::{Intensities, Shape};
use crate::error::{Error, Result};
use crate::structures::Objects;

/// What a measure's values are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A length in pixels.
    Pixels,
    /// An area in square pixels.
    SquarePixels,
    /// A length in micrometres.
    Micrometres,
    /// An area in square micrometres.
    SquareMicrometres,
    /// An angle in radians.
    Radians,
    /// A ratio, a yes or no (1 or 0), or an intensity in the image's own unit.
    None,
}

/// One measure of all objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name: `area`, or with a unit other than pixels, `area_um2`.
    pub name: String,
    /// What the values are in.
    pub unit: Unit,
    /// A value for each object; NaN where it has none.
    pub values: Vec<f64>,
}

impl Measure {
    /// The name with its unit, as tables are headed: `area_px2`, `area_um2`, `orientation_rad`, `solidity`.
    pub fn header(&self) -> String {
        let end = match self.unit {
            Unit::Pixels => "_px",
            Unit::SquarePixels => "_px2",
            Unit::Radians => "_rad",
            // Their names have it.
            Unit::Micrometres | Unit::SquareMicrometres | Unit::None => "",
        };
        format!("{}{end}", self.name)
    }
}

/// The measures of all objects of an image, in the order of a table's columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measures {
    columns: Vec<Measure>,
}

impl Measures {
    /// Measures the shape and position of each object and, with intensities, those.
    ///
    /// With `pixel_size`, the length of a pixel's side in micrometres, lengths and areas are there in micrometres, too.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the pixel size is not positive and finite, or the intensities are those of another
    /// number of objects.
    pub fn new(objects: &Objects, intensities: Option<&Intensities>, pixel_size: Option<f64>) -> Result<Self> {
        if let Some(size) = pixel_size.filter(|size| !(size.is_finite() && *size > 0.0)) {
            return Err(Error::InvalidInput(format!(
                "the pixel size is {size} µm; expected a positive, finite number of micrometres"
            )));
        }
        let shapes: Vec<Shape> = (0..objects.len()).map(|index| Shape::of(objects, index)).collect();
        let centroids: Vec<[f64; 2]> = shapes.iter().map(|shape| shape.centroid).collect();
        let mut measures = Self::default();
        for (name, unit, value) in SHAPE_MEASURES {
            measures.push(name, *unit, shapes.iter().map(value).collect());
        }
        measures.push("nearest_neighbour_distance", Unit::Pixels, nearest_neighbour_distances(&centroids));
        if let Some(size) = pixel_size {
            measures.add_micrometres(size);
        }
        if let Some(intensities) = intensities {
            measures.columns.extend(intensities.columns(objects.len())?);
        }
        Ok(measures)
    }

    /// All measures.
    pub fn columns(&self) -> &[Measure] {
        &self.columns
    }

    /// The measure with this name or header.
    pub fn get(&self, name: &str) -> Option<&Measure> {
        self.columns.iter().find(|column| column.name == name || column.header() == name)
    }

    /// The measure with this name or header.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where there is none; the message lists those that exist.
    pub fn named(&self, name: &str) -> Result<&Measure> {
        self.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            Error::InvalidInput(format!("{name:?} is not a measure; choose one of {}", names.join(", ")))
        })
    }

    fn push(&mut self, name: &str, unit: Unit, values: Vec<f64>) {
        self.columns.push(Measure { name: name.into(), unit, values });
    }

    fn add_micrometres(&mut self, size: f64) {
        let scaled = |column: &Measure| {
            let (end, unit, scale) = match column.unit {
                Unit::Pixels => ("um", Unit::Micrometres, size),
                Unit::SquarePixels => ("um2", Unit::SquareMicrometres, size * size),
                _ => return None,
            };
            let values = column.values.iter().map(|value| value * scale).collect();
            Some(Measure { name: format!("{}_{end}", column.name), unit, values })
        };
        let scaled: Vec<Measure> = self.columns.iter().filter_map(scaled).collect();
        self.columns.extend(scaled);
    }
}

type ShapeMeasure = (&'static str, Unit, fn(&Shape) -> f64);

/// The measures of a shape, in the order of a table's columns.
const SHAPE_MEASURES: &[ShapeMeasure] = &[
    ("bbox_x", Unit::Pixels, |shape| shape.bbox[0]),
    ("bbox_y", Unit::Pixels, |shape| shape.bbox[1]),
    ("bbox_width", Unit::Pixels, |shape| shape.bbox[2]),
    ("bbox_height", Unit::Pixels, |shape| shape.bbox[3]),
    ("centroid_x", Unit::Pixels, |shape| shape.centroid[0]),
    ("centroid_y", Unit::Pixels, |shape| shape.centroid[1]),
    ("area", Unit::SquarePixels, |shape| shape.area),
    ("equivalent_diameter_area", Unit::Pixels, |shape| shape.equivalent_diameter_area),
    ("perimeter", Unit::Pixels, |shape| shape.perimeter),
    ("axis_major_length", Unit::Pixels, |shape| shape.axis_major_length),
    ("axis_minor_length", Unit::Pixels, |shape| shape.axis_minor_length),
    ("orientation", Unit::Radians, |shape| shape.orientation),
    ("eccentricity", Unit::None, |shape| shape.eccentricity),
    ("circularity", Unit::None, |shape| shape.circularity),
    ("solidity", Unit::None, |shape| shape.solidity),
    ("feret_diameter_max", Unit::Pixels, |shape| shape.feret_diameter_max),
    ("feret_diameter_min", Unit::Pixels, |shape| shape.feret_diameter_min),
    ("touches_border", Unit::None, |shape| f64::from(u8::from(shape.touches_border))),
];
