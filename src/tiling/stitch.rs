//! From the objects of the tiles to those of the image.

use super::Plan;
use crate::config::DetectionSettings;
use crate::error::{Error, Result};
use crate::structures::Objects;

/// Collects the objects of an image's tiles, which come in any order, and makes them those of the image. The result
/// does not depend on the order.
#[derive(Debug, Clone)]
pub struct Stitcher {
    plan: Plan,
    nms_threshold: f32,
    /// What each tile gave, in pixels of the tile.
    found: Vec<Option<Objects>>,
}

impl Stitcher {
    /// Nothing found yet. Objects of a class of different tiles will have a box IoU of at most
    /// `detections.nms_threshold`.
    pub fn new(plan: Plan, detections: &DetectionSettings) -> Self {
        let found = plan.tiles.iter().map(|_| None).collect();
        Self { plan, nms_threshold: detections.nms_threshold, found }
    }

    /// The tiles.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes what was found in a tile of the plan, in pixels of the tile.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where there is no such tile, or the objects are of an image of another size.
    pub fn add(&mut self, tile: usize, objects: Objects) -> Result<()> {
        let Some((slot, region)) = self.found.get_mut(tile).zip(self.plan.tiles.get(tile).map(|tile| tile.region))
        else {
            return Err(Error::InvalidInput(format!("tile {tile} of {} does not exist", self.plan.tiles.len())));
        };
        if (objects.width, objects.height) != (region.width, region.height) {
            return Err(Error::InvalidInput(format!(
                "the objects of tile {tile} are of an image of {}×{} pixels; expected {}×{}",
                objects.width, objects.height, region.width, region.height
            )));
        }
        *slot = Some(objects);
        Ok(())
    }

    /// Whether all tiles were added.
    pub fn is_complete(&self) -> bool {
        self.found.iter().all(Option::is_some)
    }

    /// The objects of the tiles that were added, best score first, in pixels of the image.
    pub fn so_far(&self) -> Objects {
        self.clone().finish()
    }

    /// The objects of all tiles that were added, best score first, in pixels of the image.
    pub fn finish(self) -> Objects {
        let mut all = Objects { width: self.plan.width, height: self.plan.height, ..Objects::default() };
        for (objects, tile) in self.found.iter().zip(&self.plan.tiles) {
            if let Some(objects) = objects {
                all.append_moved(objects, (tile.region.x, tile.region.y));
            }
        }
        let mut kept: Vec<usize> = Vec::new();
        for index in all.best_first() {
            let is_same = |&other: &usize| {
                all.class_ids[other] == all.class_ids[index]
                    && all.boxes[other].iou(&all.boxes[index]) > self.nms_threshold
            };
            if !kept.iter().any(is_same) {
                kept.push(index);
            }
        }
        all.select(&kept)
    }
}
