//! Binary masks of many objects as run lengths, each only of the part of the image that it lies in.

use super::MaskRect;
use crate::error::{Error, Result};

/// The masks of an image's objects. Each has a rectangle in whole pixels and, for the pixels of that, row by row, the
/// lengths of its runs: zeros first, then ones, and so on, so that only the first may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaskCrops {
    rects: Vec<MaskRect>,
    /// Where the runs of each mask end in `runs`.
    ends: Vec<usize>,
    runs: Vec<u32>,
}

impl MaskCrops {
    /// Masks from their parts: the rectangles, where each mask's runs end in `runs`, and the runs; of an image of
    /// `(width, height)` pixels.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where a rectangle reaches over the image, the ends are not in order, or runs do not fill
    /// their rectangle.
    pub fn from_runs(
        rects: Vec<MaskRect>,
        ends: Vec<usize>,
        runs: Vec<u32>,
        (width, height): (usize, usize),
    ) -> Result<Self> {
        let reaches = |start: usize, length: usize, side: usize| start.checked_add(length).is_none_or(|end| end > side);
        if let Some(rect) =
            rects.iter().find(|rect| reaches(rect.x, rect.width, width) || reaches(rect.y, rect.height, height))
        {
            return Err(Error::InvalidInput(format!("{rect:?} reaches over the image of {width}×{height} pixels")));
        }
        let is_sorted = ends.is_sorted() && ends.last().copied().unwrap_or(0) == runs.len();
        if ends.len() != rects.len() || !is_sorted {
            let (masks, runs) = (rects.len(), runs.len());
            return Err(Error::InvalidInput(format!(
                "the ends of runs are not those of {masks} masks and {runs} runs"
            )));
        }
        let masks = Self { rects, ends, runs };
        for (index, rect) in masks.rects.iter().enumerate() {
            let runs = masks.runs(index);
            let pixels: u64 = runs.iter().map(|&length| u64::from(length)).sum();
            if pixels != rect.width as u64 * rect.height as u64 || runs.iter().skip(1).any(|&length| length == 0) {
                return Err(Error::InvalidInput(format!("the runs of mask {index} do not fill its {rect:?}")));
            }
        }
        // Empty rows and columns at the edges are cut off, as everywhere.
        let mut tight = Self::default();
        (0..masks.len()).for_each(|index| tight.push(masks.rect(index), &masks.pixels(index)));
        Ok(tight)
    }

    /// Number of masks.
    pub fn len(&self) -> usize {
        self.rects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// Appends a mask from its pixels: `[rect.height, rect.width]`, rows from top to bottom, 0 is outside and anything
    /// else inside. Empty rows and columns at the edges are cut off; a mask without pixels inside keeps the position of
    /// the rectangle, with no width and no height.
    ///
    /// # Panics
    /// Where there are not `rect.width × rect.height` pixels.
    pub fn push(&mut self, rect: MaskRect, pixels: &[u8]) {
        assert_eq!(pixels.len(), rect.width * rect.height, "a mask's pixels fill its rectangle");
        let tight = tight(rect, pixels);
        let (left, top) = (tight.x - rect.x, tight.y - rect.y);
        let rows = (top..top + tight.height).map(|row| &pixels[row * rect.width + left..][..tight.width]);
        let (mut is_inside, mut length) = (false, 0);
        for &pixel in rows.flatten() {
            if (pixel != 0) != is_inside {
                self.runs.push(length);
                (is_inside, length) = (!is_inside, 0);
            }
            length += 1;
        }
        if length > 0 {
            self.runs.push(length);
        }
        self.rects.push(tight);
        self.ends.push(self.runs.len());
    }

    /// Appends a mask of `other`, moved by whole pixels to the right and down.
    pub fn push_moved(&mut self, other: &Self, index: usize, (right, down): (usize, usize)) {
        let rect = other.rect(index);
        self.rects.push(MaskRect { x: rect.x + right, y: rect.y + down, ..rect });
        self.runs.extend_from_slice(other.runs(index));
        self.ends.push(self.runs.len());
    }

    /// The part of the image that a mask lies in.
    pub fn rect(&self, index: usize) -> MaskRect {
        self.rects[index]
    }

    /// The lengths of a mask's runs.
    pub fn runs(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.runs[start..self.ends[index]]
    }

    /// The runs of a mask that are inside, as row, first column and column after the last, in pixels of the image, from
    /// top to bottom and from left to right.
    pub fn spans(&self, index: usize) -> impl Iterator<Item = Span> + '_ {
        let rect = self.rect(index);
        let mut end = 0;
        let inside = self.runs(index).iter().enumerate().filter_map(move |(i, &length)| {
            let start = end;
            end += length as usize;
            (i % 2 == 1).then_some((start, end))
        });
        // A run may continue in the next row.
        inside.flat_map(move |(start, end)| {
            (start / rect.width..=(end - 1) / rect.width).map(move |row| Span {
                y: rect.y + row,
                start: rect.x + start.max(row * rect.width) - row * rect.width,
                end: rect.x + end.min((row + 1) * rect.width) - row * rect.width,
            })
        })
    }

    /// A mask as pixels of its rectangle: `[height, width]`, rows from top to bottom, 0 or 1.
    pub fn pixels(&self, index: usize) -> Vec<u8> {
        let runs = self.runs(index).iter().enumerate();
        runs.flat_map(|(i, &length)| std::iter::repeat_n((i % 2) as u8, length as usize)).collect()
    }

    /// Number of a mask's pixels inside.
    pub fn area(&self, index: usize) -> u64 {
        self.runs(index).iter().skip(1).step_by(2).map(|&length| u64::from(length)).sum()
    }

    /// These masks of all, in this order.
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut selected = Self::default();
        for &index in indices {
            selected.rects.push(self.rects[index]);
            selected.runs.extend_from_slice(self.runs(index));
            selected.ends.push(selected.runs.len());
        }
        selected
    }
}

/// Pixels of an object next to each other in a row of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The row.
    pub y: usize,
    /// The first column.
    pub start: usize,
    /// The column after the last one.
    pub end: usize,
}

/// The part of a rectangle that holds all of its pixels inside.
fn tight(rect: MaskRect, pixels: &[u8]) -> MaskRect {
    let MaskRect { x, y, width, .. } = rect;
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    // `max(1)`: a rectangle without a width has no rows to look at.
    for (row, pixels) in pixels.chunks_exact(width.max(1)).enumerate() {
        let Some(first) = pixels.iter().position(|&pixel| pixel != 0) else { continue };
        let last = pixels.iter().rposition(|&pixel| pixel != 0).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last + 1));
        (top, bottom) = (top.min(row), row + 1);
    }
    if right == 0 {
        return MaskRect { x, y, width: 0, height: 0 };
    }
    MaskRect { x: x + left, y: y + top, width: right - left, height: bottom - top }
}
