//! The parts of a large image to read for the intensities of its objects.

use crate::image::{Image, Region};
use crate::structures::Objects;

/// A part of an image, and the objects that lie in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRegion {
    /// The part.
    pub region: Region,
    /// The objects' indices.
    pub objects: Vec<usize>,
}

/// Regions of at most `max_pixels` pixels, with sides of at most [`Image::MAX_SIDE`], in which all objects with pixels
/// lie, each in one; a larger object has a region to itself. They go from top to bottom, so that files are read once and
/// in order.
pub fn object_regions(objects: &Objects, max_pixels: u64) -> Vec<ObjectRegion> {
    let Some(masks) = &objects.masks else { return Vec::new() };
    let mut order: Vec<usize> = (0..objects.len()).filter(|&index| masks.area(index) > 0).collect();
    order.sort_by_key(|&index| (masks.rect(index).y, masks.rect(index).x));
    let fits = |region: &Region| {
        region.area() <= max_pixels && region.width <= Image::MAX_SIDE && region.height <= Image::MAX_SIDE
    };
    let mut regions: Vec<ObjectRegion> = Vec::new();
    for index in order {
        let rect = masks.rect(index);
        let region = Region { x: rect.x, y: rect.y, width: rect.width, height: rect.height };
        let joined = regions.last().map(|last| union(last.region, region)).filter(fits);
        match (regions.last_mut(), joined) {
            (Some(last), Some(joined)) => {
                last.region = joined;
                last.objects.push(index);
            }
            _ => regions.push(ObjectRegion { region, objects: vec![index] }),
        }
    }
    regions
}

/// The smallest rectangle around two.
fn union(a: Region, b: Region) -> Region {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    Region { x, y, width: a.right().max(b.right()) - x, height: a.bottom().max(b.bottom()) - y }
}
