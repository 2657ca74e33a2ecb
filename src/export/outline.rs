//! Outlines along the edges of pixels.

use crate::structures::{MaskCrops, MaskRect};

/// The corners of a closed line in pixels of the image, x and y, without the first one again at the end. Successive
/// corners differ in one coordinate only.
pub type Ring = Vec<[u32; 2]>;

/// Pixels that are joined by their edges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// The line around them, clockwise on the screen.
    pub exterior: Ring,
    /// The lines around what is left out, anticlockwise.
    pub holes: Vec<Ring>,
}

/// The outlines of a mask, which enclose its pixels exactly: that of a square of 10×10 pixels encloses an area of 100.
///
/// Pixels that only share a corner are in different parts, so that no ring crosses or touches itself; rings may share
/// single points, as OGC's simple features allow.
pub fn outline(masks: &MaskCrops, index: usize) -> Vec<Part> {
    Tracer::new(masks.rect(index), &masks.pixels(index)).parts()
}

/// Where a line goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Right,
    Down,
    Left,
    Up,
}

impl Direction {
    fn to_the_right(self) -> Self {
        match self {
            Self::Right => Self::Down,
            Self::Down => Self::Left,
            Self::Left => Self::Up,
            Self::Up => Self::Right,
        }
    }

    fn to_the_left(self) -> Self {
        self.to_the_right().to_the_right().to_the_right()
    }
}

/// A mask with a border of one empty pixel.
struct Tracer {
    rect: MaskRect,
    /// Pixels from one row to the next.
    stride: usize,
    /// The part that a pixel belongs to, from 1 on; 0 outside.
    parts: Vec<u32>,
    count: usize,
}

impl Tracer {
    fn new(rect: MaskRect, pixels: &[u8]) -> Self {
        let stride = rect.width + 2;
        let mut is_inside = vec![false; stride * (rect.height + 2)];
        // `max(1)`: a mask without pixels has no width.
        for (row, pixels) in pixels.chunks_exact(rect.width.max(1)).enumerate() {
            for (column, &pixel) in pixels.iter().enumerate() {
                is_inside[(row + 1) * stride + column + 1] = pixel != 0;
            }
        }
        let mut tracer = Self { rect, stride, parts: vec![0; is_inside.len()], count: 0 };
        let mut open = Vec::new();
        for start in 0..is_inside.len() {
            if !is_inside[start] || tracer.parts[start] != 0 {
                continue;
            }
            tracer.count += 1;
            open.push(start);
            while let Some(at) = open.pop() {
                if is_inside[at] && tracer.parts[at] == 0 {
                    tracer.parts[at] = tracer.count as u32;
                    open.extend([at - 1, at + 1, at - stride, at + stride]);
                }
            }
        }
        tracer
    }

    fn parts(&self) -> Vec<Part> {
        let mut parts = vec![Part::default(); self.count];
        let mut is_traced = vec![false; self.parts.len()];
        for start in 0..self.parts.len() {
            // Every ring has an upper edge of a pixel.
            let is_upper_edge = self.parts[start] != 0 && self.parts[start - self.stride] == 0;
            if !is_upper_edge || is_traced[start] {
                continue;
            }
            let part = &mut parts[self.parts[start] as usize - 1];
            for ring in self.trace(start, &mut is_traced) {
                if is_clockwise(&ring) {
                    part.exterior = ring;
                } else {
                    part.holes.push(ring);
                }
            }
        }
        parts
    }

    /// Follows the line from the upper edge of a pixel on, with the part on the right, and marks the pixels whose upper
    /// edges it has. Where the line touches itself, it falls into several rings.
    fn trace(&self, start: usize, is_traced: &mut [bool]) -> Vec<Ring> {
        let mut rings = Vec::new();
        let mut ring: Ring = Vec::new();
        // The places in `ring` of the corners in which two pixels touch: the only ones that a line can pass twice.
        let mut touching: Vec<usize> = Vec::new();
        let (mut at, mut direction) = (start, Direction::Right);
        loop {
            if direction == Direction::Right {
                is_traced[at] = true;
            }
            let ahead = self.neighbour(at, direction);
            let beside = self.neighbour(ahead, direction.to_the_left());
            let corner = self.corner(at, direction);
            if self.parts[ahead] == 0 {
                if self.parts[beside] != 0 {
                    if let Some(place) = touching.iter().position(|&place| ring[place] == corner) {
                        rings.push(ring.split_off(touching[place]));
                        touching.truncate(place);
                    }
                    touching.push(ring.len());
                }
                ring.push(corner);
                direction = direction.to_the_right();
            } else if self.parts[beside] != 0 {
                ring.push(corner);
                (at, direction) = (beside, direction.to_the_left());
            } else {
                at = ahead;
            }
            if (at, direction) == (start, Direction::Right) {
                rings.push(ring);
                return rings;
            }
        }
    }

    fn neighbour(&self, at: usize, direction: Direction) -> usize {
        match direction {
            Direction::Right => at + 1,
            Direction::Down => at + self.stride,
            Direction::Left => at - 1,
            Direction::Up => at - self.stride,
        }
    }

    /// The corner at which a pixel's edge ends that a line in this direction has on its right.
    fn corner(&self, at: usize, direction: Direction) -> [u32; 2] {
        let (x, y) = (self.rect.x + at % self.stride - 1, self.rect.y + at / self.stride - 1);
        let (right, below) = match direction {
            Direction::Right => (1, 0),
            Direction::Down => (1, 1),
            Direction::Left => (0, 1),
            Direction::Up => (0, 0),
        };
        [(x + right) as u32, (y + below) as u32]
    }
}

/// Whether a ring goes clockwise on the screen, where y goes down.
fn is_clockwise(ring: &Ring) -> bool {
    let next = ring.iter().cycle().skip(1);
    let cross = |([x1, y1], [x2, y2]): (&[u32; 2], &[u32; 2])| {
        i64::from(*x1) * i64::from(*y2) - i64::from(*x2) * i64::from(*y1)
    };
    ring.iter().zip(next).map(cross).sum::<i64>() > 0
}
