//! One plane of a TIFF file, read by region.

use std::sync::{Arc, Mutex, PoisonError};

use super::chunk::{Chunk, Part, Position};
use super::compression::Compression;
use super::directory::Directories;
use super::page::Page;
use crate::error::{Error, Result};
use crate::image::{Image, ImageShape, ImageSource, Region, SampleFormat, SampleLayout, Samples};

/// Bytes of decoded strips and tiles that are kept, because neighbouring regions touch the same.
const KEPT: usize = 64 << 20;

/// The most bytes of a region's samples.
const MAX_REGION: u64 = 1 << 32;

/// How the slices of a stack become one plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// The largest sample of all slices, for each pixel and channel.
    Max,
}

/// Which plane of a file, all counted from 0. The default is the first one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaneChoice {
    /// A plane of the file, counted along z first, then along time.
    pub page: Option<usize>,
    /// The slice.
    pub z: Option<usize>,
    /// The time.
    pub t: Option<usize>,
    /// All slices at the time instead of one; all pages where the file names no axes.
    pub projection: Option<Projection>,
    /// The level of a pyramid, 0 being the full resolution.
    pub level: usize,
}

/// A plane of a TIFF file. Regions of it are read; strips and tiles that they do not touch are not.
pub struct TiffPlane {
    pub(super) directories: Arc<Directories>,
    /// The slices of a projection, else one; the images of its channels.
    pub(super) slices: Vec<Vec<Page>>,
    pub(super) channel_names: Vec<String>,
    pub(super) pixel_size: Option<f64>,
    kept: Mutex<Vec<(Key, Arc<Chunk>)>>,
}

/// The slice, the image and the strip or tile of something that is kept.
type Key = (usize, usize, Position);

impl TiffPlane {
    /// # Errors
    /// [`Error::InvalidInput`] where the images differ in size or type.
    pub(super) fn new(directories: Arc<Directories>, slices: Vec<Vec<Page>>) -> Result<Self> {
        let plane = Self { directories, slices, channel_names: Vec::new(), pixel_size: None, kept: Mutex::default() };
        let first = plane.first();
        let kind = |page: &Page| (page.width, page.height, page.channels(), page.sample_type.format());
        if let Some(other) = plane.slices.iter().flatten().find(|page| kind(page) != kind(first)) {
            return Err(Error::InvalidInput(format!(
                "the TIFF is damaged: images of one stack have {}×{} and {}×{} pixels, or samples of several types",
                first.width, first.height, other.width, other.height
            )));
        }
        Ok(plane)
    }

    fn first(&self) -> &Page {
        &self.slices[0][0]
    }

    /// Whether the first three channels are red, green and blue rather than separate ones.
    pub fn is_rgb(&self) -> bool {
        self.first().is_rgb()
    }

    /// The whole plane.
    ///
    /// # Errors
    /// As [`ImageSource::read`]; [`Error::InvalidInput`] where it is larger than images in memory may be.
    pub fn whole(&self) -> Result<Image> {
        self.read(Region { x: 0, y: 0, width: self.width(), height: self.height() })
    }

    fn read_region(&self, region: Region) -> Result<Image> {
        region.check(self.width(), self.height())?;
        let format = self.format();
        let bytes_a_sample = match format {
            SampleFormat::U8 => 1,
            SampleFormat::U16 => 2,
            SampleFormat::F32 => 4,
        };
        if region.area() * self.channels() as u64 * bytes_a_sample > MAX_REGION {
            return Err(Error::InvalidInput(format!(
                "{}×{} pixels of {} channels take more than {MAX_REGION} bytes; read a smaller region",
                region.width,
                region.height,
                self.channels()
            )));
        }
        let mut samples = match format {
            SampleFormat::U8 => Samples::U8(self.slice(0, region)?),
            SampleFormat::U16 => Samples::U16(self.slice(0, region)?),
            SampleFormat::F32 => Samples::F32(self.slice(0, region)?),
        };
        for slice in 1..self.slices.len() {
            match &mut samples {
                Samples::U8(samples) => brighten(samples, &self.slice(slice, region)?),
                Samples::U16(samples) => brighten(samples, &self.slice(slice, region)?),
                Samples::F32(samples) => brighten(samples, &self.slice(slice, region)?),
            }
        }
        let Region { width, height, .. } = region;
        let image =
            Image::new(ImageShape { width, height, channels: self.channels(), layout: self.layout() }, samples)?;
        let image = if self.is_rgb() { image } else { image.with_separate_channels() };
        match self.pixel_size {
            None => Ok(image),
            Some(size) => image.with_pixel_size(size),
        }
    }

    /// The samples of a region of a slice, in the order of the layout.
    fn slice<T: Sample>(&self, slice: usize, region: Region) -> Result<Vec<T>> {
        let pixels = region.width * region.height;
        let mut samples = vec![T::default(); pixels * self.channels()];
        let steps = match self.layout() {
            SampleLayout::Interleaved => (self.channels(), 1),
            SampleLayout::Planar => (1, pixels),
        };
        for (index, page) in self.slices[slice].iter().enumerate() {
            let channel = index * page.channels();
            for position in touched(page, region) {
                let Some((part, target)) = overlap(page, position, region) else { continue };
                let Some(chunk) = self.chunk((slice, index, position), &part)? else { continue };
                let channels = if page.is_planar { 1 } else { page.channels() };
                let first = channel + if page.is_planar { position.plane } else { 0 };
                let paste = Paste { chunk: &chunk, part: &part, channels, target, width: region.width, steps };
                paste.write(&mut samples[first * steps.1..]);
            }
        }
        Ok(samples)
    }

    fn chunk(&self, key: Key, part: &Part) -> Result<Option<Arc<Chunk>>> {
        let page = &self.slices[key.0][key.1];
        if page.compression == Compression::None {
            return Ok(page.decode(&self.directories, key.2, part)?.map(Arc::new));
        }
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, chunk)) = kept().iter().find(|(other, _)| *other == key) {
            return Ok(Some(Arc::clone(chunk)));
        }
        let Some(chunk) = page.decode(&self.directories, key.2, part)?.map(Arc::new) else { return Ok(None) };
        let mut kept = kept();
        kept.push((key, Arc::clone(&chunk)));
        while kept.len() > 1 && kept.iter().map(|(_, chunk)| chunk.samples.bytes()).sum::<usize>() > KEPT {
            kept.remove(0);
        }
        Ok(Some(chunk))
    }

    fn layout(&self) -> SampleLayout {
        match self.slices[0].as_slice() {
            [page] if !page.is_planar => SampleLayout::Interleaved,
            _ => SampleLayout::Planar,
        }
    }
}

impl ImageSource for TiffPlane {
    fn width(&self) -> usize {
        self.first().width
    }

    fn height(&self) -> usize {
        self.first().height
    }

    fn channels(&self) -> usize {
        self.slices[0].len() * self.first().channels()
    }

    fn format(&self) -> SampleFormat {
        match self.first().colours {
            super::page::Colours::Palette(_) => SampleFormat::U8,
            _ => self.first().sample_type.format(),
        }
    }

    fn pixel_size(&self) -> Option<f64> {
        self.pixel_size
    }

    fn channel_names(&self) -> &[String] {
        &self.channel_names
    }

    fn read(&self, region: Region) -> Result<Image> {
        self.read_region(region).map_err(|error| named(error, self.directories.bytes.name()))
    }
}

/// An error with the name of its file.
pub(super) fn named(error: Error, name: &str) -> Error {
    match error {
        Error::InvalidInput(reason) if !name.is_empty() => Error::InvalidInput(format!("{name}: {reason}")),
        error => error,
    }
}

/// The strips or tiles that a region touches, of all samples that count.
fn touched(page: &Page, region: Region) -> impl Iterator<Item = Position> + use<> {
    let columns = region.x / page.grid.width..=(region.right() - 1) / page.grid.width;
    let rows = region.y / page.grid.height..=(region.bottom() - 1) / page.grid.height;
    let planes = 0..if page.is_planar { page.visible } else { 1 };
    rows.flat_map(move |row| {
        let planes = planes.clone();
        columns.clone().flat_map(move |column| planes.clone().map(move |plane| Position { column, row, plane }))
    })
}

/// What a region has in common with a strip or tile: the part of that, and where it begins in the region.
fn overlap(page: &Page, position: Position, region: Region) -> Option<(Part, (usize, usize))> {
    let (x, y) = (position.column * page.grid.width, position.row * page.grid.height);
    let piece =
        Region { x, y, width: page.grid.width.min(page.width - x), height: page.grid.height.min(page.height - y) };
    let common = piece.intersection(&region)?;
    let part = Part { columns: common.x - x..common.right() - x, rows: common.y - y..common.bottom() - y };
    Some((part, (common.x - region.x, common.y - region.y)))
}

/// A part of a strip or tile that is put into a region.
struct Paste<'a> {
    chunk: &'a Chunk,
    part: &'a Part,
    /// Samples of a pixel that count.
    channels: usize,
    /// Column and row in the region.
    target: (usize, usize),
    /// Width of the region.
    width: usize,
    /// From one pixel's sample to the next one's, and from one channel's to the next one's.
    steps: (usize, usize),
}

impl Paste<'_> {
    /// Writes into the samples of a region, from the first channel's on.
    fn write<T: Sample>(&self, region: &mut [T]) {
        let Some(samples) = T::of(&self.chunk.samples) else { return };
        let Part { columns, rows } = &self.chunk.part;
        let stored = samples.len() / (columns.len() * rows.len());
        for row in self.part.rows.clone() {
            let first = (row - rows.start) * columns.len() + self.part.columns.start - columns.start;
            let source = &samples[first * stored..][..self.part.columns.len() * stored];
            let target = (self.target.1 + row - self.part.rows.start) * self.width + self.target.0;
            if stored == self.channels && self.steps == (stored, 1) {
                region[target * stored..][..source.len()].copy_from_slice(source);
                continue;
            }
            for (pixel, samples) in source.chunks_exact(stored).enumerate() {
                for (channel, sample) in samples[..self.channels].iter().enumerate() {
                    region[(target + pixel) * self.steps.0 + channel * self.steps.1] = *sample;
                }
            }
        }
    }
}

/// A type of samples in memory.
trait Sample: Copy + Default {
    /// The samples, if they are of this type.
    fn of(samples: &Samples) -> Option<&[Self]>;
}

impl Sample for u8 {
    fn of(samples: &Samples) -> Option<&[Self]> {
        if let Samples::U8(samples) = samples { Some(samples) } else { None }
    }
}

impl Sample for u16 {
    fn of(samples: &Samples) -> Option<&[Self]> {
        if let Samples::U16(samples) = samples { Some(samples) } else { None }
    }
}

impl Sample for f32 {
    fn of(samples: &Samples) -> Option<&[Self]> {
        if let Samples::F32(samples) = samples { Some(samples) } else { None }
    }
}

/// Takes the larger sample of two slices; NaN, which is refused later, stays.
fn brighten<T: PartialOrd + Copy>(samples: &mut [T], others: &[T]) {
    for (sample, other) in samples.iter_mut().zip(others) {
        let is_nan = other.partial_cmp(other).is_none();
        if is_nan || *sample < *other {
            *sample = *other;
        }
    }
}
