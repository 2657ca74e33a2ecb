//! From the objects of the tiles to those of the image.

use super::Plan;
use super::joined::Joined;
use super::seam::{Fate, Resolved, Seams};
use crate::config::DetectionSettings;
use crate::error::{Error, Result};
use crate::image::Region;
use crate::structures::{GridIndex, Objects};

/// Collects the objects of an image's tiles, which come in any order, and makes them those of the image. The result
/// does not depend on the order.
///
/// - An object that several tiles see is taken from the one in which it lies farthest from the edges that cut the image,
///   with that tile's mask and score. Objects are the same where their masks cover more than half of what they cover
///   together, within the part that both tiles see, or where their box IoU is over the threshold of non-maximum
///   suppression.
/// - Where two tiles disagree, the one that sees the place farther from its edges decides: what it has not found is
///   dropped, and so is what its objects cover by more than half.
/// - What every tile cuts, because it is larger than the overlap, is joined from parts whose masks agree where two tiles
///   see them. Its score is the mean of theirs, weighted by area.
/// - At the end no two objects of a class from different tiles have a larger box IoU than the threshold of non-maximum
///   suppression.
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

    /// Takes what was found in a tile of the plan, in pixels of the tile. It replaces what the tile gave before.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the plan has no such tile, or the objects are of an image of another size.
    pub fn add(&mut self, tile: usize, objects: Objects) -> Result<()> {
        let tiles = self.plan.tiles.len();
        let Some((slot, Region { width, height, .. })) =
            self.found.get_mut(tile).zip(self.plan.tiles.get(tile).map(|tile| tile.region))
        else {
            return Err(Error::InvalidInput(format!(
                "tile {tile} does not exist; the plan has {tiles}, counted from 0"
            )));
        };
        if (objects.width, objects.height) != (width, height) {
            return Err(Error::InvalidInput(format!(
                "the objects of tile {tile} are of an image of {}×{} pixels; expected {width}×{height}",
                objects.width, objects.height
            )));
        }
        *slot = Some(objects);
        Ok(())
    }

    /// Whether all tiles were added.
    pub fn is_complete(&self) -> bool {
        self.found.iter().all(Option::is_some)
    }

    /// The objects of the tiles that were added so far, best score first, in pixels of the image.
    pub fn so_far(&self) -> Objects {
        let (pool, owners) = self.pool();
        let done: Vec<bool> = self.found.iter().map(Option::is_some).collect();
        let seams = Seams {
            tiles: &self.plan.tiles,
            done: &done,
            objects: &pool,
            owners: &owners,
            scale: self.plan.scale.unwrap_or(1.0),
            nms_threshold: self.nms_threshold,
        };
        let resolved = seams.resolve();
        let (objects, owners) = joined(&pool, &owners, &resolved);
        objects.select(&self.suppressed(&objects, &owners))
    }

    /// The objects of all tiles that were added, best score first, in pixels of the image.
    pub fn finish(self) -> Objects {
        self.so_far()
    }

    /// The objects of all tiles in pixels of the image, and the tile of each.
    fn pool(&self) -> (Objects, Vec<usize>) {
        let mut pool = Objects { width: self.plan.width, height: self.plan.height, ..Objects::default() };
        let mut owners = Vec::new();
        for (tile, objects) in self.found.iter().enumerate() {
            if let Some(objects) = objects {
                let Region { x, y, .. } = self.plan.tiles[tile].region;
                pool.append_moved(objects, (x, y));
                owners.resize(pool.len(), tile);
            }
        }
        (pool, owners)
    }

    /// The objects that remain after non-maximum suppression among those of different tiles, best score first.
    fn suppressed(&self, objects: &Objects, owners: &[Owner]) -> Vec<usize> {
        let order = objects.best_first();
        let seamed: Vec<usize> = order.iter().copied().filter(|&object| owners[object] != Owner::Alone).collect();
        let extents: Vec<Region> = seamed.iter().map(|&object| objects.extent(object)).collect();
        let grid = GridIndex::new(objects.width, objects.height, &extents);
        let mut is_kept = vec![true; objects.len()];
        for (at, &object) in seamed.iter().enumerate() {
            let is_better = |&other: &usize| {
                let rival = seamed[other];
                other < at
                    && is_kept[rival]
                    && (owners[rival] != owners[object] || owners[rival] == Owner::Several)
                    && objects.class_ids[rival] == objects.class_ids[object]
                    && objects.boxes[rival].iou(&objects.boxes[object]) > self.nms_threshold
            };
            let is_suppressed = grid.near(&extents[at]).iter().any(is_better);
            is_kept[object] = !is_suppressed;
        }
        order.into_iter().filter(|&object| is_kept[object]).collect()
    }
}

/// Which tiles an object of the result is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// One, and no other sees it.
    Alone,
    /// This one of those that see it.
    Tile(usize),
    /// Several, joined.
    Several,
}

/// The objects that are taken, those that were cut joined, and where each is from.
fn joined(pool: &Objects, owners: &[usize], resolved: &Resolved) -> (Objects, Vec<Owner>) {
    let groups = Joined::new(pool.len(), &resolved.parts);
    let mut objects =
        Objects { width: pool.width, height: pool.height, truncated: pool.truncated, ..Objects::default() };
    let mut kept = Vec::new();
    for (object, &fate) in resolved.fates.iter().enumerate() {
        let group = groups.of(object);
        match fate {
            Fate::Dropped => {}
            Fate::Alone => {
                objects.append_one(pool, object);
                kept.push(Owner::Alone);
            }
            Fate::Taken if group.len() == 1 => {
                objects.append_one(pool, object);
                kept.push(Owner::Tile(owners[object]));
            }
            Fate::Taken if group[0] == object => {
                objects.append_union(pool, group);
                kept.push(Owner::Several);
            }
            Fate::Taken => {}
        }
    }
    (objects, kept)
}
