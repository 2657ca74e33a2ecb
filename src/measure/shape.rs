//! The shape of one object, as `skimage.measure.regionprops` measures it.

use std::f64::consts::PI;

use super::convex_hull::ConvexHull;
use super::feret::{largest_diameter, smallest_diameter};
use super::moments::Moments;
use super::perimeter::perimeter;
use crate::structures::{BoundingBox, MaskCrops, Objects};

/// Measures of an object's pixels, in pixels of the image; NaN where there are none.
///
/// An object of a network without masks has its box, the area of that, and whether it touches the border. An object
/// without pixels has an area of 0 and its box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Left, top, width and height of the box around the pixels.
    pub bbox: [f64; 4],
    /// Mean x and y of the pixels' centres.
    pub centroid: [f64; 2],
    /// Number of pixels.
    pub area: f64,
    /// Diameter of a circle with the same area.
    pub equivalent_diameter_area: f64,
    /// Length of the outlines, holes included, through the centres of the border's pixels (`neighborhood=4`).
    pub perimeter: f64,
    /// Major axis of the ellipse with the same second moments.
    pub axis_major_length: f64,
    /// Minor axis of that ellipse.
    pub axis_minor_length: f64,
    /// Angle from the y axis to the major axis, in radians, -π/2 to π/2, anticlockwise.
    pub orientation: f64,
    /// Eccentricity of the ellipse: 0 for a circle, to 1 for a line.
    pub eccentricity: f64,
    /// `4π × area / perimeter²`, at most 1 as in ImageJ: the perimeter of small objects is too short.
    pub circularity: f64,
    /// Area by the area of the convex hull, 0 to 1.
    pub solidity: f64,
    /// The longest distance between two points of the outline of the convex hull's pixels.
    pub feret_diameter_max: f64,
    /// The least distance between two parallel lines that the convex hull fits between. scikit-image does not have it;
    /// its hull, which is taken here, is that of the middles of the pixels' edges.
    pub feret_diameter_min: f64,
    /// Whether a pixel lies at the image's edge.
    pub touches_border: bool,
}

impl Shape {
    /// Measures the object at an index, which is less than [`Objects::len`].
    pub fn of(objects: &Objects, index: usize) -> Self {
        let bounding_box = &objects.boxes[index];
        let of_box = Self::of_box(bounding_box, objects);
        match &objects.masks {
            None => Self { area: f64::from(bounding_box.area()), ..of_box },
            Some(masks) if masks.runs(index).len() < 2 => Self { area: 0.0, ..of_box },
            Some(masks) => Self::of_mask(masks, index, [objects.width, objects.height]),
        }
    }

    fn of_box(bounding_box: &BoundingBox, image: &Objects) -> Self {
        let BoundingBox { x1, y1, x2, y2 } = *bounding_box;
        let touches_border = x1 <= 0.0 || y1 <= 0.0 || x2 >= image.width as f32 || y2 >= image.height as f32;
        Self {
            bbox: [x1, y1, x2 - x1, y2 - y1].map(f64::from),
            centroid: [f64::NAN; 2],
            area: f64::NAN,
            equivalent_diameter_area: f64::NAN,
            perimeter: f64::NAN,
            axis_major_length: f64::NAN,
            axis_minor_length: f64::NAN,
            orientation: f64::NAN,
            eccentricity: f64::NAN,
            circularity: f64::NAN,
            solidity: f64::NAN,
            feret_diameter_max: f64::NAN,
            feret_diameter_min: f64::NAN,
            touches_border,
        }
    }

    fn of_mask(masks: &MaskCrops, index: usize, [width, height]: [usize; 2]) -> Self {
        let rect = masks.rect(index);
        let moments = Moments::of(rect, masks.spans(index));
        let ellipse = moments.ellipse();
        let area = moments.area();
        let perimeter = perimeter(rect, &masks.pixels(index));
        let hull = ConvexHull::of(rect, masks.spans(index));
        let right_or_lower = rect.x + rect.width >= width || rect.y + rect.height >= height;
        let circularity = if perimeter > 0.0 { (4.0 * PI * area / perimeter.powi(2)).min(1.0) } else { f64::NAN };
        Self {
            bbox: [rect.x, rect.y, rect.width, rect.height].map(|side| side as f64),
            centroid: moments.centroid(),
            area,
            equivalent_diameter_area: (4.0 * area / PI).sqrt(),
            perimeter,
            axis_major_length: ellipse.axis_major_length,
            axis_minor_length: ellipse.axis_minor_length,
            orientation: ellipse.orientation,
            eccentricity: ellipse.eccentricity,
            circularity,
            solidity: area / hull.area() as f64,
            feret_diameter_max: largest_diameter(&hull.pixels_outline()),
            feret_diameter_min: smallest_diameter(hull.corners()),
            touches_border: rect.x == 0 || rect.y == 0 || right_or_lower,
        }
    }
}
