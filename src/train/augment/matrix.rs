//! Linear maps of colours.

/// Rows of three: what makes up red, green and blue.
pub(super) type Matrix = [[f32; 3]; 3];

/// The map that changes nothing.
pub(super) const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// `second`, then `first`.
pub(super) fn product(first: &Matrix, second: &Matrix) -> Matrix {
    core::array::from_fn(|row| core::array::from_fn(|column| (0..3).map(|i| first[row][i] * second[i][column]).sum()))
}

/// Maps every colour of `[3, pixels]`.
pub(super) fn transform(matrix: &Matrix, planes: &mut [f32]) {
    let pixels = planes.len() / 3;
    let (red, rest) = planes.split_at_mut(pixels);
    let (green, blue) = rest.split_at_mut(pixels);
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let colour = [*red, *green, *blue];
        let [r, g, b] = matrix.map(|row| row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2]);
        (*red, *green, *blue) = (r, g, b);
    }
}
