//! Anchors: the boxes that proposals start from
//! (Ren et al. 2015, section 3.1; `torchvision/models/detection/anchor_utils.py`).

use burn::tensor::{Device, Tensor, TensorData};

use super::ANCHORS;
use crate::config::{AnchorPlacement, AnchorSettings};
use crate::ops::anchor_boxes::AnchorGrid;

/// The anchors of a network.
#[derive(Debug, Clone, Copy)]
pub struct Anchors<'a> {
    /// Their sizes and aspect ratios.
    pub settings: &'a AnchorSettings,
    /// Where exactly they are.
    pub placement: AnchorPlacement,
}

impl Anchors<'_> {
    /// Where the anchors of one level of the pyramid are.
    ///
    /// `grid` and `padded` are height and width of the level and of the padded input.
    pub fn grid(&self, level: usize, grid: (usize, usize), padded: (usize, usize)) -> AnchorGrid {
        AnchorGrid {
            columns: grid.1,
            strides: [(grid.1, padded.1), (grid.0, padded.0)]
                .map(|(cells, length)| self.stride(level, cells, length) as f32),
            base: self.base(level),
        }
    }

    /// The anchors of one level of the pyramid, rows of cells first, then cells, then aspect ratios.
    ///
    /// `grid` and `padded` are height and width of the level and of the padded input.
    ///
    /// # Shapes
    /// - output: `[height × width × ratios, 4]`, x1, y1, x2, y2 in pixels of the resized image
    pub fn boxes(&self, level: usize, grid: (usize, usize), padded: (usize, usize), device: &Device) -> Tensor<2> {
        let [rows, columns] = [(grid.0, padded.0), (grid.1, padded.1)].map(|(cells, length)| {
            let stride = self.stride(level, cells, length);
            (0..cells).map(|cell| (cell * stride) as f32).collect::<Vec<f32>>()
        });
        let xs: Vec<f32> = columns.iter().flat_map(|&x| [x, 0.0, x, 0.0]).collect();
        let ys: Vec<f32> = rows.iter().flat_map(|&y| [0.0, y, 0.0, y]).collect();
        let base: Vec<f32> = self.base(level).into_iter().flatten().collect();
        let tensor =
            |values: Vec<f32>, shape: [usize; 4]| Tensor::<4>::from_data(TensorData::new(values, shape), device);
        let anchors = tensor(xs, [1, grid.1, 1, 4]) + tensor(ys, [grid.0, 1, 1, 4]) + tensor(base, [1, 1, ANCHORS, 4]);
        anchors.reshape([grid.0 * grid.1 * ANCHORS, 4])
    }

    /// The anchors of a level around the origin, one for each aspect ratio.
    fn base(&self, level: usize) -> [[f32; 4]; ANCHORS] {
        let size = self.settings.sizes[level];
        self.settings.aspect_ratios.map(|ratio| {
            let (height, width) = (ratio.sqrt() * size, size / ratio.sqrt());
            let corners = [-width / 2.0, -height / 2.0, width / 2.0, height / 2.0];
            match self.placement {
                AnchorPlacement::Rounded => corners.map(f32::round_ties_even),
                AnchorPlacement::Exact => corners,
            }
        })
    }

    /// Pixels from one cell of a level to the next, along an axis with `cells` cells and `length` pixels.
    fn stride(&self, level: usize, cells: usize, length: usize) -> usize {
        match self.placement {
            AnchorPlacement::Rounded => length / cells,
            AnchorPlacement::Exact => 4 << level,
        }
    }
}
