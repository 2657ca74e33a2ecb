//! A condition on a measure, as it is written on the command line.

use std::str::FromStr;

use crate::error::{Error, Result};

/// A measure within limits, which belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The measure's name or header.
    pub measure: String,
    /// The least value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl Condition {
    /// Whether a value is within the limits; NaN never is.
    pub fn holds(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

impl FromStr for Condition {
    type Err = Error;

    /// Reads `circularity>=0.8`: a name, one of `>=`, `<=`, `>`, `<` and `=`, and a number. Spaces may be anywhere.
    fn from_str(text: &str) -> Result<Self> {
        let invalid = || {
            Error::InvalidInput(format!(
                "{text:?} is not a condition; expected a measure, one of >=, <=, >, < and =, and a number, such as \
                 circularity>=0.8"
            ))
        };
        let start = text.find(['<', '>', '=']).ok_or_else(invalid)?;
        let (measure, rest) = (text[..start].trim(), &text[start..]);
        let (operator, number) = ["<=", ">=", "<", ">", "="]
            .into_iter()
            .find_map(|operator| Some((operator, rest.strip_prefix(operator)?)))
            .ok_or_else(invalid)?;
        let value: f64 = number.trim().parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(invalid)?;
        if measure.is_empty() {
            return Err(invalid());
        }
        let (min, max) = match operator {
            "<=" => (f64::NEG_INFINITY, value),
            ">=" => (value, f64::INFINITY),
            "<" => (f64::NEG_INFINITY, value.next_down()),
            ">" => (value.next_up(), f64::INFINITY),
            _ => (value, value),
        };
        Ok(Self { measure: measure.into(), min, max })
    }
}
