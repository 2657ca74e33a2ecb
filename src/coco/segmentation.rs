//! Masks as COCO's JSON holds them.

use serde::{Deserialize, Serialize};

use super::polygon;
use crate::error::{Error, Result};
use crate::structures::Rle;

/// A mask in one of COCO's three ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CocoSegmentation {
    /// Polygons, of which the mask is the union: x and y of each corner in turn, in pixels. An empty
    /// list stands for no mask.
    Polygons(Vec<Vec<f64>>),
    /// The lengths of its runs down the columns.
    Rle {
        /// Height and width of the picture in pixels.
        size: [usize; 2],
        /// The lengths.
        counts: CocoCounts,
    },
}

/// The lengths of a mask's runs, zeros first, as [`Rle`] has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The mask in a picture of `width × height` pixels; `None` for an empty list of polygons.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where it is malformed, or of a picture of another size.
    pub fn to_rle(&self, width: usize, height: usize) -> Result<Option<Rle>> {
        match self {
            Self::Polygons(polygons) if polygons.is_empty() => Ok(None),
            Self::Polygons(polygons) => polygon::rasterise(polygons, width, height).map(Some),
            Self::Rle { size, .. } if *size != [height, width] => {
                let [h, w] = size;
                Err(Error::InvalidInput(format!("its mask is of {w}×{h} pixels, the picture has {width}×{height}")))
            }
            Self::Rle { counts: CocoCounts::Compressed(text), .. } => {
                Rle::from_compressed(width, height, text).map(Some)
            }
            Self::Rle { counts: CocoCounts::Runs(runs), .. } => Rle::from_counts(width, height, runs.clone()).map(Some),
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
