//! Numbers as text.

/// Significant digits of a number that is not whole.
const DIGITS: i32 = 7;
/// From here on not every whole number is one of f64.
const MAX_WHOLE: f64 = 9.007_199_254_740_992e15;

/// A number as text: all digits of whole ones, seven significant digits of others; empty for NaN and infinity.
pub(super) fn digits(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    if value.fract() == 0.0 && value.abs() < MAX_WHOLE {
        return format!("{:.0}", value + 0.0);
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-9..15).contains(&magnitude) {
        return format!("{value:.*e}", DIGITS as usize - 1);
    }
    let decimals = (DIGITS - 1 - magnitude).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
