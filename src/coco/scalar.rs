//! Single values of JSON, in the spellings that exporters have for them. What is null or missing is `Value::Null`.

use serde_json::Value;

use super::CocoId;

/// Whole numbers are exact in an `f64` up to here.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A number, also one in a text, such as `"17"`.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A whole number, also `17.0` and `"17"`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    let exact = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let rounded = || number(value).filter(|number| number.fract() == 0.0 && number.abs() < MAX_EXACT);
    exact.or_else(|| rounded().map(|number| number as i64))
}

/// An id: a whole number, or a text as it is.
pub(super) fn id(value: &Value) -> Option<CocoId> {
    match value {
        Value::String(text) if !text.is_empty() => Some(CocoId::Text(text.clone())),
        Value::Number(number) => number.as_u64().map(CocoId::from).or_else(|| whole(value).map(CocoId::Number)),
        _ => None,
    }
}

/// A flag, `false` where it is missing.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.is_empty() || text.eq_ignore_ascii_case("false") => Some(false),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        _ => number(value).map(|number| number != 0.0),
    }
}

/// A text, also from a number; empty where it is missing.
pub(super) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Numbers of a list; anything else in it becomes NaN. `None` where the value is not a list.
pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    let numbers = value.as_array()?.iter();
    Some(numbers.map(|value| number(value).unwrap_or(f64::NAN)).collect())
}

/// A box of left, top, width and height: four finite numbers, the sides 0 or more.
pub(super) fn bbox(value: &Value) -> Option<[f64; 4]> {
    let bbox: [f64; 4] = numbers(value)?.try_into().ok()?;
    (bbox.iter().all(|number| number.is_finite()) && bbox[2] >= 0.0 && bbox[3] >= 0.0).then_some(bbox)
}

/// Whether nothing is said: null, missing, or an empty list or text.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A value in a message: at most its first 60 characters.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A category's number, which cannot be negative.
pub(super) fn category_id(value: &Value) -> Option<u64> {
    whole(value).and_then(|id| u64::try_from(id).ok())
}
