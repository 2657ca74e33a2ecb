//! Which objects of different tiles are the same, and which are parts of one.

use super::Tile;
use crate::image::Region;
use crate::structures::{BoundingBox, GridIndex, Objects};

/// Share of what two masks cover together, within the part of the image that both tiles see, from which on they are of
/// the same object. It is more than half, so that no mask agrees with two that have no pixel in common.
const AGREEMENT: f64 = 0.5;

/// Share of a mask that may be covered by objects of another tile that has nothing like it.
const MAX_COVERED: f64 = 0.5;

/// Share of a mask that may be covered by another tile's objects where that tile is said to see nothing there.
const MAX_TOUCHED: f64 = 0.1;

/// An object whose box ends within this many pixels of the network's input of its tile's edge is cut by it.
const CUT: f64 = 4.0;

/// A tile that sees an object's place farther from its edge than the object's own tile, by this many pixels of the
/// network's input, knows better whether there is one.
const DEEPER: f64 = 16.0;

/// The objects of all tiles, in pixels of the image, where tiles meet.
pub(super) struct Seams<'a> {
    pub(super) tiles: &'a [Tile],
    /// The tiles that were done.
    pub(super) done: &'a [bool],
    pub(super) objects: &'a Objects,
    /// The tile of each object.
    pub(super) owners: &'a [usize],
    /// Pixels of the network's input for one of the image.
    pub(super) scale: f64,
    /// The largest box IoU of two objects of a class.
    pub(super) nms_threshold: f32,
}

/// What becomes of an object of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// No other tile sees its place.
    Alone,
    /// It is taken, by itself or joined with others.
    Taken,
    /// Another tile's object is taken, or none is.
    Dropped,
}

/// What became of all objects.
pub(super) struct Resolved {
    pub(super) fates: Vec<Fate>,
    /// Pairs of taken objects that are parts of one, which was cut.
    pub(super) parts: Vec<(usize, usize)>,
}

/// An object, and where it is.
struct Place<'a> {
    object: usize,
    /// Its distance from the edges of its tile, in pixels.
    depth: f64,
    /// The tiles that see something of what its tile sees.
    neighbours: &'a [usize],
}

/// An object of another tile in the same place.
struct Meeting {
    other: usize,
    /// Pixels that both masks have.
    common: u64,
    /// Whether both are of the same object.
    is_same: bool,
    /// Whether their masks agree where both tiles see them.
    agree: bool,
}

impl Seams<'_> {
    /// Decides on all objects, the deepest in their tiles first, so that each decision is made by what is known best.
    pub(super) fn resolve(&self) -> Resolved {
        let neighbours = self.neighbours();
        let count = self.objects.len();
        let shared: Vec<usize> = (0..count)
            .filter(|&object| {
                let extent = self.extent(object);
                neighbours[self.owners[object]]
                    .iter()
                    .any(|&tile| self.tiles[tile].region.intersection(&extent).is_some())
            })
            .collect();
        let extents: Vec<Region> = shared.iter().map(|&object| self.extent(object)).collect();
        let grid = GridIndex::new(self.objects.width, self.objects.height, &extents);

        let depth: Vec<f64> =
            shared.iter().map(|&object| self.depth(self.owners[object], &self.objects.boxes[object])).collect();
        let mut order: Vec<usize> = (0..shared.len()).collect();
        order.sort_by(|&a, &b| {
            let by_score = || self.objects.scores[shared[b]].total_cmp(&self.objects.scores[shared[a]]);
            depth[b].total_cmp(&depth[a]).then_with(by_score)
        });

        let mut resolved = Resolved { fates: vec![Fate::Alone; count], parts: Vec::new() };
        for &object in &shared {
            resolved.fates[object] = Fate::Dropped;
        }
        for at in order {
            let object = shared[at];
            let near = grid.near(&extents[at]).into_iter().map(|other| shared[other]);
            let meetings: Vec<Meeting> = near.filter_map(|other| self.meeting(object, other)).collect();
            let place = Place { object, depth: depth[at], neighbours: &neighbours[self.owners[object]] };
            if self.is_dropped(&place, &meetings, &resolved.fates) {
                continue;
            }
            resolved.fates[object] = Fate::Taken;
            let parts = meetings
                .iter()
                .filter(|meeting| meeting.agree && meeting.is_same && resolved.fates[meeting.other] == Fate::Taken);
            resolved.parts.extend(parts.map(|part| (part.other, object)));
        }
        resolved
    }

    /// The tiles that were done and see something of what each tile sees.
    fn neighbours(&self) -> Vec<Vec<usize>> {
        let meets = |a: usize, b: usize| self.tiles[a].region.intersection(&self.tiles[b].region).is_some();
        let all = 0..self.tiles.len();
        all.clone().map(|a| all.clone().filter(|&b| a != b && self.done[b] && meets(a, b)).collect()).collect()
    }

    fn is_dropped(&self, place: &Place, meetings: &[Meeting], fates: &[Fate]) -> bool {
        let &Place { object, depth, neighbours } = place;
        let is_taken = |meeting: &&Meeting| fates[meeting.other] == Fate::Taken;
        let is_cut = |object: usize| self.is_cut(object);
        let duplicates = meetings.iter().filter(is_taken).filter(|meeting| meeting.is_same);
        // Two parts are joined instead.
        if duplicates.into_iter().any(|meeting| !(meeting.agree && is_cut(object) && is_cut(meeting.other))) {
            return true;
        }
        let area = self.area(object).max(1.0);
        neighbours.iter().any(|&tile| {
            let of_tile = || meetings.iter().filter(|meeting| self.owners[meeting.other] == tile);
            if of_tile().any(|meeting| meeting.is_same) {
                return false;
            }
            let share = |common: u64| common as f64 / area;
            let covered = share(of_tile().filter(is_taken).map(|meeting| meeting.common).sum());
            let touched = share(of_tile().map(|meeting| meeting.common).sum());
            let is_seen_better = self.depth(tile, &self.objects.boxes[object]) > depth + DEEPER / self.scale;
            covered > MAX_COVERED || (is_seen_better && touched <= MAX_TOUCHED)
        })
    }

    /// What two objects have in common; `None` where they are of one tile or do not meet.
    fn meeting(&self, object: usize, other: usize) -> Option<Meeting> {
        let (own, tile) = (self.owners[object], self.owners[other]);
        if own == tile {
            return None;
        }
        let common = self.common(object, other);
        let (boxes, classes) = (&self.objects.boxes, &self.objects.class_ids);
        let iou = boxes[object].iou(&boxes[other]);
        if common == 0 && iou <= self.nms_threshold {
            return None;
        }
        let seen = self.tiles[own].region.intersection(&self.tiles[tile].region)?;
        let union = self.area_within(object, &seen) + self.area_within(other, &seen) - common;
        let agree = common as f64 > AGREEMENT * union as f64;
        let is_same = classes[object] == classes[other] && (agree || iou > self.nms_threshold);
        Some(Meeting { other, common, is_same, agree })
    }

    /// Whether an edge of its tile cuts an object.
    fn is_cut(&self, object: usize) -> bool {
        self.depth(self.owners[object], &self.objects.boxes[object]) <= CUT / self.scale
    }

    /// How far a box is, in pixels, from those edges of a tile that are not the image's: infinite where there are none,
    /// negative where it reaches over one.
    fn depth(&self, tile: usize, bounding_box: &BoundingBox) -> f64 {
        let Region { x, y, .. } = self.tiles[tile].region;
        let (right, bottom) = (self.tiles[tile].region.right(), self.tiles[tile].region.bottom());
        let edges = [
            (x > 0, f64::from(bounding_box.x1) - x as f64),
            (y > 0, f64::from(bounding_box.y1) - y as f64),
            (right < self.objects.width, right as f64 - f64::from(bounding_box.x2)),
            (bottom < self.objects.height, bottom as f64 - f64::from(bounding_box.y2)),
        ];
        edges.into_iter().filter(|(cuts, _)| *cuts).map(|(_, distance)| distance).fold(f64::INFINITY, f64::min)
    }

    fn extent(&self, object: usize) -> Region {
        self.objects.extent(object)
    }

    fn area(&self, object: usize) -> f64 {
        match &self.objects.masks {
            Some(masks) => masks.area(object) as f64,
            None => self.extent(object).area() as f64,
        }
    }

    fn area_within(&self, object: usize, region: &Region) -> u64 {
        match &self.objects.masks {
            Some(masks) => masks.area_within(object, region),
            None => self.extent(object).intersection(region).map_or(0, |common| common.area()),
        }
    }

    fn common(&self, object: usize, other: usize) -> u64 {
        match &self.objects.masks {
            Some(masks) => masks.intersection(object, other),
            None => self.extent(object).intersection(&self.extent(other)).map_or(0, |common| common.area()),
        }
    }
}
