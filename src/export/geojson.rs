//! GeoJSON (RFC 7946) as QuPath reads it, in pixels of the image from its upper left corner.

use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::number::digits;
use super::outline::{Part, Ring, outline};
use super::{Findings, unwritten};
use crate::error::Result;
use crate::structures::BoundingBox;

/// What objects are in QuPath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuPathObject {
    /// Light and not edited by hand: for thousands of objects.
    #[default]
    Detection,
    /// Edited by hand.
    Annotation,
}

/// How GeoJSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GeoJsonOptions {
    /// What objects are in QuPath.
    pub object_type: QuPathObject,
    /// Whether the measures are in it.
    pub measurements: bool,
}

impl Default for GeoJsonOptions {
    fn default() -> Self {
        Self { object_type: QuPathObject::Detection, measurements: true }
    }
}

/// Colours of the classes, which stay apart for colour-blind people (Okabe and Ito 2008).
const PALETTE: [[u8; 3]; 7] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0], [204, 121, 167]];

/// Writes a collection with a feature for each object, on a line of its own: its outline along the edges of the pixels
/// (for a network without masks, its box), its number as name, its class, its score and its measures.
///
/// Gives the number of objects that are not in it because they have no pixels.
///
/// # Errors
/// [`crate::Error::Io`] where `out` does not take it.
pub fn write_geojson(image: &Findings<'_>, options: &GeoJsonOptions, out: &mut dyn Write) -> Result<usize> {
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[").map_err(unwritten)?;
    let mut left_out = 0;
    let mut is_first = true;
    for (index, bounding_box) in image.objects.boxes.iter().enumerate() {
        let geometry = match &image.objects.masks {
            Some(masks) => geometry(&outline(masks, index)),
            None => Some(rectangle(bounding_box)),
        };
        let Some(geometry) = geometry else {
            left_out += 1;
            continue;
        };
        let feature = json!({
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "objectType": options.object_type,
                "name": (index + 1).to_string(),
                "classification": { "name": image.label(index), "color": colour(image.objects.class_ids[index]) },
                "measurements": measurements(image, options, index),
            },
        });
        let line = format!("{}\n{feature}", if is_first { "" } else { "," });
        out.write_all(line.as_bytes()).map_err(unwritten)?;
        is_first = false;
    }
    out.write_all(b"\n]}\n").map_err(unwritten)?;
    Ok(left_out)
}

fn measurements(image: &Findings<'_>, options: &GeoJsonOptions, index: usize) -> Map<String, Value> {
    let score = ("score".to_owned(), f64::from(image.objects.scores[index]));
    let measures = image.measures.filter(|_| options.measurements).into_iter().flat_map(|measures| measures.columns());
    let measures = measures.map(|measure| (measure.header(), measure.values[index]));
    // What is NaN has no digits, and is left out.
    let numbers = std::iter::once(score).chain(measures).map(|(name, value)| (name, digits(value).parse()));
    numbers.filter_map(|(name, value)| Some((name, Value::Number(value.ok()?)))).collect()
}

/// `None` for a mask without pixels.
fn geometry(parts: &[Part]) -> Option<Value> {
    let polygon = |part: &Part| std::iter::once(&part.exterior).chain(&part.holes).map(closed).collect::<Vec<_>>();
    match parts {
        [] => None,
        [part] => Some(json!({ "type": "Polygon", "coordinates": polygon(part) })),
        parts => {
            let polygons: Vec<_> = parts.iter().map(polygon).collect();
            Some(json!({ "type": "MultiPolygon", "coordinates": polygons }))
        }
    }
}

/// A ring with its first corner again at the end.
fn closed(ring: &Ring) -> Ring {
    ring.iter().chain(ring.first()).copied().collect()
}

fn rectangle(bounding_box: &BoundingBox) -> Value {
    let BoundingBox { x1, y1, x2, y2 } = *bounding_box;
    json!({ "type": "Polygon", "coordinates": [[[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]] })
}

fn colour(class_id: u32) -> [u8; 3] {
    PALETTE[class_id.saturating_sub(1) as usize % PALETTE.len()]
}
