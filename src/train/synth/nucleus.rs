//! The shape of a nucleus, and where nuclei lie.

use core::f32::consts::TAU;

use crate::structures::MaskRect;
use crate::train::{ObjectMask, Random};

/// A bent ellipse.
#[derive(Debug, Clone)]
pub(super) struct Nucleus {
    x: f32,
    y: f32,
    /// Half the length and half the width, in pixels.
    axes: [f32; 2],
    /// Sine and cosine of the angle of the longer axis.
    direction: (f32, f32),
    /// How much, of the radius, and where the outline bulges twice, three times and four times around.
    bulges: [(f32, f32); 3],
}

impl Nucleus {
    fn new(x: f32, y: f32, radius: f32, random: &mut Random) -> Self {
        let radius = radius * random.between(0.7, 1.3);
        let stretch = random.between(1.0, 1.35);
        let strengths = [0.05, 0.05, 0.03];
        Self {
            x,
            y,
            axes: [radius * stretch, radius / stretch],
            direction: random.between(0.0, TAU).sin_cos(),
            bulges: strengths.map(|strength| (random.between(0.0, strength), random.between(0.0, TAU))),
        }
    }

    /// How far from the centre a point is: 0 there, 1 on the outline.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.x, y - self.y);
        let (sin, cos) = self.direction;
        let (along, across) = ((dx * cos + dy * sin) / self.axes[0], (dy * cos - dx * sin) / self.axes[1]);
        let angle = across.atan2(along);
        let bulge = |(i, &(strength, phase)): (usize, &(f32, f32))| strength * ((i + 2) as f32 * angle + phase).cos();
        let outline = 1.0 + self.bulges.iter().enumerate().map(bulge).sum::<f32>();
        along.hypot(across) / outline
    }

    /// A point inside, as likely near the centre as near the outline.
    pub(super) fn point(&self, random: &mut Random) -> (f32, f32) {
        let (sin, cos) = random.between(0.0, TAU).sin_cos();
        let distance = random.between(0.0, 0.7);
        let (along, across) = (distance * cos * self.axes[0], distance * sin * self.axes[1]);
        let (sin, cos) = self.direction;
        (self.x + along * cos - across * sin, self.y + along * sin + across * cos)
    }

    /// The mean radius in pixels.
    pub(super) fn radius(&self) -> f32 {
        (self.axes[0] * self.axes[1]).sqrt()
    }

    /// The pixels of an image up to `margin` pixels around it.
    pub(super) fn surroundings(&self, width: usize, height: usize, margin: f32) -> MaskRect {
        // No bulge is further out.
        let reach = 1.15 * self.axes[0] + margin;
        let range = |centre: f32, side: usize| {
            let start = (centre - reach).max(0.0) as usize;
            (start.min(side), ((centre + reach).max(0.0).ceil() as usize).min(side))
        };
        let ((left, right), (top, bottom)) = (range(self.x, width), range(self.y, height));
        MaskRect { x: left, y: top, width: right - left, height: bottom - top }
    }

    /// The pixels whose centres are inside; `None` where the image shows none.
    fn mask(&self, width: usize, height: usize) -> Option<ObjectMask> {
        let part = self.surroundings(width, height, 0.0);
        let inside = |i: usize| {
            let (x, y) = (part.x + i % part.width, part.y + i / part.width);
            u8::from(self.depth(x as f32 + 0.5, y as f32 + 0.5) < 1.0)
        };
        ObjectMask { part, pixels: (0..part.width * part.height).map(inside).collect() }.trimmed()
    }
}

/// Nuclei of an image, and which pixel belongs to which.
#[derive(Debug)]
pub(super) struct Placement {
    pub(super) nuclei: Vec<Nucleus>,
    /// `[height, width]`: the nucleus, counted from 1, or 0.
    owners: Vec<u32>,
    width: usize,
    height: usize,
}

/// The share of a nucleus that another one may cover.
const OVERLAP: f32 = 0.12;
/// Probability that the next nucleus is put beside an existing one.
const TOUCHING: f32 = 0.35;
/// Minimum number of pixels of a nucleus.
const MIN_PIXELS: usize = 12;

impl Placement {
    /// Places nuclei of this mean radius until they cover this share of the image, or no more
    /// are found a place.
    pub(super) fn new(width: usize, height: usize, radius: f32, coverage: f32, random: &mut Random) -> Self {
        let mut placement = Self { nuclei: Vec::new(), owners: vec![0; width * height], width, height };
        let wanted = (coverage * (width * height) as f32) as usize;
        let tries = 20 + 40 * wanted / ((radius * radius) as usize + 1);
        let mut covered = 0;
        for _ in 0..tries {
            if covered >= wanted {
                break;
            }
            let (x, y) = placement.spot(radius, random);
            covered += placement.add(Nucleus::new(x, y, radius, random));
        }
        placement
    }

    fn spot(&self, radius: f32, random: &mut Random) -> (f32, f32) {
        if random.chance(TOUCHING) && !self.nuclei.is_empty() {
            let neighbour = &self.nuclei[random.below(self.nuclei.len())];
            let (sin, cos) = random.between(0.0, TAU).sin_cos();
            let distance = (neighbour.radius() + radius) * random.between(0.85, 1.1);
            return (neighbour.x + distance * cos, neighbour.y + distance * sin);
        }
        (random.between(0.0, self.width as f32), random.between(0.0, self.height as f32))
    }

    /// Lays a nucleus on top of the others, unless it would cover too much of one. Gives the number
    /// of pixels that it covers.
    fn add(&mut self, nucleus: Nucleus) -> usize {
        let Some(mask) = nucleus.mask(self.width, self.height) else { return 0 };
        let area = mask.area();
        let below = self.pixels(&mask).filter(|&pixel| self.owners[pixel] != 0).count();
        if area < MIN_PIXELS || below as f32 > OVERLAP * area as f32 {
            return 0;
        }
        self.nuclei.push(nucleus);
        let number = self.nuclei.len() as u32;
        for pixel in self.pixels(&mask).collect::<Vec<_>>() {
            self.owners[pixel] = number;
        }
        area - below
    }

    /// The pixels of the image that are inside a mask.
    fn pixels<'a>(&self, mask: &'a ObjectMask) -> impl Iterator<Item = usize> + use<'a> {
        let width = self.width;
        mask.inside().map(move |(x, y)| y * width + x)
    }

    /// The mask of each nucleus: what of it lies on top. Those of which hardly anything does are left out.
    pub(super) fn masks(&self) -> Vec<ObjectMask> {
        let numbered = (1..).zip(&self.nuclei);
        let visible = numbered.filter_map(|(number, nucleus): (u32, _)| {
            let part = nucleus.surroundings(self.width, self.height, 0.0);
            let owner = |i: usize| self.owners[(part.y + i / part.width) * self.width + part.x + i % part.width];
            let pixels = (0..part.width * part.height).map(|i| u8::from(owner(i) == number)).collect();
            ObjectMask { part, pixels }.trimmed()
        });
        visible.filter(|mask| mask.area() >= MIN_PIXELS).collect()
    }
}
