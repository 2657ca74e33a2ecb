//! Stains of tissue: how much of each dye there is (Ruifrok and Johnston 2001, "Quantification of
//! histochemical staining by color deconvolution").

use super::AugmentConfig;
use super::draw::amount;
use super::matrix::{Matrix, product, transform};
use crate::image::Image;
use crate::train::Random;

/// Optical densities of red, green and blue (columns) of hematoxylin, of eosin, and of what is
/// left, each of length 1 (rows).
pub(in crate::train) const STAINS: Matrix = [[0.650, 0.704, 0.286], [0.071, 0.991, 0.113], [0.280, 0.506, 0.816]];

/// Makes each of the two stains denser or thinner. `planes` is `[3, pixels]`, on 0..1; images
/// without colours are left as they are.
pub(super) fn vary(config: &AugmentConfig, image: &Image, planes: &mut [f32], random: &mut Random) {
    if !random.chance(config.stain.probability) {
        return;
    }
    let density = [amount(config.stain.range, random), amount(config.stain.range, random), 1.0];
    if !has_colours(image) {
        return;
    }
    // Densities are rows times `STAINS`; `transform` takes columns.
    let columns = transposed(&STAINS);
    let scaled = columns.map(|row| core::array::from_fn(|stain| row[stain] * density[stain]));
    let matrix = product(&scaled, &inverse(&columns));
    planes.iter_mut().for_each(|light| *light = -light.max(DARKEST).ln());
    transform(&matrix, planes);
    planes.iter_mut().for_each(|density| *density = (-*density).exp());
}

/// The least light that has a density: half of a byte's step.
const DARKEST: f32 = 0.5 / 255.0;

/// Whether at least one pixel in twenty is clearly coloured, judged by a sixteenth of them.
fn has_colours(image: &Image) -> bool {
    const CLEARLY: u8 = 24;
    let rows = image.rgba().chunks_exact(4 * image.width()).step_by(4);
    let pixels = rows.flat_map(|row| row.as_chunks::<4>().0.iter().step_by(4));
    let (coloured, all) = pixels.fold((0, 0), |(coloured, all), &[red, green, blue, _]| {
        let spread = red.max(green).max(blue) - red.min(green).min(blue);
        (coloured + usize::from(spread >= CLEARLY), all + 1)
    });
    coloured * 20 >= all
}

fn transposed(matrix: &Matrix) -> Matrix {
    core::array::from_fn(|row| core::array::from_fn(|column| matrix[column][row]))
}

/// By cofactors.
fn inverse(m: &Matrix) -> Matrix {
    let cofactor = |row: usize, column: usize| {
        let (a, b) = ((row + 1) % 3, (row + 2) % 3);
        let (c, d) = ((column + 1) % 3, (column + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f32 = (0..3).map(|column| m[0][column] * cofactor(0, column)).sum();
    core::array::from_fn(|row| core::array::from_fn(|column| cofactor(column, row) / determinant))
}
