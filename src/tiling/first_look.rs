//! The diameter of an image's objects, estimated from small parts of it.

use super::scale::{complete_areas, diameter_of, scale_for_diameter};
use crate::config::InputSettings;
use crate::error::Result;
use crate::image::Region;
use crate::structures::{Objects, Size};

/// The scales that are tried, one after the other, until there are objects.
const SCALES: [f64; 3] = [1.0, 3.0, 1.0 / 3.0];

/// Side of a part, in pixels of the network's input.
const SIDE: f64 = 512.0;

/// How many parts are looked at, at one scale.
const MAX_PARTS: usize = 6;

/// With fewer objects the median says nothing.
const FEW: usize = 5;

/// As many objects say what order of size they have, so that one at which they are not seen well is given up.
const ENOUGH: usize = 30;

/// Objects of a diameter from this share of the trained one to this multiple of it are seen well.
const SEEN_WELL: core::ops::RangeInclusive<f64> = 0.5..=2.0;

/// What share of the trained diameter objects have when they are looked at again: smaller ones are as well seen, and
/// more of them lie in a part.
const AGAIN: f64 = 0.6;

/// How often the network looks again at another scale.
const MAX_CHANGES: usize = 1;

/// No more parts are looked at where the median's standard error is below this share of it, judged by the medians of at
/// least [`PARTS_TO_JUDGE`] parts.
const STANDARD_ERROR: f64 = 0.04;
const PARTS_TO_JUDGE: usize = 4;

/// A look at small parts of an image for the median diameter of its objects: first at the scale 1, then, where objects
/// have another order of size than in training, at one that shows them well. Parts are spread by a sequence that no
/// regular pattern of the image falls in with, and there are the more of them the more they differ.
///
/// Whoever runs the network asks for a [`Look`], gives what it found, and asks again until there is none left. In all it
/// costs at most what 24 parts of 512×512 pixels of the network's input do, and mostly what 4 to 10 do.
#[derive(Debug, Clone)]
pub struct FirstLook {
    size: Size,
    input: InputSettings,
    scale: f64,
    /// How many parts were looked at, at this scale.
    seen: usize,
    /// The areas of the objects that were found at this scale, complete ones.
    areas: Vec<f64>,
    /// The median diameter of each part that has objects.
    medians: Vec<f64>,
    /// How many of [`SCALES`] were tried.
    tried: usize,
    changes: usize,
    is_done: bool,
    diameter: Option<f64>,
}

/// A part of an image that the network is asked to look at.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Look {
    /// The part.
    pub region: Region,
    /// Pixels of the network's input for one of the image.
    pub scale: f64,
}

impl FirstLook {
    /// Nothing seen yet of an image of this size.
    ///
    /// # Errors
    /// [`crate::Error::InvalidInput`] for a model whose manifest does not say `input.objectDiameter`.
    pub fn new(size: Size, input: &InputSettings) -> Result<Self> {
        scale_for_diameter(input.object_diameter.unwrap_or(1.0), input)?;
        Ok(Self {
            size,
            input: input.clone(),
            scale: SCALES[0],
            seen: 0,
            areas: Vec::new(),
            medians: Vec::new(),
            tried: 1,
            changes: 0,
            is_done: false,
            diameter: None,
        })
    }

    /// What the network is to look at next; `None` where the diameter is as well known as it will be.
    pub fn next(&self) -> Option<Look> {
        (!self.is_done).then(|| Look { region: part(self.size, self.scale, self.seen), scale: self.scale })
    }

    /// Takes what was found in the part that [`FirstLook::next`] asked for, in pixels of the part.
    pub fn add(&mut self, found: &Objects) {
        self.seen += 1;
        let mut areas = complete_areas(found);
        self.medians.extend(diameter_of(&mut areas));
        self.areas.append(&mut areas);
        let are_all_seen = self.seen >= part_count(self.size, self.scale);
        if self.areas.len() < FEW {
            if are_all_seen {
                self.try_another_scale();
            }
            return;
        }
        self.diameter = diameter_of(&mut self.areas);
        if let Some(scale) = self.better_scale()
            && (are_all_seen || self.areas.len() >= ENOUGH)
        {
            self.changes += 1;
            self.look_at(scale);
        } else if are_all_seen || self.is_certain() {
            self.is_done = true;
        }
    }

    /// The median equivalent diameter in pixels of the image; `None` where there are too few objects to tell.
    pub fn diameter(&self) -> Option<f64> {
        self.diameter
    }

    /// Where there are no objects only the start may be wrong; an estimate is kept.
    fn try_another_scale(&mut self) {
        match SCALES.get(self.tried) {
            Some(&scale) if self.diameter.is_none() => {
                self.tried += 1;
                self.look_at(scale);
            }
            _ => self.is_done = true,
        }
    }

    /// The scale to look at again; `None` where objects are seen well, or as well as they will be.
    fn better_scale(&self) -> Option<f64> {
        let wanted = scale_for_diameter(self.diameter?, &self.input).ok()?;
        let is_seen_well = SEEN_WELL.contains(&(self.scale / wanted));
        (!is_seen_well && self.changes < MAX_CHANGES).then_some(AGAIN * wanted)
    }

    fn is_certain(&self) -> bool {
        let count = self.medians.len() as f64;
        let mean = self.medians.iter().sum::<f64>() / count;
        let variance = self.medians.iter().map(|median| (median - mean).powi(2)).sum::<f64>() / (count - 1.0);
        self.medians.len() >= PARTS_TO_JUDGE && (variance / count).sqrt() < STANDARD_ERROR * mean
    }

    fn look_at(&mut self, scale: f64) {
        self.scale = scale;
        self.seen = 0;
        self.areas.clear();
        self.medians.clear();
    }
}

/// How many parts of an image are looked at, at a scale.
fn part_count(size: Size, scale: f64) -> usize {
    let parts = |length: usize| (length as f64 * scale / SIDE).ceil().max(1.0);
    (parts(size.height) * parts(size.width)).min(MAX_PARTS as f64) as usize
}

/// The part of an image with an index, at a scale: the first one is in the middle.
fn part(size: Size, scale: f64, index: usize) -> Region {
    let side = (SIDE / scale).round().max(1.0) as usize;
    let (width, height) = (side.min(size.width), side.min(size.height));
    let start = |step: f64, room: usize| ((0.5 + step * index as f64).fract() * (room + 1) as f64) as usize;
    let [across, down] = STEPS;
    Region { x: start(across, size.width - width), y: start(down, size.height - height), width, height }
}

/// Steps from part to part, as shares of the image's sides: powers of 1/1.3247…, whose multiples fill a square evenly
/// (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences").
const STEPS: [f64; 2] = [0.754_877_666_246_692_8, 0.569_840_290_998_053_3];
