//! What a TIFF file holds.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use super::bytes::{FileBytes, ReadSeek};
use super::directory::{Directories, Directory};
use super::imagej::{ImageJ, Shaped};
use super::ome::Ome;
use super::page::Page;
use super::pixel_size::{of_aperio, of_resolution};
use super::plane::{PlaneChoice, Projection, TiffPlane, named};
use super::stack::Stack;
use super::tag;
use crate::error::{Error, Result};
use crate::image::SampleFormat;

/// Width and height of a pyramid's level may differ from those of the whole image by this share and two pixels.
const MAX_DISTORTION: f64 = 0.02;

/// A TIFF file whose directories are read; planes are read with [`TiffFile::plane`].
pub struct TiffFile {
    directories: Arc<Directories>,
    /// The directories of the images, without levels and thumbnails.
    pages: Vec<Directory>,
    /// The directories of the first image's levels, the largest first, without the image itself; those of the other
    /// images are in their own directories.
    levels: Vec<Directory>,
    /// The first image.
    first: Page,
    /// Images in the file, of which those after `pages` have no directory of their own.
    images: usize,
    /// `None` where the file names no axes, so that each image is a page.
    stack: Option<Stack>,
    channel_names: Vec<String>,
    pixel_size: Option<f64>,
    is_imagej: bool,
}

impl TiffFile {
    /// Opens a file and reads its directories.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read; [`Error::InvalidInput`] where it is not a TIFF, is damaged, or has a feature
    /// that is not supported, which it names. Both name the file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        Self::from_reader(Box::new(BufReader::new(file)), &path.display().to_string())
    }

    /// As [`TiffFile::open`], from a reader; `name` is what messages call it, if it is not empty.
    ///
    /// # Errors
    /// As [`TiffFile::open`].
    pub fn from_reader(reader: Box<dyn ReadSeek>, name: &str) -> Result<Self> {
        Self::read(FileBytes::new(reader, name.into())?).map_err(|error| named(error, name))
    }

    fn read(bytes: FileBytes) -> Result<Self> {
        let directories = Directories::new(bytes)?;
        let chain = directories.chain()?;
        let description = directories.text(&chain[0], tag::IMAGE_DESCRIPTION)?.unwrap_or_default();
        let imagej = ImageJ::parse(&description);
        let shaped = Shaped::parse(&description);
        let first = Page::read(&directories, &chain[0], imagej.is_some())?;
        let levels_below = directories.named_by(&chain[0], tag::SUB_IFDS)?;
        let (pages, further) = sorted(&directories, chain, &first)?;
        let levels = levels(&directories, if levels_below.is_empty() { further } else { levels_below }, &first)?;

        let mut images = pages.len();
        let claimed = match (&imagej, &shaped) {
            (Some(imagej), _) => imagej.images,
            (_, Some(shaped)) if shaped.truncated => {
                shaped.images(first.width as u64 * first.height as u64 * first.samples as u64)
            }
            _ => 0,
        };
        if images == 1 && claimed > 1 && first.is_contiguous() {
            let end = first.bytes().saturating_mul(claimed as u64);
            if end > directories.bytes.length() {
                return Err(Error::InvalidInput(format!(
                    "the TIFF is truncated: its {claimed} images take {end} bytes, but the file has {}; copy or download \
                     it again",
                    directories.bytes.length()
                )));
            }
            images = claimed;
        }
        let ome = match Ome::is_ome(&description) {
            true => Some(Ome::parse(&description, images, first.samples)?),
            false => None,
        };
        let of_metadata = ome.as_ref().and_then(|ome| ome.pixel_size).or_else(|| of_aperio(&description));
        let unit = imagej.as_ref().and_then(|imagej| imagej.unit.as_deref());
        let pixel_size = match of_metadata {
            Some(size) => Some(size),
            None => of_resolution(&directories, &pages[0], unit)?,
        };
        let is_imagej = imagej.is_some();
        let (stack, channel_names) = match ome {
            Some(ome) => (Some(ome.stack), ome.channel_names),
            None => {
                let of_imagej = imagej.filter(|imagej| imagej.images == images).and_then(|imagej| imagej.stack());
                let stack = of_imagej.or_else(|| shaped.and_then(|shaped| shaped.stack(images)));
                (stack.transpose()?, Vec::new())
            }
        };
        let directories = Arc::new(directories);
        Ok(Self { directories, pages, levels, first, images, stack, channel_names, pixel_size, is_imagej })
    }

    /// Width of the first plane in pixels.
    pub fn width(&self) -> usize {
        self.first.width
    }

    /// Height of the first plane in pixels.
    pub fn height(&self) -> usize {
        self.first.height
    }

    /// Number of channels of a plane: of the samples of a pixel without transparency, and of the images that metadata
    /// calls channels.
    pub fn channels(&self) -> usize {
        self.first.channels() * self.stack.as_ref().map_or(1, |stack| stack.channels)
    }

    /// The channels' names, one for each; empty where the file names none.
    pub fn channel_names(&self) -> &[String] {
        &self.channel_names
    }

    /// Number of planes: `z × t` where the file names axes, else all images but levels of pyramids and thumbnails.
    pub fn pages(&self) -> usize {
        self.stack.as_ref().map_or(self.images, |stack| stack.z * stack.t)
    }

    /// Number of slices; 1 where the file names no such axis.
    pub fn z(&self) -> usize {
        self.stack.as_ref().map_or(1, |stack| stack.z)
    }

    /// Number of times; 1 where the file names no such axis.
    pub fn t(&self) -> usize {
        self.stack.as_ref().map_or(1, |stack| stack.t)
    }

    /// Length of a pixel's side in micrometres, where it is known and believed: from OME's metadata; from the resolution in
    /// ImageJ's unit; else from a resolution in centimetres or inches, where the length is 0.001 to 10 µm. Longer pixels are
    /// those of screens and printers (72 dpi is 353 µm), or defaults. Width and height may differ by 1 %.
    pub fn pixel_size(&self) -> Option<f64> {
        self.pixel_size
    }

    /// The type that samples have in memory: unsigned integers of up to 8 and of up to 16 bits are as stored, everything
    /// else is f32, which is exact for integers up to 16,777,216; larger ones and 64-bit numbers are rounded to f32.
    pub fn format(&self) -> SampleFormat {
        match self.first.colours {
            super::page::Colours::Palette(_) => SampleFormat::U8,
            _ => self.first.sample_type.format(),
        }
    }

    /// Whether the first three channels are red, green and blue, by what the file says, rather than separate ones.
    pub fn is_rgb(&self) -> bool {
        self.first.is_rgb()
    }

    /// Widths and heights of the pyramid, the full resolution first.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where a level is damaged.
    pub fn levels(&self) -> Result<Vec<(usize, usize)>> {
        let sizes = self.levels.iter().map(|level| size(&self.directories, level));
        let first = (self.first.width, self.first.height);
        core::iter::once(Ok(first)).chain(sizes).collect::<Result<_>>().map_err(|error| self.named(error))
    }

    /// A plane of the file, to be read by region.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a page, slice, time or level that is missing (it lists what there is), and where an
    /// image of the plane is damaged or has a feature that is not supported.
    pub fn plane(&self, choice: &PlaneChoice) -> Result<TiffPlane> {
        self.chosen(choice).map_err(|error| self.named(error))
    }

    fn chosen(&self, choice: &PlaneChoice) -> Result<TiffPlane> {
        let slices = self.slices(choice)?;
        let slices: Result<_> = slices
            .into_iter()
            .map(|images| images.into_iter().map(|image| self.page(image, choice.level)).collect())
            .collect();
        let mut plane = TiffPlane::new(Arc::clone(&self.directories), slices?)?;
        plane.channel_names.clone_from(&self.channel_names);
        let width = plane.slices[0][0].width;
        let scale = if choice.level == 0 { 1.0 } else { self.first.width as f64 / width as f64 };
        plane.pixel_size = self.pixel_size.map(|size| size * scale);
        Ok(plane)
    }

    /// The images of the chosen slices.
    fn slices(&self, choice: &PlaneChoice) -> Result<Vec<Vec<usize>>> {
        let &PlaneChoice { page, z, t, projection, .. } = choice;
        if page.is_some() && (z.is_some() || t.is_some() || projection.is_some()) {
            return Err(Error::InvalidInput(
                "`page` counts all planes; choose either a page, or z, t and a projection".into(),
            ));
        }
        if projection.is_some() && z.is_some() {
            return Err(Error::InvalidInput("a projection takes all slices; choose either it or `z`".into()));
        }
        let Some(stack) = &self.stack else {
            for (name, index) in [("z", z), ("t", t)] {
                if index.is_some_and(|index| index > 0) {
                    return Err(Error::InvalidInput(format!(
                        "there is no {name} {}: the file names no such axis; it has {}, choose one by `page`",
                        index.unwrap_or_default(),
                        counted(self.images, "page")
                    )));
                }
            }
            if projection == Some(Projection::Max) {
                return Ok((0..self.images).map(|image| vec![image]).collect());
            }
            return Ok(vec![vec![within("page", page.unwrap_or(0), self.images)?]]);
        };
        let (z, t) = match page {
            Some(page) => {
                let page = within("page", page, stack.z * stack.t)?;
                (page % stack.z, page / stack.z)
            }
            None => (within("z", z.unwrap_or(0), stack.z)?, within("t", t.unwrap_or(0), stack.t)?),
        };
        let slices = if projection == Some(Projection::Max) { 0..stack.z } else { z..z + 1 };
        let image = |channel: usize, z: usize| {
            stack.image([channel, z, t]).ok_or_else(|| {
                Error::InvalidInput(format!(
                    "channel {channel} of slice {z} at time {t} is in another file of the series, by this file's OME-XML"
                ))
            })
        };
        slices.map(|z| (0..stack.channels).map(|channel| image(channel, z)).collect()).collect()
    }

    /// An image of the file, or a level of it.
    fn page(&self, image: usize, level: usize) -> Result<Page> {
        let Some(directory) = self.pages.get(image) else {
            return match self.first.is_contiguous() && image < self.images {
                true if level == 0 => Ok(self.first.following(image as u64)),
                _ => Err(Error::InvalidInput(format!(
                    "the TIFF is truncated: it has no image {image}, only {}",
                    counted(self.images, "image")
                ))),
            };
        };
        if level == 0 {
            return Page::read(&self.directories, directory, self.is_imagej);
        }
        within("level", level, self.levels.len() + 1)?;
        if image == 0 {
            return Page::read(&self.directories, &self.levels[level - 1], self.is_imagej);
        }
        let page = Page::read(&self.directories, directory, self.is_imagej)?;
        let below = self.directories.named_by(directory, tag::SUB_IFDS)?;
        let levels = levels(&self.directories, below, &page)?;
        within("level", level, levels.len() + 1)?;
        Page::read(&self.directories, &levels[level - 1], self.is_imagej)
    }

    fn named(&self, error: Error) -> Error {
        named(error, self.directories.bytes.name())
    }
}

/// An index within an axis.
///
/// # Errors
/// [`Error::InvalidInput`] that says what there is.
fn within(axis: &str, index: usize, length: usize) -> Result<usize> {
    if index < length {
        return Ok(index);
    }
    let valid = if length == 1 { "only 0".into() } else { format!("0 to {}", length - 1) };
    Err(Error::InvalidInput(format!("there is no {axis} {index}: the file has {valid}")))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Images, and what is smaller versions of the first one or thumbnails.
fn sorted(directories: &Directories, chain: Vec<Directory>, first: &Page) -> Result<(Vec<Directory>, Vec<Directory>)> {
    let (mut pages, mut smaller) = (Vec::new(), Vec::new());
    for (index, directory) in chain.into_iter().enumerate() {
        let is_reduced = directories.first(&directory, tag::NEW_SUBFILE_TYPE)?.unwrap_or(0) & 1 == 1;
        // Slide scanners' levels do not say what they are.
        let is_level = || -> Result<bool> {
            let is_tiled = directory.has(tag::TILE_OFFSETS) && first.grid.is_tiled;
            Ok(is_tiled && is_level_of(first, size(directories, &directory)?))
        };
        if index > 0 && (is_reduced || is_level()?) {
            smaller.push(directory);
        } else {
            pages.push(directory);
        }
    }
    Ok((pages, smaller))
}

/// Those of some directories that are levels of an image's pyramid, the largest first.
fn levels(directories: &Directories, candidates: Vec<Directory>, first: &Page) -> Result<Vec<Directory>> {
    let mut levels = Vec::new();
    for directory in candidates {
        let size = size(directories, &directory)?;
        if is_level_of(first, size) {
            levels.push((size, directory));
        }
    }
    levels.sort_by_key(|(size, _)| core::cmp::Reverse(*size));
    Ok(levels.into_iter().map(|(_, directory)| directory).collect())
}

/// Whether an image of this size is a smaller version of another one.
fn is_level_of(first: &Page, (width, height): (usize, usize)) -> bool {
    let scale = width as f64 / first.width as f64;
    let expected = first.height as f64 * scale;
    width < first.width && (height as f64 - expected).abs() <= MAX_DISTORTION * expected + 2.0
}

fn size(directories: &Directories, directory: &Directory) -> Result<(usize, usize)> {
    let side = |tag: u16| Ok(directories.first(directory, tag)?.unwrap_or(0).min(u64::from(u32::MAX)) as usize);
    Ok((side(tag::IMAGE_WIDTH)?, side(tag::IMAGE_LENGTH)?))
}
