//! Run-length encoded masks, as COCO's tools (`pycocotools.mask`) write them.

use super::BoundingBox;
use crate::error::{Error, Result};
use crate::image::Image;

/// A binary mask as the lengths of its runs: zeros first, then ones, then zeros, and so on,
/// down the columns, column after column.
///
/// The lengths add up to `width × height`. Only the first may be empty when the mask is built
/// here; masks read from elsewhere may hold empty runs further on, and keep them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rle {
    width: usize,
    height: usize,
    counts: Vec<u32>,
}

/// Where a small mask lies in an image, in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskRect {
    /// Columns of the image left of the small mask.
    pub x: usize,
    /// Rows of the image above it.
    pub y: usize,
    /// Columns of the small mask.
    pub width: usize,
    /// Rows of the small mask.
    pub height: usize,
}

impl Rle {
    /// A mask from its pixels: `[height, width]`, rows from top to bottom, 0 is outside and
    /// anything else inside.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where a side is over [`Image::MAX_SIDE`], or the pixels are not
    /// `width × height`.
    pub fn from_mask(width: usize, height: usize, pixels: &[u8]) -> Result<Self> {
        check_size(width, height)?;
        Self::from_cropped(width, height, MaskRect { x: 0, y: 0, width, height }, pixels)
    }

    /// A mask of an image from the part of it that holds the object; everything around is outside.
    /// The image is never laid out in memory, and its sides may be longer than [`Image::MAX_SIDE`].
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the image has 2³² pixels or more, the part reaches over its edge, or the pixels are
    /// not `part.width × part.height`.
    pub fn from_cropped(width: usize, height: usize, part: MaskRect, pixels: &[u8]) -> Result<Self> {
        if width as u64 * height as u64 > u64::from(u32::MAX) {
            return Err(Error::InvalidInput(format!(
                "the mask has {width}×{height} pixels; run lengths hold at most {}",
                u32::MAX
            )));
        }
        let inside =
            |start: usize, length: usize, side: usize| start.checked_add(length).is_some_and(|end| end <= side);
        if !inside(part.x, part.width, width) || !inside(part.y, part.height, height) {
            return Err(Error::InvalidInput(format!("{part:?} reaches over the picture of {width}×{height} pixels")));
        }
        if pixels.len() != part.width * part.height {
            let (w, h) = (part.width, part.height);
            return Err(Error::InvalidInput(format!(
                "a mask of {w}×{h} pixels needs {} bytes, not {}",
                w * h,
                pixels.len()
            )));
        }
        let mut runs = Runs::default();
        runs.push(false, part.x * height);
        for x in 0..part.width {
            runs.push(false, part.y);
            for y in 0..part.height {
                runs.push(pixels[y * part.width + x] != 0, 1);
            }
            runs.push(false, height - part.y - part.height);
        }
        runs.push(false, (width - part.x - part.width) * height);
        Ok(Self { width, height, counts: runs.finish() })
    }

    /// A mask from the lengths of its runs, zeros first.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where a side is over [`Image::MAX_SIDE`], or the lengths do not add
    /// up to `width × height`.
    pub fn from_counts(width: usize, height: usize, counts: Vec<u32>) -> Result<Self> {
        check_size(width, height)?;
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        if total != (width * height) as u64 {
            return Err(Error::InvalidInput(format!("the runs hold {total} pixels, the mask {width}×{height}")));
        }
        Ok(Self { width, height, counts })
    }

    /// The union of runs of pixels inside, each from its start to before its end, in pixels down the
    /// columns; they may be in any order, overlap and be empty.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where a side is over [`Image::MAX_SIDE`], or a run ends before it starts or after
    /// the last pixel.
    pub fn from_runs(width: usize, height: usize, mut runs: Vec<(usize, usize)>) -> Result<Self> {
        check_size(width, height)?;
        runs.sort_unstable();
        let mut joined = Runs::default();
        let mut end = 0;
        for (start, stop) in runs {
            if start > stop || stop > width * height {
                let reason = format!("a run from pixel {start} to {stop} is not in a mask of {width}×{height}");
                return Err(Error::InvalidInput(reason));
            }
            joined.push(false, start.saturating_sub(end));
            joined.push(true, stop.saturating_sub(end.max(start)));
            end = end.max(stop);
        }
        joined.push(false, width * height - end);
        Ok(Self { width, height, counts: joined.finish() })
    }

    /// A mask from COCO's compressed string.
    ///
    /// # Errors
    /// As [`Rle::from_counts`], and where the string is malformed.
    pub fn from_compressed(width: usize, height: usize, text: &str) -> Result<Self> {
        let mut counts: Vec<u32> = Vec::new();
        let mut bytes = text.bytes();
        while bytes.len() > 0 {
            let mut value = read_number(&mut bytes)?;
            if counts.len() > 2 {
                value += i64::from(counts[counts.len() - 2]);
            }
            let count = u32::try_from(value).map_err(|_| malformed("a run has a negative or far too large length"))?;
            counts.push(count);
        }
        Self::from_counts(width, height, counts)
    }

    /// The mask as COCO's compressed string: characters from `0` to `o`, six bits each.
    pub fn to_compressed(&self) -> String {
        let mut text = String::new();
        for (i, &count) in self.counts.iter().enumerate() {
            // From the fourth run on, what is stored is the difference to the run of the same colour before.
            let previous = if i > 2 { self.counts[i - 2] } else { 0 };
            write_number(i64::from(count) - i64::from(previous), &mut text);
        }
        text
    }

    /// The mask as pixels, `[height, width]`, rows from top to bottom, 0 or 1.
    pub fn to_mask(&self) -> Vec<u8> {
        let mut pixels = vec![0; self.width * self.height];
        for (start, end) in self.runs() {
            for position in start..end {
                pixels[position % self.height * self.width + position / self.height] = 1;
            }
        }
        pixels
    }

    /// The smallest part of the image that holds all pixels inside, and its pixels, as
    /// [`Rle::from_cropped`] takes them; `None` for an empty mask.
    pub fn to_cropped(&self) -> Option<(MaskRect, Vec<u8>)> {
        let BoundingBox { x1, y1, x2, y2 } = self.bounding_box()?;
        let (x, y) = (x1 as usize, y1 as usize);
        let part = MaskRect { x, y, width: x2 as usize - x, height: y2 as usize - y };
        let mut pixels = vec![0; part.width * part.height];
        for position in self.runs().flat_map(|(start, end)| start..end) {
            pixels[(position % self.height - y) * part.width + position / self.height - x] = 1;
        }
        Some((part, pixels))
    }

    /// Number of pixels inside.
    pub fn area(&self) -> u64 {
        self.runs().map(|(start, end)| (end - start) as u64).sum()
    }

    /// The smallest box around all pixels inside; `None` for an empty mask.
    pub fn bounding_box(&self) -> Option<BoundingBox> {
        let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
        for (start, end) in self.runs() {
            let (first, last) = (start / self.height, (end - 1) / self.height);
            left = left.min(first);
            right = right.max(last + 1);
            // A run that continues in the next column covers the bottom of one and the top of the other.
            let whole_column = last > first;
            top = top.min(if whole_column { 0 } else { start % self.height });
            bottom = bottom.max(if whole_column { self.height } else { (end - 1) % self.height + 1 });
        }
        (right > 0).then_some(BoundingBox { x1: left as f32, y1: top as f32, x2: right as f32, y2: bottom as f32 })
    }

    /// Width of the image in pixels.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Height of the image in pixels.
    pub fn height(&self) -> usize {
        self.height
    }
    /// The lengths of the runs, zeros first.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Start and end of each run of pixels inside, in pixels down the columns, in order; empty runs are left out.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut end = 0;
        self.counts.iter().enumerate().filter_map(move |(i, &count)| {
            let start = end;
            end += count as usize;
            (i % 2 == 1 && count > 0).then_some((start, end))
        })
    }
}

/// Joins pixels of one colour into runs.
#[derive(Default)]
struct Runs {
    counts: Vec<u32>,
    inside: bool,
    length: u32,
}

impl Runs {
    fn push(&mut self, inside: bool, length: usize) {
        if length > 0 && inside != self.inside {
            self.counts.push(std::mem::take(&mut self.length));
            self.inside = inside;
        }
        self.length += length as u32;
    }

    fn finish(mut self) -> Vec<u32> {
        if self.length > 0 {
            self.counts.push(self.length);
        }
        self.counts
    }
}

/// Bits of a number in one character, and the first character.
const BITS: u32 = 5;
const FIRST: u8 = b'0';
/// Set in a character that is not the last one of its number.
const MORE: u8 = 1 << BITS;
/// No length needs more characters: a run has fewer than 2³⁰ pixels.
const MAX_CHARACTERS: u32 = 7;

fn write_number(mut value: i64, text: &mut String) {
    loop {
        let low = (value & i64::from(MORE - 1)) as u8;
        value >>= BITS;
        // The last character's highest bit is the sign of the whole number.
        let last = if low & (1 << (BITS - 1)) != 0 { value == -1 } else { value == 0 };
        text.push(char::from(FIRST + low + if last { 0 } else { MORE }));
        if last {
            return;
        }
    }
}

fn read_number(bytes: &mut std::str::Bytes<'_>) -> Result<i64> {
    let mut value = 0;
    for position in 0..MAX_CHARACTERS {
        let byte = bytes.next().ok_or_else(|| malformed("it ends within a number"))?;
        let bits = byte
            .checked_sub(FIRST)
            .filter(|&bits| bits < 2 * MORE)
            .ok_or_else(|| malformed(&format!("byte {byte:#04x} is invalid")))?;
        value |= i64::from(bits & (MORE - 1)) << (BITS * position);
        if bits & MORE == 0 {
            let negative = bits & (1 << (BITS - 1)) != 0;
            return Ok(if negative { value - (1 << (BITS * (position + 1))) } else { value });
        }
    }
    Err(malformed("a number is too long"))
}

fn malformed(what: &str) -> Error {
    Error::InvalidInput(format!("the compressed mask is malformed: {what}"))
}

fn check_size(width: usize, height: usize) -> Result<()> {
    if width > Image::MAX_SIDE || height > Image::MAX_SIDE {
        return Err(Error::InvalidInput(format!(
            "the mask has {width}×{height} pixels; a side may have at most {}",
            Image::MAX_SIDE
        )));
    }
    Ok(())
}
