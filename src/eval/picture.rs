//! An image of a data set with what is in it and what was found in it.

use crate::coco::segmentation::bounds;
use crate::coco::{CocoId, CocoResult};
use crate::error::{Error, Result};
use crate::structures::Rle;

/// Which part of an object is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    Box,
    Mask,
}

/// An image.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub(super) id: CocoId,
    pub(super) file_name: String,
    pub(super) kind: Option<String>,
    pub(super) width: usize,
    pub(super) height: usize,
    /// The categories whose every object is among the ground truth; `None` for all.
    pub(super) labelled_categories: Option<Vec<u64>>,
    pub(super) truths: Vec<Truth>,
    pub(super) found: Vec<Found>,
}

/// An annotated object.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    pub(super) category: u64,
    pub(super) crowd: bool,
    pub(super) area: f64,
    pub(super) bbox: [f64; 4],
    pub(super) mask: Option<FittedMask>,
}

/// A detection.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) category: u64,
    pub(super) score: f64,
    pub(super) bbox: [f64; 4],
    pub(super) mask: Option<FittedMask>,
}

/// A mask and what is asked of it often.
#[derive(Debug, Clone)]
pub(super) struct FittedMask {
    pub(super) rle: Rle,
    /// Left, top, width and height of the smallest box around it; all 0 for an empty mask.
    pub(super) bounds: [f64; 4],
    /// Its pixels.
    pub(super) area: f64,
}

impl FittedMask {
    pub(super) fn new(rle: Rle) -> Self {
        Self { bounds: bounds(&rle), area: rle.area() as f64, rle }
    }
}

impl Picture {
    /// Gives each pixel of the image to the detection with the highest score, the first of those with equal scores. A
    /// detection that keeps no pixel loses its mask.
    pub(super) fn make_disjoint(&mut self) {
        let (width, height) = (self.width, self.height);
        let mut taken = vec![false; width * height];
        let mut best_first: Vec<_> = self.found.iter_mut().collect();
        best_first.sort_by(|a, b| b.score.total_cmp(&a.score));
        for found in best_first {
            let Some(mask) = &found.mask else { continue };
            let mut free = Vec::new();
            for pixel in mask.rle.runs().flat_map(|(start, end)| start..end) {
                if !std::mem::replace(&mut taken[pixel], true) {
                    free.push((pixel, pixel + 1));
                }
            }
            // Part of a mask that fits the image fits it too.
            found.mask = Rle::from_runs(width, height, free).ok().filter(|rle| rle.area() > 0).map(FittedMask::new);
        }
    }

    /// Takes a result of this image.
    pub(super) fn add(&mut self, result: &CocoResult) -> Result<()> {
        let mask = match &result.segmentation {
            Some(segmentation) => segmentation.to_rle(self.width, self.height)?,
            None => None,
        };
        if !result.score.is_finite() {
            return Err(Error::InvalidInput(format!("a result of image {} has the score {}", self.id, result.score)));
        }
        let (category, score, bbox) = (result.category_id, result.score, result.bbox);
        self.found.push(Found { category, score, bbox, mask: mask.map(FittedMask::new) });
        Ok(())
    }
}
