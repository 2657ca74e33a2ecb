//! What ImageJ writes into the description of a TIFF, and what Python's `tifffile` does.

use super::stack::{Axis, Stack};
use crate::error::Result;

/// ImageJ's description: lines of `key=value`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ImageJ {
    /// Images in the file; those after the first may lack a directory.
    pub(super) images: usize,
    channels: Option<usize>,
    slices: Option<usize>,
    frames: Option<usize>,
    /// The unit of the resolution.
    pub(super) unit: Option<String>,
}

impl ImageJ {
    /// `None` where ImageJ did not write the description.
    pub(super) fn parse(description: &str) -> Option<Self> {
        if !description.starts_with("ImageJ=") {
            return None;
        }
        let value = |key: &str| {
            description
                .lines()
                .find_map(|line| line.split_once('=').filter(|(name, _)| *name == key))
                .map(|(_, value)| value)
        };
        let number = |key: &str| value(key).and_then(|value| value.trim().parse().ok());
        Some(Self {
            images: number("images").unwrap_or(1),
            channels: number("channels"),
            slices: number("slices"),
            frames: number("frames"),
            unit: value("unit").map(str::to_owned),
        })
    }

    /// The axes; `None` where it names none, so that images are pages.
    pub(super) fn stack(&self) -> Option<Result<Stack>> {
        let axes = [(Axis::Channel, self.channels), (Axis::Z, self.slices), (Axis::Time, self.frames)];
        if axes.iter().all(|(_, length)| length.is_none()) {
            return None;
        }
        Some(Stack::ordered(&axes.map(|(axis, length)| (axis, length.unwrap_or(1))), self.images))
    }
}

/// The description that Python's `tifffile` writes: a shape in JSON.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct Shaped {
    /// Lengths of all axes, the one that changes slowest first.
    shape: Vec<usize>,
    /// A letter for each of them.
    #[serde(default)]
    axes: String,
    /// Whether only the first image has a directory.
    #[serde(default)]
    pub(super) truncated: bool,
}

impl Shaped {
    /// `None` where the description is another one.
    pub(super) fn parse(description: &str) -> Option<Self> {
        description.starts_with("{\"shape\":").then(|| serde_json::from_str(description).ok()).flatten()
    }

    /// Images in the file, of which one has `samples` samples; 0 where that is not a whole number.
    pub(super) fn images(&self, samples: u64) -> usize {
        let all = self.shape.iter().try_fold(1u64, |product, &length| product.checked_mul(length as u64));
        all.filter(|all| all.is_multiple_of(samples)).map_or(0, |all| (all / samples) as usize)
    }

    /// The axes before those of an image; `None` where they are not all channels, slices and times.
    pub(super) fn stack(&self, images: usize) -> Option<Result<Stack>> {
        let leading = self.axes.trim_end_matches('S').strip_suffix("YX")?;
        if leading.is_empty() || self.axes.chars().count() != self.shape.len() {
            return None;
        }
        let axes = leading.bytes().zip(&self.shape).map(|(letter, &length)| {
            let axis = match letter {
                b'C' => Axis::Channel,
                b'Z' => Axis::Z,
                b'T' => Axis::Time,
                _ => return None,
            };
            Some((axis, length))
        });
        let axes: Option<Vec<_>> = axes.rev().collect();
        Some(Stack::ordered(&axes?, images))
    }
}
