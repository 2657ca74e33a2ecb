//! The largest difference, in which NaN counts as infinite.

/// The larger of two differences; NaN counts as infinite.
pub(super) fn worse(largest: f32, difference: f32) -> f32 {
    if difference.is_nan() { f32::INFINITY } else { largest.max(difference) }
}

/// The largest difference of two lists of values; infinite where one is longer.
pub(super) fn difference(expected: &[f32], ours: &[f32]) -> f32 {
    if expected.len() != ours.len() {
        return f32::INFINITY;
    }
    expected.iter().zip(ours).fold(0.0, |largest, (expected, ours)| worse(largest, (expected - ours).abs()))
}
