//! Masks as COCO's JSON holds them.

use serde::Serialize;

use super::polygon;
use crate::error::{Error, Result};
use crate::structures::Rle;

/// A mask in one of COCO's three ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CocoSegmentation {
    /// Polygons, of which the mask is the union: x and y of each corner in turn, in pixels. An empty
    /// list is an empty mask.
    Polygons(Vec<Vec<f64>>),
    /// The lengths of its runs down the columns.
    Rle {
        /// Height and width of the image in pixels.
        size: [usize; 2],
        /// The lengths.
        counts: CocoCounts,
    },
}

/// The lengths of a mask's runs, zeros first, as [`Rle`] has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CocoCounts {
    /// COCO's compressed string.
    Compressed(String),
    /// The plain lengths.
    Runs(Vec<u32>),
}

impl From<&Rle> for CocoSegmentation {
    /// The mask as a compressed string.
    fn from(rle: &Rle) -> Self {
        Self::Rle { size: [rle.height(), rle.width()], counts: CocoCounts::Compressed(rle.to_compressed()) }
    }
}

impl CocoSegmentation {
    /// The mask in an image of `width × height` pixels; `None` for an empty list of polygons.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where it is malformed, or of an image of another size.
    pub fn to_rle(&self, width: usize, height: usize) -> Result<Option<Rle>> {
        match self {
            Self::Polygons(polygons) if polygons.is_empty() => Ok(None),
            Self::Polygons(polygons) => polygon::rasterise(polygons, width, height).map(Some),
            Self::Rle { size, .. } if *size != [height, width] => {
                let [h, w] = size;
                let swapped = if *size == [width, height] { "; `size` must be [height, width]" } else { "" };
                Err(Error::InvalidInput(format!(
                    "its mask has {w}×{h} pixels, the image has {width}×{height}{swapped}"
                )))
            }
            Self::Rle { counts: CocoCounts::Compressed(text), .. } => {
                Rle::from_compressed(width, height, text).map(Some)
            }
            Self::Rle { counts: CocoCounts::Runs(runs), .. } => Rle::from_counts(width, height, runs.clone()).map(Some),
        }
    }

    /// The box around the mask in an image whose size is known from run lengths only: that of the pixels, or of a
    /// polygon's corners.
    pub(super) fn bounds(&self) -> Result<[f64; 4]> {
        match self {
            Self::Rle { size: [height, width], .. } => {
                Ok(self.to_rle(*width, *height)?.as_ref().map(bounds).unwrap_or_default())
            }
            Self::Polygons(polygons) => {
                let side = |axis: usize| {
                    let along = polygons.iter().flat_map(move |polygon| polygon.iter().skip(axis).step_by(2).copied());
                    (along.clone().fold(f64::INFINITY, f64::min), along.fold(f64::NEG_INFINITY, f64::max))
                };
                let ((left, right), (top, bottom)) = (side(0), side(1));
                Ok([left, top, right - left, bottom - top])
            }
        }
    }

    /// As [`CocoSegmentation::to_rle`], without rasterising polygons.
    pub(super) fn check(&self, width: usize, height: usize) -> Result<()> {
        match self {
            Self::Polygons(polygons) => polygons.iter().try_for_each(|polygon| polygon::check(polygon)),
            Self::Rle { .. } => self.to_rle(width, height).map(drop),
        }
    }
}

/// Left, top, width and height of the smallest box around a mask, as `pycocotools.mask.toBbox` gives them; all 0
/// for an empty mask.
pub(crate) fn bounds(rle: &Rle) -> [f64; 4] {
    let bounds = rle.bounding_box().unwrap_or_default();
    [bounds.x1, bounds.y1, bounds.width(), bounds.height()].map(f64::from)
}
