//! Intensities of objects: the raw samples of their pixels in each channel.

use super::{Measure, Unit, object_regions};
use crate::error::{Error, Result};
use crate::image::{Image, ImageSource, Region, Samples};
use crate::structures::{MaskCrops, MaskRect, Objects};

/// The measures of a channel, in the order of a table's columns; `sum` is the integrated intensity.
const STATISTICS: [&str; 6] = ["mean", "median", "std", "min", "max", "sum"];

/// Pixels of an image that are read at a time.
const MAX_READ: u64 = 1 << 25;

/// Mean, median, standard deviation (of the population), minimum, maximum and sum of the raw samples of each object in
/// each channel.
///
/// They are taken from the whole image or from regions of it; objects that no region had yet have none.
#[derive(Debug, Clone, PartialEq)]
pub struct Intensities {
    /// What each channel is called in names of measures.
    channels: Vec<String>,
    objects: usize,
    /// `[channels, objects]`.
    values: Vec<[f64; STATISTICS.len()]>,
}

impl Intensities {
    /// None yet, for this number of objects and channels with these names.
    pub fn new(objects: usize, channels: Vec<String>) -> Self {
        let values = vec![[f64::NAN; STATISTICS.len()]; objects * channels.len()];
        Self { channels, objects, values }
    }

    /// The intensities of all objects in an image that is in memory; `names` are those of its channels. Red, green and
    /// blue that are equal everywhere are one channel, `grey`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the objects are those of an image of another size.
    pub fn of(objects: &Objects, image: &Image, names: &[String]) -> Result<Self> {
        check_size(objects, image)?;
        let channels = if is_grey(image) { vec!["grey".into()] } else { channel_names(image.colours(), names) };
        let mut intensities = Self::new(objects.len(), channels);
        if let Some(masks) = &objects.masks {
            let indices: Vec<usize> = (0..objects.len()).collect();
            intensities.add(masks, &indices, image, [0, 0])?;
        }
        Ok(intensities)
    }

    /// The intensities of all objects in an image that is read by region.
    ///
    /// # Errors
    /// As [`Intensities::of`], and those of [`ImageSource::read`].
    pub fn read(objects: &Objects, source: &dyn ImageSource) -> Result<Self> {
        check_size(objects, source)?;
        let whole = Region { x: 0, y: 0, width: source.width(), height: source.height() };
        if whole.area() <= MAX_READ && whole.check(whole.width, whole.height).is_ok() {
            return Self::of(objects, &source.read(whole)?, source.channel_names());
        }
        let pixel = source.read(Region { x: 0, y: 0, width: 1, height: 1 })?;
        let mut intensities = Self::new(objects.len(), channel_names(pixel.colours(), source.channel_names()));
        if let Some(masks) = &objects.masks {
            for part in object_regions(objects, MAX_READ) {
                let image = source.read(part.region)?;
                intensities.add(masks, &part.objects, &image, [part.region.x, part.region.y])?;
            }
        }
        Ok(intensities)
    }

    /// Measures some of the objects in a region of their image, whose upper left corner is at `origin` (x, y).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where one of them reaches out of the region, or the region has another number of
    /// channels.
    pub fn add(&mut self, masks: &MaskCrops, indices: &[usize], region: &Image, origin: [usize; 2]) -> Result<()> {
        let is_grey = self.channels == ["grey"] && is_grey(region);
        if region.colours() != self.channels.len() && !is_grey {
            return Err(Error::InvalidInput(format!(
                "the region has {} channels, but {} were expected",
                region.colours(),
                self.channels.len()
            )));
        }
        for &index in indices {
            let MaskRect { x, y, width, height } = masks.rect(index);
            let is_inside = x >= origin[0]
                && y >= origin[1]
                && x + width <= origin[0] + region.width()
                && y + height <= origin[1] + region.height();
            if !is_inside {
                let number = index + 1;
                return Err(Error::InvalidInput(format!("object {number} reaches out of the region that was read")));
            }
        }
        match region.samples() {
            Samples::U8(samples) => self.measure(masks, indices, &Part { image: region, samples, origin }),
            Samples::U16(samples) => self.measure(masks, indices, &Part { image: region, samples, origin }),
            Samples::F32(samples) => self.measure(masks, indices, &Part { image: region, samples, origin }),
        }
        Ok(())
    }

    fn measure<T: Copy + Into<f64>>(&mut self, masks: &MaskCrops, indices: &[usize], region: &Part<T>) {
        let mut samples: Vec<f64> = Vec::new();
        for channel in 0..self.channels.len() {
            let plane = region.image.channel(region.samples, channel);
            for &index in indices {
                samples.clear();
                for span in masks.spans(index) {
                    let start = (span.y - region.origin[1]) * region.image.width() + span.start - region.origin[0];
                    samples.extend((start..start + span.end - span.start).map(|pixel| plane.at(pixel).into()));
                }
                self.values[channel * self.objects + index] = statistics(&mut samples);
            }
        }
    }

    /// The columns of a table of `objects` objects.
    pub(super) fn columns(&self, objects: usize) -> Result<impl Iterator<Item = Measure> + '_> {
        if objects != self.objects {
            return Err(Error::InvalidInput(format!(
                "the intensities are those of {} objects, not of {objects}",
                self.objects
            )));
        }
        Ok(self.channels.iter().enumerate().flat_map(move |(channel, name)| {
            STATISTICS.iter().enumerate().map(move |(i, statistic)| Measure {
                name: format!("intensity_{statistic}_{name}"),
                unit: Unit::None,
                values: self.values[channel * objects..][..objects].iter().map(|values| values[i]).collect(),
            })
        }))
    }
}

/// Names for this number of channels: the given ones, else red, green and blue for three, else their indices from 0. Names
/// that are empty or were there before become, or get, the index.
pub fn channel_names(channels: usize, names: &[String]) -> Vec<String> {
    let default = |index: usize| match (names.len() == channels, channels) {
        (false, 3) => ["red", "green", "blue"][index].to_owned(),
        _ => index.to_string(),
    };
    let mut taken: Vec<String> = Vec::with_capacity(channels);
    for index in 0..channels {
        let given = names.get(index).filter(|name| names.len() == channels && !name.is_empty());
        let name = given.cloned().unwrap_or_else(|| default(index));
        let is_taken = taken.contains(&name);
        taken.push(if is_taken { format!("{name}_{index}") } else { name });
    }
    taken
}

fn check_size(objects: &Objects, image: &dyn ImageSource) -> Result<()> {
    if (objects.width, objects.height) == (image.width(), image.height()) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!(
        "the objects are those of an image of {}×{} pixels, but the image has {}×{}; measure them on the image they were \
         found in",
        objects.width,
        objects.height,
        image.width(),
        image.height()
    )))
}

/// Whether it is an RGBA image in shades of grey.
fn is_grey(image: &Image) -> bool {
    let rgba = image.as_rgba().filter(|_| image.channels() == 4);
    rgba.is_some_and(|rgba| rgba.as_chunks::<4>().0.iter().all(|[red, green, blue, _]| red == green && green == blue))
}

/// A part of the image.
struct Part<'a, T> {
    image: &'a Image,
    samples: &'a [T],
    origin: [usize; 2],
}

/// The statistics of an object's samples; NaN without any.
fn statistics(samples: &mut [f64]) -> [f64; STATISTICS.len()] {
    if samples.is_empty() {
        return [f64::NAN; STATISTICS.len()];
    }
    let count = samples.len() as f64;
    let sum: f64 = samples.iter().sum();
    let mean = sum / count;
    let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / count;
    let middle = samples.len() / 2;
    let is_even = samples.len().is_multiple_of(2);
    let (low, &mut high, _) = samples.select_nth_unstable_by(middle, f64::total_cmp);
    let largest_low = low.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let median = if is_even { (largest_low + high) / 2.0 } else { high };
    let min = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let max = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [mean, median, variance.sqrt(), min, max, sum]
}
