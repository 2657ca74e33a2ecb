//! The diameter of an image's objects, estimated from small parts of it.

use std::collections::VecDeque;

use super::scale::{complete_areas, diameter_of, scale_for_diameter};
use crate::config::InputSettings;
use crate::error::Result;
use crate::image::Region;
use crate::structures::{Objects, Size};

/// The scales that are tried, one after the other, until there are objects.
const SCALES: [f64; 3] = [1.0, 3.0, 1.0 / 3.0];

/// Side of a part, in pixels of the network's input.
const SIDE: f64 = 512.0;

/// Where the middles of the parts are, as shares of the image's sides.
const MIDDLES: [(f64, f64); 5] = [(0.5, 0.5), (0.25, 0.25), (0.75, 0.75), (0.75, 0.25), (0.25, 0.75)];

/// With as many objects no more parts are looked at.
const ENOUGH: usize = 100;

/// With fewer the median says nothing.
const FEW: usize = 5;

/// An estimate that changes the scale by less than this factor is not looked at again.
const NEAR: f64 = 1.2;

/// How often the network looks again at the scale of the estimate before.
const MAX_ROUNDS: usize = 2;

/// A look at small parts of an image, evenly spread, for the median diameter of its objects: first at the scale 1, then
/// at the one that the estimate asks for, because objects that are much smaller or larger than in training are missed.
///
/// Whoever runs the network asks for a [`Look`], gives what it found, and asks again until there is none left. In all it
/// costs at most what 20 parts of 512×512 pixels of the network's input do, and mostly what 4 to 10 do.
#[derive(Debug, Clone)]
pub struct FirstLook {
    size: Size,
    input: InputSettings,
    scale: f64,
    parts: VecDeque<Region>,
    /// The areas of the objects that were found at this scale, complete ones.
    areas: Vec<f64>,
    /// How many of [`SCALES`] were tried.
    tried: usize,
    rounds: usize,
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
        let [scale, ..] = SCALES;
        let (parts, areas) = (parts(size, scale), Vec::new());
        Ok(Self { size, input: input.clone(), scale, parts, areas, tried: 1, rounds: 0, diameter: None })
    }

    /// What the network is to look at next; `None` where the diameter is as well known as it will be.
    pub fn next(&self) -> Option<Look> {
        let scale = self.scale;
        self.parts.front().map(|&region| Look { region, scale })
    }

    /// Takes what was found in the part that [`FirstLook::next`] asked for, in pixels of the part.
    pub fn add(&mut self, found: &Objects) {
        self.parts.pop_front();
        self.areas.extend(complete_areas(found));
        if !self.parts.is_empty() && self.areas.len() < ENOUGH {
            return;
        }
        self.parts.clear();
        if self.areas.len() < FEW {
            // Only the start was wrong; an estimate is kept.
            if let (None, Some(&scale)) = (self.diameter, SCALES.get(self.tried)) {
                self.tried += 1;
                self.look_at(scale);
            }
            return;
        }
        self.diameter = diameter_of(&mut self.areas);
        self.rounds += 1;
        let wanted = self.diameter.and_then(|diameter| scale_for_diameter(diameter, &self.input).ok());
        if let Some(wanted) = wanted.filter(|wanted| (wanted / self.scale).max(self.scale / wanted) > NEAR)
            && self.rounds < MAX_ROUNDS
        {
            self.look_at(wanted);
        }
    }

    /// The median equivalent diameter in pixels of the image; `None` where there are too few objects to tell.
    pub fn diameter(&self) -> Option<f64> {
        self.diameter
    }

    fn look_at(&mut self, scale: f64) {
        self.scale = scale;
        self.parts = parts(self.size, scale);
        self.areas.clear();
    }
}

/// The parts of an image that are looked at, at a scale.
fn parts(size: Size, scale: f64) -> VecDeque<Region> {
    let side = (SIDE / scale).round().max(1.0) as usize;
    let (width, height) = (side.min(size.width), side.min(size.height));
    let start = |middle: f64, length: usize, of: usize| {
        ((middle * of as f64) as usize).saturating_sub(length / 2).min(of - length)
    };
    let mut parts = VecDeque::new();
    for (x, y) in MIDDLES {
        let region = Region { x: start(x, width, size.width), y: start(y, height, size.height), width, height };
        if !parts.contains(&region) {
            parts.push_back(region);
        }
    }
    parts
}
