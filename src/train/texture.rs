//! Random fields: the irregularity of real surfaces.

use crate::train::Random;

/// A smooth random field over the plane: value noise, random numbers on a grid with smooth steps
/// between them, each octave half as strong and twice as fine as the one before.
#[derive(Debug)]
pub(super) struct Texture {
    octaves: Vec<Grid>,
}

#[derive(Debug)]
struct Grid {
    /// Pixels from one number to the next.
    cell: f32,
    columns: usize,
    values: Vec<f32>,
    strength: f32,
}

impl Texture {
    /// For images of `width × height` pixels, with features of `cell` pixels and finer.
    pub(super) fn new(width: usize, height: usize, cell: f32, octaves: u32, random: &mut Random) -> Self {
        let octaves = (0..octaves).map(|octave| {
            let finer = 2f32.powi(octave as i32);
            let cell = cell / finer;
            let count = |side: usize| (side as f32 / cell) as usize + 2;
            let columns = count(width);
            let values = (0..columns * count(height)).map(|_| random.between(-1.0, 1.0)).collect();
            Grid { cell, columns, values, strength: 1.0 / finer }
        });
        Self { octaves: octaves.collect() }
    }

    /// The field at a point of the image, about -1..1, 0 on average.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        self.octaves.iter().map(|grid| grid.strength * grid.at(x, y)).sum()
    }
}

impl Grid {
    fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x / self.cell, y / self.cell);
        let (column, row) = (x as usize, y as usize);
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let (dx, dy) = (smooth(x - column as f32), smooth(y - row as f32));
        let value = |row: usize, column: usize| self.values[row * self.columns + column];
        let along = |row: usize| value(row, column) + dx * (value(row, column + 1) - value(row, column));
        along(row) + dy * (along(row + 1) - along(row))
    }
}
