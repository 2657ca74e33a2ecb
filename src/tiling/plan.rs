//! Where the tiles of an image are, and at which scale the network sees them.

use serde::{Deserialize, Serialize};

use super::{TileChoice, TilingOptions};
use crate::config::limits::{MAX_DETECTIONS, MAX_IMAGE_SIDE};
use crate::config::{InputSettings, Settings};
use crate::error::{Error, Result};
use crate::image::Region;
use crate::structures::{BoundingBox, Size};

/// Pixels of the network's input that the sizes of tiles are multiples of. Their origins are on multiples of twice that,
/// the largest stride of the network's features.
const CELL: usize = 32;

/// Overlap of two tiles, in pixels of the network's input, unless the caller says otherwise: with less, the network lacks
/// what it sees around an object at a seam in the whole image.
const DEFAULT_OVERLAP: usize = 192;

/// Maximum side of a tile, in pixels of the network's input, unless the model's `max_size` and an overlap are less or the
/// caller says less. The first feature map of a ResNet with 48 channels still fits what every WebGPU device binds.
const DEFAULT_TILE: usize = 1536;

/// The smallest side of a tile, in pixels of the network's input.
const MIN_TILE: usize = 256;

/// How an image is cut into tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Width of the image in pixels.
    pub width: usize,
    /// Height of the image in pixels.
    pub height: usize,
    /// Pixels of the network's input for one of the image; `None` where there is one tile, the whole image, which is
    /// resized as the model's settings say.
    pub scale: Option<f64>,
    /// How much of two neighbouring tiles is the same, in pixels of the image.
    pub overlap: usize,
    /// The tiles, row by row.
    pub tiles: Vec<Tile>,
}

/// A part of an image that the network sees at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// What the network sees.
    pub region: Region,
    /// The part of it that is nearer to its middle than to any other tile's: the cores of all tiles cover the image, and
    /// no pixel twice.
    pub core: Region,
}

impl Plan {
    /// The plan for an image of `size` and a model.
    ///
    /// The scale of a plan, unless it is the model's own, is the nearest of 32 by a whole number of pixels, so that tiles
    /// start on whole pixels both of the image and of the network's features.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an empty image or one of more than 2³²−1 pixels, a scale that is not positive and
    /// finite, and tiles that are too small, too large, or not larger than twice their overlap.
    pub fn new(size: Size, options: &TilingOptions, input: &InputSettings) -> Result<Self> {
        let Size { height, width } = size;
        let is_valid = width.checked_mul(height).is_some_and(|pixels| pixels > 0 && pixels as u64 <= u32::MAX.into());
        if !is_valid {
            return Err(Error::InvalidInput(format!(
                "the image has {width}×{height} pixels; expected 1 to 4294967295 pixels in all"
            )));
        }
        if let Some(scale) = options.scale.filter(|scale| !(scale.is_finite() && *scale > 0.0)) {
            return Err(Error::InvalidInput(format!("the scale is {scale}; expected a positive, finite number")));
        }
        let largest = DEFAULT_TILE.min(input.max_size.max(MIN_TILE) + DEFAULT_OVERLAP);
        let is_whole = match (options.tile, options.scale) {
            (TileChoice::Whole, _) => true,
            (TileChoice::Side(side), _) => width.max(height) <= side,
            (TileChoice::Auto, Some(scale)) => width.max(height) as f64 * scale <= largest as f64,
            (TileChoice::Auto, None) => !input.has_own_scale() || input.is_unshrunk((height, width)),
        };
        if is_whole {
            // At the scale that tiles would have.
            return Self::whole(size, options.scale.map(|scale| Grid::nearest(scale).scale()));
        }
        let scale = options.scale.unwrap_or_else(|| match (options.tile, input.min_scale) {
            (TileChoice::Side(side), min_scale) if min_scale <= 0.0 => input.scale((side, side)),
            (_, min_scale) if min_scale > 0.0 => min_scale,
            _ => 1.0,
        });
        let grid = Grid::nearest(scale);
        let tile = match options.tile {
            TileChoice::Side(side) => grid.cells_within(side),
            _ => largest / CELL,
        };
        let by_default = (DEFAULT_OVERLAP / CELL).min(tile / 3);
        let overlap = options.overlap.map_or(by_default, |overlap| overlap.div_ceil(grid.cell));
        grid.plan(size, tile, overlap)
    }

    /// A plan of smaller tiles for one of this plan's, in which there are more objects than the network can give at
    /// once. Its image is the tile; `None` where tiles would become too small.
    pub fn split(&self, tile: usize) -> Option<Self> {
        let Region { width, height, .. } = self.tiles.get(tile)?.region;
        let grid = Grid::nearest(self.scale?);
        let half = width.max(height).div_ceil(grid.cell).div_ceil(2);
        let overlap = match self.overlap {
            // The whole image, which is not cut yet.
            0 => (DEFAULT_OVERLAP / CELL).min(half / 3),
            overlap => overlap.div_ceil(grid.cell),
        };
        let half = half + overlap.div_ceil(2);
        let plan = grid.plan(Size { height, width }, half, overlap).ok()?;
        (plan.tiles.len() > 1).then_some(plan)
    }

    /// The settings with which the network runs on each tile: at the scale of this plan, and with as many detections as it
    /// can give.
    pub fn settings(&self, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        if let Some(scale) = self.scale {
            settings.input = settings.input.at_scale(scale);
            settings.detections.max_detections = MAX_DETECTIONS;
        }
        settings
    }

    /// Whether the network, with these settings, may have missed some of the objects where it gave this many: it gives at
    /// most `detections.maxDetections`, and finds what no proposal is for only by chance.
    pub fn is_crowded(found: usize, settings: &Settings) -> bool {
        found >= settings.detections.max_detections || 2 * found > settings.proposals.post_nms_top_n
    }

    /// Whether a box, in pixels of the image, has its middle in a tile's core, which is true for one tile only: with
    /// that, what tiles found can be shown before all are done.
    pub fn is_in_core(&self, tile: usize, bounding_box: &BoundingBox) -> bool {
        let within = |low: f32, high: f32, start: usize, length: usize, side: usize| {
            let middle = ((low + high) / 2.0).clamp(0.0, side.saturating_sub(1) as f32) as usize;
            (start..start + length).contains(&middle)
        };
        self.tiles.get(tile).is_some_and(|Tile { core, .. }| {
            within(bounding_box.x1, bounding_box.x2, core.x, core.width, self.width)
                && within(bounding_box.y1, bounding_box.y2, core.y, core.height, self.height)
        })
    }

    fn whole(size: Size, scale: Option<f64>) -> Result<Self> {
        let Size { height, width } = size;
        let region = Region { x: 0, y: 0, width, height };
        region.check(width, height)?;
        Ok(Self { width, height, scale, overlap: 0, tiles: vec![Tile { region, core: region }] })
    }
}

/// The grid that tiles start on.
struct Grid {
    /// Pixels of the image that are [`CELL`] pixels of the network's input.
    cell: usize,
}

impl Grid {
    fn nearest(scale: f64) -> Self {
        Self { cell: ((CELL as f64 / scale).round() as usize).max(1) }
    }

    fn scale(&self) -> f64 {
        CELL as f64 / self.cell as f64
    }

    fn cells_within(&self, length: usize) -> usize {
        length / self.cell
    }

    /// Tiles of at most `tile` cells, neighbours sharing at least `overlap` cells.
    fn plan(&self, size: Size, tile: usize, overlap: usize) -> Result<Plan> {
        let cell = self.cell;
        let (least, most) = (MIN_TILE.div_ceil(CELL).max(2 * overlap + 2), MAX_IMAGE_SIDE / CELL);
        if overlap == 0 || !(least..=most).contains(&tile) {
            return Err(Error::InvalidInput(format!(
                "tiles of {} pixels with an overlap of {} do not do; at this scale expected an overlap of at least \
                 {cell} pixels, and tiles of {} to {} pixels",
                tile * cell,
                overlap * cell,
                least * cell,
                most * cell,
            )));
        }
        let rows = self.spans(size.height, tile, overlap);
        let columns = self.spans(size.width, tile, overlap);
        let tiles = rows.iter().flat_map(|row| {
            columns.iter().map(|column| Tile {
                region: Region { x: column.start, y: row.start, width: column.length, height: row.length },
                core: Region {
                    x: column.core_start,
                    y: row.core_start,
                    width: column.core_length,
                    height: row.core_length,
                },
            })
        });
        let Size { height, width } = size;
        Ok(Plan { width, height, scale: Some(self.scale()), overlap: overlap * cell, tiles: tiles.collect() })
    }

    /// A side of `length` pixels as spans of nearly one length, which start on even cells.
    fn spans(&self, length: usize, tile: usize, overlap: usize) -> Vec<Span> {
        let cells = length.div_ceil(self.cell);
        // Starts are rounded up to even cells, which costs up to one.
        let step = tile - overlap - 1;
        let count = if cells <= tile { 1 } else { (cells - overlap).div_ceil(step) };
        let rest = cells.saturating_sub(overlap);
        let starts: Vec<usize> = (0..count).map(|i| (rest * i / count).next_multiple_of(2) * self.cell).collect();
        let end = |i: usize| starts.get(i + 1).map_or(length, |next| (next + overlap * self.cell).min(length));
        let middle = |i: usize| if i == 0 { 0 } else { starts[i] + (end(i - 1) - starts[i]) / 2 };
        let spans = (0..count).map(|i| {
            let core_start = middle(i);
            let core_end = if i + 1 < count { middle(i + 1) } else { length };
            Span { start: starts[i], length: end(i) - starts[i], core_start, core_length: core_end - core_start }
        });
        spans.collect()
    }
}

/// The columns or rows of a tile.
struct Span {
    start: usize,
    length: usize,
    core_start: usize,
    core_length: usize,
}
