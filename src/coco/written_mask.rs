//! A mask as it is written in a file, in all the ways that exporters have for it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::warnings::{WarningKind, Warnings};
use super::{CocoCounts, CocoSegmentation, polygon, scalar};
use crate::structures::Rle;

/// The value of `segmentation`.
///
/// It is made from one annotation's JSON at a time, so that large files take no more memory than their polygons, and
/// reading it never fails, so that who uses it can name the annotation.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum WrittenMask {
    /// Not in the file, null or empty.
    #[default]
    Missing,
    /// Polygons. One that is not in a list of its own (`[x, y, x, y, …]`), or that is a list of points
    /// (`[[x, y], [x, y], …]`), counts as one, too. A coordinate that is not a number is NaN.
    Polygons(Vec<Vec<f64>>),
    /// Run lengths; of several, the mask is the union.
    Rles(Vec<WrittenRle>),
    /// None of these; what it is.
    Other(String),
}

/// Run lengths.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WrittenRle {
    size: Option<Vec<f64>>,
    counts: Option<CocoCounts>,
}

impl<'de> Deserialize<'de> for WrittenMask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from(&value))
    }
}

impl From<&Value> for WrittenMask {
    fn from(value: &Value) -> Self {
        match value {
            value if scalar::is_empty(value) => Self::Missing,
            Value::Object(_) => Self::Rles(vec![WrittenRle::from(value)]),
            Value::Array(items) if items.iter().all(Value::is_object) => {
                Self::Rles(items.iter().map(WrittenRle::from).collect())
            }
            Value::Array(items) if items.iter().all(|item| item.is_array() && !item[0].is_object()) => {
                let polygons: Vec<Vec<f64>> = items.iter().map(coordinates).collect();
                let is_points = polygons.len() > 2 && polygons.iter().all(|point| point.len() == 2);
                Self::Polygons(if is_points { vec![polygons.concat()] } else { polygons })
            }
            Value::Array(items) if !items.iter().any(|item| item.is_array() || item.is_object()) => {
                Self::Polygons(vec![coordinates(value)])
            }
            value => Self::Other(scalar::shown(value)),
        }
    }
}

/// The coordinates of a polygon: numbers, or points of two numbers each.
fn coordinates(polygon: &Value) -> Vec<f64> {
    let mut coordinates = Vec::new();
    for item in polygon.as_array().into_iter().flatten() {
        match scalar::numbers(item) {
            Some(point) if point.len() == 2 => coordinates.extend(point),
            Some(_) => coordinates.push(f64::NAN),
            None => coordinates.push(scalar::number(item).unwrap_or(f64::NAN)),
        }
    }
    coordinates
}

impl From<&Value> for WrittenRle {
    fn from(value: &Value) -> Self {
        let run = |value: &Value| scalar::whole(value).and_then(|run| u32::try_from(run).ok());
        let counts = match &value["counts"] {
            Value::String(text) => Some(CocoCounts::Compressed(text.clone())),
            Value::Array(runs) => runs.iter().map(run).collect::<Option<_>>().map(CocoCounts::Runs),
            _ => None,
        };
        Self { size: scalar::numbers(&value["size"]), counts }
    }
}

impl WrittenRle {
    fn size(&self) -> Option<[usize; 2]> {
        let [height, width] = self.size.as_deref()? else { return None };
        let side = |side: f64| (side.fract() == 0.0 && (0.0..1e9).contains(&side)).then_some(side as usize);
        Some([side(*height)?, side(*width)?])
    }

    fn check(&self) -> Result<CocoSegmentation, String> {
        let size = self.size().ok_or("its mask has no `size: [height, width]`")?;
        let counts =
            self.counts.clone().ok_or("its mask has no `counts` that are a text or a list of whole numbers")?;
        Ok(CocoSegmentation::Rle { size, counts })
    }
}

impl WrittenMask {
    /// Height and width of the image, where the mask says them.
    pub(super) fn size(&self) -> Option<[usize; 2]> {
        match self {
            Self::Rles(rles) => rles.first()?.size(),
            _ => None,
        }
    }

    /// The mask without invalid polygons; `None` where nothing is left. `name` is what it belongs to.
    pub(super) fn check(
        self,
        name: &dyn Fn() -> String,
        warnings: &mut Warnings,
    ) -> Result<Option<CocoSegmentation>, String> {
        match self {
            Self::Missing => Ok(None),
            Self::Other(what) => Err(format!(
                "its segmentation is {what}; it must be a list of polygons or an object with size and counts"
            )),
            Self::Polygons(polygons) => {
                let polygons: Vec<Vec<f64>> =
                    polygons.into_iter().filter_map(|polygon| check_polygon(polygon, name, warnings)).collect();
                Ok((!polygons.is_empty()).then_some(CocoSegmentation::Polygons(polygons)))
            }
            Self::Rles(rles) => match &rles[..] {
                [rle] => rle.check().map(Some),
                rles => union(rles).map(Some),
            },
        }
    }
}

fn check_polygon(mut polygon: Vec<f64>, name: &dyn Fn() -> String, warnings: &mut Warnings) -> Option<Vec<f64>> {
    if polygon.len() % 2 == 1 {
        warnings.add(WarningKind::OddPolygon, || format!("{}, with {} coordinates", name(), polygon.len()));
        polygon.pop();
    }
    if polygon.len() < polygon::MIN_COORDINATES {
        warnings.add(WarningKind::ShortPolygon, || format!("{}, with {} corners", name(), polygon.len() / 2));
        return None;
    }
    if let Some(coordinate) = polygon::far_coordinate(&polygon) {
        warnings.add(WarningKind::InvalidPolygon, || format!("{}, with a coordinate of {coordinate}", name()));
        return None;
    }
    Some(polygon)
}

/// The union of several masks of the same size.
fn union(rles: &[WrittenRle]) -> Result<CocoSegmentation, String> {
    let [height, width] = rles[0].size().unwrap_or_default();
    let mut runs = Vec::new();
    for rle in rles {
        if let Some(rle) = rle.check()?.to_rle(width, height).map_err(super::file::reason)? {
            runs.extend(rle.runs());
        }
    }
    let rle = Rle::from_runs(width, height, runs).map_err(super::file::reason)?;
    Ok(CocoSegmentation::from(&rle))
}
