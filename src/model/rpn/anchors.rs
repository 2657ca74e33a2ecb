//! Anchors: the boxes that proposals start from
//! (Ren et al. 2015, section 3.1; `torchvision/models/detection/anchor_utils.py`).

use burn::tensor::{Device, Tensor, TensorData};

use super::RpnConfig;
use crate::ops::anchor_boxes::AnchorGrid;

/// Where the anchors of one level of the pyramid are.
///
/// `grid` and `padded` are height and width of the level and of the padded input.
pub fn anchor_grid(config: &RpnConfig, level: usize, grid: (usize, usize), padded: (usize, usize)) -> AnchorGrid {
    AnchorGrid {
        columns: grid.1,
        strides: [(grid.1, padded.1), (grid.0, padded.0)]
            .map(|(cells, length)| stride(config, level, cells, length) as f32),
        base: base_anchors(config, level),
    }
}

/// Where exactly anchors are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnchorPlaces {
    /// torchvision's: corners in whole pixels, strides of the padded input's sides divided by the
    /// level's, rounded down, for each axis by itself.
    #[default]
    Rounded,
    /// detectron2's (`DefaultAnchorGenerator` in `modeling/anchor_generator.py`): corners wherever size
    /// and ratio place them, strides of 4 to 64, by which regions are pooled, too.
    Exact,
}

/// The anchors of one level of the pyramid, rows of cells first, then cells, then aspect ratios.
///
/// `grid` and `padded` are height and width of the level and of the padded input.
///
/// # Shapes
/// - output: `[height × width × ratios, 4]`, x1, y1, x2, y2 in pixels of the resized picture
pub fn anchors(
    config: &RpnConfig,
    level: usize,
    grid: (usize, usize),
    padded: (usize, usize),
    device: &Device,
) -> Tensor<2> {
    let [rows, columns] = [(grid.0, padded.0), (grid.1, padded.1)].map(|(cells, length)| {
        let stride = stride(config, level, cells, length);
        (0..cells).map(|cell| (cell * stride) as f32).collect::<Vec<f32>>()
    });
    let xs: Vec<f32> = columns.iter().flat_map(|&x| [x, 0.0, x, 0.0]).collect();
    let ys: Vec<f32> = rows.iter().flat_map(|&y| [0.0, y, 0.0, y]).collect();
    let base: Vec<f32> = base_anchors(config, level).into_iter().flatten().collect();
    let ratios = config.aspect_ratios.len();
    let tensor = |values: Vec<f32>, shape: [usize; 4]| Tensor::<4>::from_data(TensorData::new(values, shape), device);
    let anchors = tensor(xs, [1, grid.1, 1, 4]) + tensor(ys, [grid.0, 1, 1, 4]) + tensor(base, [1, 1, ratios, 4]);
    anchors.reshape([grid.0 * grid.1 * ratios, 4])
}

/// The anchors of a level around the origin, one for each aspect ratio.
fn base_anchors(config: &RpnConfig, level: usize) -> [[f32; 4]; 3] {
    let size = config.anchor_sizes[level];
    config.aspect_ratios.map(|ratio| {
        let (height, width) = (ratio.sqrt() * size, size / ratio.sqrt());
        let corners = [-width / 2.0, -height / 2.0, width / 2.0, height / 2.0];
        match config.places {
            AnchorPlaces::Rounded => corners.map(f32::round_ties_even),
            AnchorPlaces::Exact => corners,
        }
    })
}

/// Pixels from one cell of a level to the next, along an axis of so many cells for so many pixels.
fn stride(config: &RpnConfig, level: usize, cells: usize, length: usize) -> usize {
    match config.places {
        AnchorPlaces::Rounded => length / cells,
        AnchorPlaces::Exact => 4 << level,
    }
}
