//! Which objects of an image are where, without looking at all of them.

use core::ops::RangeInclusive;

use super::Objects;
use crate::image::Region;

/// The least and the greatest side of a cell, in pixels.
const CELLS: RangeInclusive<usize> = 16..=1024;

/// The rectangles of many objects in a regular grid, each listed in every cell that it reaches into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridIndex {
    cell: usize,
    columns: usize,
    rows: usize,
    /// Where the list of each cell ends in `items`.
    ends: Vec<usize>,
    items: Vec<u32>,
}

impl GridIndex {
    /// An index of rectangles in an image of `width × height` pixels. Empty ones, and what reaches over the image's
    /// edge, are in no cell.
    pub fn new(width: usize, height: usize, rects: &[Region]) -> Self {
        // About one rectangle a cell.
        let area = (width as f64 * height as f64 / rects.len().max(1) as f64).sqrt();
        let cell = (area as usize).clamp(*CELLS.start(), *CELLS.end());
        let (columns, rows) = (width.div_ceil(cell), height.div_ceil(cell));
        let mut index = Self { cell, columns, rows, ends: vec![0; columns * rows], items: Vec::new() };
        for rect in rects {
            index.cells(rect).for_each(|cell| index.ends[cell] += 1);
        }
        let mut total = 0;
        for end in &mut index.ends {
            total += *end;
            *end = total - *end;
        }
        // The ends are the starts now, and become the ends while the lists are filled.
        let mut items = vec![0; total];
        for (i, rect) in rects.iter().enumerate() {
            for cell in index.cells(rect) {
                items[index.ends[cell]] = i as u32;
                index.ends[cell] += 1;
            }
        }
        index.items = items;
        index
    }

    /// An index of what the objects' masks or, without masks, boxes reach into.
    pub fn of(objects: &Objects) -> Self {
        let rects: Vec<Region> = (0..objects.len()).map(|index| objects.extent(index)).collect();
        Self::new(objects.width, objects.height, &rects)
    }

    /// The rectangles that may reach into a region, in their order; those that do are among them.
    pub fn near(&self, region: &Region) -> Vec<usize> {
        let lists = self.cells(region).map(|cell| {
            let start = cell.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.items[start..self.ends[cell]]
        });
        let mut found: Vec<usize> = lists.flatten().map(|&item| item as usize).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn cells(&self, region: &Region) -> impl Iterator<Item = usize> + use<> {
        let span = |start: usize, end: usize, cells: usize| {
            let last = end.saturating_sub(1) / self.cell + 1;
            if start < end { start / self.cell..last.min(cells) } else { 0..0 }
        };
        let (columns, across) = (span(region.x, region.right(), self.columns), self.columns);
        let rows = span(region.y, region.bottom(), self.rows);
        rows.flat_map(move |row| columns.clone().map(move |column| row * across + column))
    }
}

impl Objects {
    /// The rectangle of whole pixels that an object reaches into: its mask's or, without a mask, its box's part in the
    /// image; empty where that is.
    pub fn extent(&self, index: usize) -> Region {
        if let Some(masks) = &self.masks {
            let rect = masks.rect(index);
            return Region { x: rect.x, y: rect.y, width: rect.width, height: rect.height };
        }
        let bounding_box = self.boxes[index];
        let span = |low: f32, high: f32, side: usize| {
            let start = (low.max(0.0).floor() as usize).min(side);
            (start, (high.max(0.0).ceil() as usize).clamp(start, side) - start)
        };
        let (x, width) = span(bounding_box.x1, bounding_box.x2, self.width);
        let (y, height) = span(bounding_box.y1, bounding_box.y2, self.height);
        Region { x, y, width, height }
    }

    /// The objects that a pixel belongs to, best score first: by their masks or, without masks, by their boxes. `index`
    /// is [`GridIndex::of`] these objects.
    pub fn at(&self, index: &GridIndex, x: usize, y: usize) -> Vec<usize> {
        let pixel = Region { x, y, width: 1, height: 1 };
        let mut found = index.near(&pixel);
        found.retain(|&i| match &self.masks {
            Some(masks) => masks.area_within(i, &pixel) == 1,
            None => self.extent(i).intersection(&pixel).is_some(),
        });
        found
    }
}
