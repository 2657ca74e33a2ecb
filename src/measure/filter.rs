//! Which objects stay, by what is known of them; the network does not run again.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Condition, Measures};
use crate::error::{Error, Result};
use crate::structures::Objects;

/// What objects must be like to stay. All limits belong to what is allowed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ObjectFilter {
    /// The least score, 0..1.
    pub min_score: Option<f32>,
    /// The least area in square pixels.
    pub min_area: Option<f64>,
    /// The largest area in square pixels.
    pub max_area: Option<f64>,
    /// Whether objects at the image's edge, of which a part may be missing, are left out.
    pub exclude_border: bool,
    /// The classes that stay; all where there are none.
    pub class_ids: Vec<u32>,
    /// The least and the largest value of measures by their names or headers; `None` for no limit. An object without a
    /// value is left out.
    pub measures: BTreeMap<String, [Option<f64>; 2]>,
    /// Further conditions on measures.
    #[serde(skip)]
    pub conditions: Vec<Condition>,
}

impl ObjectFilter {
    /// The indices of the objects that stay, in their order. Names of measures are those of `measures`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for the name of a measure that does not exist, and for limits that are NaN or of which
    /// the least is more than the largest.
    pub fn indices(&self, objects: &Objects, measures: &Measures) -> Result<Vec<usize>> {
        let mut indices: Vec<usize> = (0..objects.len()).collect();
        if let Some(min) = self.min_score {
            if !(0.0..=1.0).contains(&min) {
                return Err(Error::InvalidInput(format!("the least score is {min}; expected a number from 0 to 1")));
            }
            indices.retain(|&index| objects.scores[index] >= min);
        }
        if !self.class_ids.is_empty() {
            indices.retain(|&index| self.class_ids.contains(&objects.class_ids[index]));
        }
        for condition in self.conditions()? {
            let values = &measures.named(&condition.measure)?.values;
            indices.retain(|&index| condition.holds(values[index]));
        }
        Ok(indices)
    }

    fn conditions(&self) -> Result<Vec<Condition>> {
        let no_border = [None, Some(0.0)];
        let measures = self.measures.iter().map(|(name, limits)| (name.as_str(), *limits));
        let area = ("area", [self.min_area, self.max_area]);
        let border = self.exclude_border.then_some(("touches_border", no_border));
        let limited = measures.chain([area]).chain(border);
        let limited = limited.map(|(name, limits)| condition(name, limits)).filter_map(Result::transpose);
        limited.chain(self.conditions.iter().cloned().map(Ok)).collect()
    }
}

fn condition(name: &str, [min, max]: [Option<f64>; 2]) -> Result<Option<Condition>> {
    if min.is_none() && max.is_none() {
        return Ok(None);
    }
    let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
    if min.is_nan() || max.is_nan() || min > max {
        return Err(Error::InvalidInput(format!(
            "{name} is limited to {min} to {max}; expected two numbers, the first not larger than the second"
        )));
    }
    Ok(Some(Condition { measure: name.into(), min, max }))
}
