//! Features and logits: value by value.

use super::difference::{difference, worse};
use super::stages::Tensor;
use super::verdict::Verdict;

/// The largest difference allowed, as a part of the stage's largest magnitude.
pub(super) const TOLERANCE: f32 = 1e-3;
/// At most this part of the values of a stage that is computed at boxes may be beyond that…
const OUTLIERS: f32 = 1e-3;
/// …but none beyond this. On the full-size v2, torch in float32 is 0.6e-3 from itself in float64, at
/// the same input; so is this program, to another side.
const OUTLIER_TOLERANCE: f32 = 3e-3;

/// Holds a whole stage against the reference's.
pub(super) fn compare(name: &str, expected: &Tensor, ours: Option<&Tensor>) -> Verdict {
    let Some(ours) = ours else { return Verdict::missing(name, expected) };
    if ours.shape != expected.shape {
        return Verdict::incomparable(name, expected, format!("ours has the shape {:?}", ours.shape));
    }
    Verdict::relative(name, expected, difference(&expected.values, &ours.values), TOLERANCE)
}

/// Holds what was computed for each of some boxes against the reference's, where row `i` of the
/// reference belongs to our row `rows[i]`. The reference may hold only the first rows; rows without a
/// partner are left out.
///
/// These values carry their box's noise with them, ours and torch's: of some thousands a few may be
/// further off than [`TOLERANCE`].
pub(super) fn compare_rows(name: &str, expected: &Tensor, ours: Option<&Tensor>, rows: &[Option<usize>]) -> Verdict {
    let Some(ours) = ours else { return Verdict::missing(name, expected) };
    if ours.shape.get(1..) != expected.shape.get(1..) || expected.rows() > rows.len() {
        return Verdict::incomparable(name, expected, format!("ours has the shape {:?}", ours.shape));
    }
    let limit = TOLERANCE * expected.magnitude();
    let (mut largest, mut compared, mut outliers) = (0.0, 0, 0);
    for (i, row) in rows[..expected.rows()].iter().enumerate() {
        let Some(row) = *row else { continue };
        let (theirs, ours) = (expected.row(i), ours.row(row));
        largest = worse(largest, difference(theirs, ours));
        outliers += theirs.iter().zip(ours).filter(|(theirs, ours)| (*theirs - *ours).abs() > limit).count();
        compared += theirs.len();
    }
    let mut note = format!("{} rows", rows[..expected.rows()].iter().flatten().count());
    if outliers > 0 {
        note += &format!(", {outliers} of {compared} values beyond {TOLERANCE}");
    }
    let few = outliers > 0 && outliers as f32 <= OUTLIERS * compared as f32;
    let tolerance = if few { OUTLIER_TOLERANCE } else { TOLERANCE };
    Verdict::relative(name, expected, largest, tolerance).note(note)
}
