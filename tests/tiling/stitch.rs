//! From the objects of tiles to those of the image, on synthetic masks: a network that sees every object perfectly, but
//! of each only what is in its tile.

use maskrcnn_web::config::DetectionSettings;
use maskrcnn_web::image::Region;
use maskrcnn_web::structures::{BoundingBox, MaskCrops, MaskRect, Objects, Size};
use maskrcnn_web::tiling::{Plan, Stitcher, TileChoice, TilingOptions};
use proptest::prelude::*;

use crate::input;

/// Side of the images.
const SIDE: usize = 1200;
/// Side of the tiles, and their overlap.
const TILE: usize = 384;
const OVERLAP: usize = 96;

/// A disc.
#[derive(Debug, Clone, Copy)]
struct Disc {
    x: usize,
    y: usize,
    radius: usize,
    score: f32,
    class_id: u32,
}

impl Disc {
    fn has(&self, x: usize, y: usize) -> bool {
        x.abs_diff(self.x).pow(2) + y.abs_diff(self.y).pow(2) <= self.radius.pow(2)
    }

    fn rect(&self) -> Region {
        let (x, y) = (self.x.saturating_sub(self.radius), self.y.saturating_sub(self.radius));
        Region { x, y, width: self.x + self.radius + 1 - x, height: self.y + self.radius + 1 - y }
    }
}

/// What a network finds of discs in a region of the image, in pixels of the region.
fn seen(discs: &[Disc], region: Region) -> Objects {
    let mut objects = Objects { width: region.width, height: region.height, ..Objects::default() };
    let mut masks = MaskCrops::default();
    for disc in discs {
        let Some(rect) = disc.rect().intersection(&region) else { continue };
        let pixels: Vec<u8> = (rect.y..rect.bottom())
            .flat_map(|y| (rect.x..rect.right()).map(move |x| u8::from(disc.has(x, y))))
            .collect();
        if !pixels.contains(&1) {
            continue;
        }
        let (x, y) = (rect.x - region.x, rect.y - region.y);
        masks.push(MaskRect { x, y, width: rect.width, height: rect.height }, &pixels);
        let tight = masks.rect(masks.len() - 1);
        objects.boxes.push(BoundingBox {
            x1: tight.x as f32,
            y1: tight.y as f32,
            x2: (tight.x + tight.width) as f32,
            y2: (tight.y + tight.height) as f32,
        });
        objects.scores.push(disc.score);
        objects.class_ids.push(disc.class_id);
    }
    Objects { masks: Some(masks), ..objects }
}

fn whole(discs: &[Disc]) -> Objects {
    let all = seen(discs, Region { x: 0, y: 0, width: SIDE, height: SIDE });
    all.select(&all.best_first())
}

fn plan() -> Plan {
    let tile = TileChoice::Side(TILE);
    let options = TilingOptions { tile, overlap: Some(OVERLAP), scale: Some(1.0) };
    Plan::new(Size { height: SIDE, width: SIDE }, &options, &input()).unwrap()
}

/// The objects of all tiles of `found`, which are added in the order of `keys`.
fn stitched(found: &[Objects], keys: &[u32]) -> Objects {
    let mut stitcher = Stitcher::new(plan(), &DetectionSettings::default());
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|&tile| keys[tile % keys.len()].wrapping_mul(tile as u32 + 1));
    for tile in order {
        stitcher.add(tile, found[tile].clone()).unwrap();
    }
    assert!(stitcher.is_complete());
    stitcher.finish()
}

fn tiled(discs: &[Disc]) -> Vec<Objects> {
    plan().tiles.iter().map(|tile| seen(discs, tile.region)).collect()
}

/// Discs of these radii, of which none touches another. Scores are all different.
fn discs(radii: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Disc>> {
    prop::collection::vec((0..SIDE, 0..SIDE, radii, 1_u32..3), 1..120).prop_map(|all| {
        let mut discs: Vec<Disc> = Vec::new();
        for (i, (x, y, radius, class_id)) in all.into_iter().enumerate() {
            let is_apart = |other: &Disc| {
                x.abs_diff(other.x).pow(2) + y.abs_diff(other.y).pow(2) > (radius + other.radius + 2).pow(2)
            };
            if discs.iter().all(is_apart) {
                discs.push(Disc { x, y, radius, class_id, score: 0.99 - i as f32 * 0.004 });
            }
        }
        discs
    })
}

/// `objects` in an order that does not depend on scores.
fn by_place(objects: &Objects) -> Objects {
    let mut order: Vec<usize> = (0..objects.len()).collect();
    order.sort_by_key(|&i| (objects.boxes[i].y1 as usize, objects.boxes[i].x1 as usize));
    objects.select(&order)
}

/// Pairs of objects of a class whose boxes overlap more than suppression allows.
fn twice(objects: &Objects) -> Vec<(usize, usize)> {
    let pairs = (0..objects.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    let threshold = DetectionSettings::default().nms_threshold;
    let is_twice = |&(a, b): &(usize, usize)| {
        objects.class_ids[a] == objects.class_ids[b] && objects.boxes[a].iou(&objects.boxes[b]) > threshold
    };
    pairs.filter(is_twice).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The rule: what is smaller than the overlap comes out as of the whole image, to the pixel and to the score.
    #[test]
    fn objects_smaller_than_the_overlap_are_as_of_the_whole(
        discs in discs(2..OVERLAP / 2 - 3),
        keys in prop::collection::vec(any::<u32>(), 16),
    ) {
        prop_assert_eq!(stitched(&tiled(&discs), &keys), whole(&discs));
    }

    #[test]
    fn larger_ones_are_joined_to_one(discs in discs(30..300), keys in prop::collection::vec(any::<u32>(), 16)) {
        let (found, expected) = (by_place(&stitched(&tiled(&discs), &keys)), by_place(&whole(&discs)));
        prop_assert_eq!(&found.boxes, &expected.boxes);
        prop_assert_eq!(&found.masks, &expected.masks);
        prop_assert_eq!(&found.class_ids, &expected.class_ids);
        for (score, expected) in found.scores.iter().zip(&expected.scores) {
            prop_assert!((score - expected).abs() < 1e-5, "{} {}", score, expected);
        }
    }

    /// A network that is wrong in some tiles: it misses objects, finds them with other scores, and too large.
    #[test]
    fn whatever_tiles_give_nothing_comes_twice_and_order_does_not_matter(
        discs in discs(5..150),
        mistakes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4), 0..60),
        keys in prop::collection::vec(any::<u32>(), 16),
    ) {
        let plan = plan();
        let found: Vec<Objects> = plan.tiles.iter().enumerate().map(|(tile, at)| {
            let mut own = discs.clone();
            let mut lost = Vec::new();
            for (where_, which, mistake) in &mistakes {
                if where_.index(plan.tiles.len()) != tile { continue }
                let which = which.index(own.len());
                match mistake {
                    0 => lost.push(which),
                    1 => own[which].score *= 0.7,
                    2 => own[which].radius += own[which].radius / 3,
                    _ => own[which].class_id = 3 - own[which].class_id,
                }
            }
            let own: Vec<Disc> = own.iter().enumerate().filter(|(i, _)| !lost.contains(i)).map(|(_, disc)| *disc).collect();
            seen(&own, at.region)
        }).collect();
        let stitched = stitched(&found, &keys);
        let mut sorted = Stitcher::new(plan, &DetectionSettings::default());
        for (tile, objects) in found.iter().enumerate() {
            sorted.add(tile, objects.clone()).unwrap();
        }
        prop_assert_eq!(&sorted.so_far(), &stitched);
        prop_assert!(stitched.scores.is_sorted_by(|a, b| a >= b));
        prop_assert_eq!(stitched.masks.as_ref().map_or(0, MaskCrops::len), stitched.len());
        // What one tile finds twice is its own, as discs that became too large may be.
        let own: Vec<(usize, usize)> = found.iter().flat_map(twice).collect();
        if own.is_empty() {
            prop_assert_eq!(twice(&stitched), vec![]);
        }
    }
}

/// One disc, and the tiles that see something of it.
fn one(x: usize, y: usize, radius: usize) -> (Vec<Disc>, Vec<usize>) {
    let discs = vec![Disc { x, y, radius, score: 0.9, class_id: 1 }];
    let found = tiled(&discs);
    let seeing = (0..found.len()).filter(|&tile| !found[tile].is_empty()).collect();
    (discs, seeing)
}

#[test]
fn a_fragment_is_dropped_where_a_neighbour_has_the_whole_or_sees_that_there_is_nothing() {
    let edge = plan().tiles[0].region.right();
    let (discs, seeing) = one(edge, 100, 20);
    assert_eq!(seeing, [0, 1]);
    let found = tiled(&discs);
    assert_eq!(stitched(&found, &[1]), whole(&discs));
    let mut only_fragment = found.clone();
    only_fragment[1] = seen(&[], plan().tiles[1].region);
    assert!(stitched(&only_fragment, &[1]).is_empty());
    let mut only_whole = found;
    only_whole[0] = seen(&[], plan().tiles[0].region);
    assert_eq!(stitched(&only_whole, &[1]), whole(&discs));
}

#[test]
fn what_is_done_so_far_has_the_fragments_that_no_finished_tile_completes() {
    let edge = plan().tiles[0].region.right();
    let (discs, _) = one(edge, 100, 20);
    let found = tiled(&discs);
    let mut stitcher = Stitcher::new(plan(), &DetectionSettings::default());
    stitcher.add(0, found[0].clone()).unwrap();
    assert!(!stitcher.is_complete());
    assert_eq!(stitcher.so_far().boxes, found[0].boxes);
    stitcher.add(1, found[1].clone()).unwrap();
    assert_eq!(stitcher.so_far(), whole(&discs));
}

#[test]
fn an_object_of_another_class_in_the_same_place_stays_where_tiles_agree() {
    let edge = plan().tiles[0].region.right();
    let (mut discs, _) = one(edge - OVERLAP / 2, 100, 20);
    discs.push(Disc { class_id: 2, score: 0.6, ..discs[0] });
    let mut found = tiled(&discs);
    assert_eq!(stitched(&found, &[1]), whole(&discs));
    found[1] = seen(&discs[..1], plan().tiles[1].region);
    let one_class = stitched(&found, &[1]);
    assert_eq!(one_class.len(), 1, "the tile that sees it as well does not have the other class");
}

#[test]
fn a_joined_score_is_weighted_by_area() {
    let edge = plan().tiles[0].region.right();
    let discs = [Disc { x: edge - 60, y: 110, radius: 100, score: 0.9, class_id: 1 }];
    let mut found = tiled(&discs);
    found[1] = seen(&[Disc { score: 0.6, ..discs[0] }], plan().tiles[1].region);
    let areas = [0, 1].map(|tile| found[tile].masks.as_ref().unwrap().area(0) as f32);
    let joined = stitched(&found, &[1]);
    assert_eq!(joined.len(), 1);
    let expected = (0.9 * areas[0] + 0.6 * areas[1]) / (areas[0] + areas[1]);
    assert!((joined.scores[0] - expected).abs() < 1e-6, "{} {expected}", joined.scores[0]);
}

#[test]
fn boxes_alone_are_stitched_too() {
    let discs: Vec<Disc> = (0..60)
        .map(|i| Disc { x: 20 + i * 19, y: 300 + i % 3, radius: 8, score: 0.9 - i as f32 * 0.01, class_id: 1 })
        .collect();
    let without_masks = |objects: &Objects| Objects { masks: None, ..objects.clone() };
    let found: Vec<Objects> = tiled(&discs).iter().map(without_masks).collect();
    assert_eq!(stitched(&found, &[1]), without_masks(&whole(&discs)));
}

#[test]
fn a_limit_that_cut_a_tile_off_is_told() {
    let mut found = tiled(&[]);
    assert!(!stitched(&found, &[1]).truncated);
    found[3].truncated = true;
    assert!(stitched(&found, &[1]).truncated);
}

#[test]
fn tiles_that_do_not_fit_are_rejected() {
    let mut stitcher = Stitcher::new(plan(), &DetectionSettings::default());
    let count = stitcher.plan().tiles.len();
    let reason = stitcher.add(count, Objects::default()).unwrap_err().to_string();
    assert!(reason.contains(&format!("tile {count} does not exist")), "{reason}");
    let reason = stitcher.add(0, Objects { width: 3, height: 4, ..Objects::default() }).unwrap_err().to_string();
    assert!(reason.contains("3×4"), "{reason}");
}
