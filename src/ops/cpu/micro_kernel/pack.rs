//! Factors in the order in which the loops read them.

/// Rows of a matrix in groups of `group`: for each group, for each column, its rows' values side by
/// side. Rows missing from the last group are zero.
///
/// `pitch` is the distance from one row to the next; `columns` are taken of each.
pub(in crate::ops) fn interleave(rows: &[f32], pitch: usize, columns: usize, group: usize) -> Vec<f32> {
    let count = rows.len().div_ceil(pitch.max(1));
    let mut packed = vec![0.0; count.div_ceil(group) * group * columns];
    for (index, packed) in packed.chunks_exact_mut((group * columns).max(1)).enumerate() {
        for (place, row) in rows[index * group * pitch..].chunks(pitch).take(group).enumerate() {
            for (values, &value) in packed.chunks_exact_mut(group).zip(&row[..columns]) {
                values[place] = value;
            }
        }
    }
    packed
}
