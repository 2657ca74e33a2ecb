//! Whether a value is the same after it was written as JSON and read again.

use serde_json::Value;

/// serde_json reads a decimal number to within its last bit unless it is built with `float_roundtrip`.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Checks that two JSON texts say the same.
pub(crate) fn check(first: &[u8], second: &[u8]) {
    let [first, second] = [first, second].map(|text| serde_json::from_slice::<Value>(text).expect("written as JSON"));
    assert!(same(&first, &second), "{first}\n{second}");
}

fn same(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Array(first), Value::Array(second)) => {
            first.len() == second.len() && first.iter().zip(second).all(|(first, second)| same(first, second))
        }
        (Value::Object(first), Value::Object(second)) => {
            first.len() == second.len()
                && first.iter().all(|(key, value)| second.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Number(first), Value::Number(second)) if first.is_f64() && second.is_f64() => {
            let [first, second] = [first, second].map(|number| number.as_f64().unwrap_or_default());
            (first - second).abs() <= ROUNDING * first.abs().max(f64::MIN_POSITIVE)
        }
        _ => first == second,
    }
}
