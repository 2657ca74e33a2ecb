//! Which plane and which channels of an image file are looked at.

use std::path::Path;

use clap::{Args, ValueEnum};
use maskrcnn_web::image::{ChannelMap, FileContent, Image, ImageSource, PlaneChoice, Projection, TiffFile};
use maskrcnn_web::{Error, Result, Settings};
use serde::Serialize;

/// The options. All indices count from 0.
#[derive(Debug, Args)]
pub(crate) struct PlaneArguments {
    /// The channel to look at, by index or name; three, such as 2,1,0, are seen as red, green and blue [default: RGB as it
    /// is, else the only channel in use].
    #[arg(long = "channel", value_name = "INDEX|NAME")]
    channels: Vec<String>,
    /// The plane of a TIFF, counted along z first, then along time [default: 0].
    #[arg(long, value_name = "INDEX", conflicts_with_all = ["z", "t", "projection"])]
    page: Option<usize>,
    /// The slice of a TIFF [default: 0].
    #[arg(long, value_name = "INDEX", conflicts_with = "projection")]
    z: Option<usize>,
    /// The time of a TIFF [default: 0].
    #[arg(long, value_name = "INDEX")]
    t: Option<usize>,
    /// All slices of a TIFF in one image instead of one of them.
    #[arg(long, value_enum)]
    projection: Option<ProjectionArgument>,
}

/// How slices become one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum ProjectionArgument {
    /// The largest sample of all slices.
    Max,
}

/// An image file that is open, to be read by region.
pub(crate) struct OpenImage {
    pub(crate) source: Box<dyn ImageSource + Send + Sync>,
    /// What the channels were chosen by.
    choices: Vec<String>,
    /// The channels' names, also for what has none in the file.
    names: Vec<String>,
    plane: Option<Plane>,
    /// What the file is called in messages.
    name: String,
}

/// Which of a file's planes was taken, where it has several.
#[derive(Debug, Clone, Serialize)]
struct Plane {
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    z: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projection: Option<ProjectionArgument>,
}

/// What of an image the network was shown.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    /// One channel, seen in grey, or three for red, green and blue.
    channels: Vec<usize>,
    /// Number of the image's channels.
    #[serde(skip)]
    of_channels: usize,
    /// Their names, where the file has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    channel_names: Vec<String>,
    #[serde(flatten)]
    plane: Option<Plane>,
    /// Length of a pixel's side in micrometres, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_size: Option<f64>,
}

impl PlaneArguments {
    /// Opens an image; of a TIFF the plane that is asked for.
    ///
    /// # Errors
    /// Those of [`Image::read`] and [`TiffFile::plane`]; `invalid-input` for a plane of a file that has only one.
    pub(crate) fn open(&self, path: &Path) -> Result<OpenImage> {
        let name = path.display().to_string();
        let choices = self.channels.clone();
        if FileContent::read(path)? != FileContent::Tiff {
            if let Some(index) = [self.page, self.z, self.t].into_iter().flatten().find(|index| *index > 0) {
                return Err(Error::InvalidInput(format!("{name}: there is no plane {index}: the image has one, 0")));
            }
            let image = Image::read(path)?;
            let names = if image.colours() == 3 { rgb() } else { Vec::new() };
            return Ok(OpenImage { source: Box::new(image), choices, names, plane: None, name });
        }
        let file = TiffFile::open(path)?;
        let projection = self.projection.map(|ProjectionArgument::Max| Projection::Max);
        let choice = PlaneChoice { page: self.page, z: self.z, t: self.t, projection, level: 0 };
        let source = file.plane(&choice)?;
        let has_axes = file.z() * file.t() == file.pages();
        let (z, t) = match self.page {
            Some(page) => (page % file.z(), page / file.z()),
            None => (self.z.unwrap_or(0), self.t.unwrap_or(0)),
        };
        let plane = (file.pages() > 1).then_some(Plane {
            page: (!has_axes && projection.is_none()).then_some(self.page.unwrap_or(0)),
            z: (file.z() > 1 && projection.is_none()).then_some(z),
            t: (file.t() > 1).then_some(t),
            projection: self.projection,
        });
        let names = if file.is_rgb() && file.channels() == 3 { rgb() } else { file.channel_names().to_vec() };
        Ok(OpenImage { source: Box::new(source), choices, names, plane, name })
    }
}

fn rgb() -> Vec<String> {
    ["red", "green", "blue"].map(String::from).to_vec()
}

impl OpenImage {
    /// The settings with the channels that were chosen or, where neither they nor the settings say, those that `sample`
    /// shows to be meant: the whole image, or regions of it.
    ///
    /// # Errors
    /// `invalid-input` for a channel that is missing, and where it is not known which one is meant; both list what there
    /// is.
    pub(crate) fn settings(&self, settings: &Settings, sample: &Image) -> Result<Settings> {
        let mut settings = settings.clone();
        let channels = sample.colours();
        let invalid = |error: Error| match error {
            Error::InvalidInput(reason) => Error::InvalidInput(format!("{}: {reason}", self.name)),
            error => error,
        };
        if !self.choices.is_empty() {
            let map = ChannelMap::choose(&self.each_choice(), &self.names, channels).map_err(invalid)?;
            settings.input.channels = Some(map);
        } else if settings.input.channels.is_none() {
            let map = ChannelMap::of(sample).map_err(|_| {
                invalid(Error::InvalidInput(format!(
                    "the image has {}, of which several are in use; choose one with --channel, or three for red, green and \
                     blue",
                    ChannelMap::listed(&self.names, channels)
                )))
            })?;
            settings.input.channels = (channels != 3 || sample.has_separate_channels()).then_some(map);
        }
        Ok(settings)
    }

    /// The choices, those with commas apart, unless a channel is called that.
    fn each_choice(&self) -> Vec<String> {
        let split = |choice: &String| match self.names.contains(choice) {
            true => vec![choice.clone()],
            false => choice.split(',').map(str::to_owned).collect(),
        };
        self.choices.iter().flat_map(split).collect()
    }

    /// What was taken, in the channels that a tone was measured on.
    pub(crate) fn taken(&self, channels: ChannelMap) -> Taken {
        let channels = Vec::from(channels);
        let name = |&channel: &usize| self.names.get(channel).cloned();
        Taken {
            channel_names: channels.iter().filter_map(name).collect(),
            channels,
            of_channels: self.source.channels(),
            plane: self.plane.clone(),
            pixel_size: self.source.pixel_size(),
        }
    }
}

impl Taken {
    /// In words, for what a reader could have expected otherwise: one channel of several, one plane of several.
    pub(crate) fn words(&self) -> Option<String> {
        let mut words = Vec::new();
        if let [channel] = self.channels[..]
            && self.of_channels > 1
        {
            let name = self.channel_names.first().map(|name| format!(" {name}")).unwrap_or_default();
            words.push(format!("channel {channel}{name}"));
        }
        if let Some(plane) = &self.plane {
            let axes = [("page", plane.page), ("z", plane.z), ("t", plane.t)];
            words.extend(axes.into_iter().filter_map(|(axis, index)| Some(format!("{axis} {}", index?))));
            words.extend(plane.projection.map(|_| "the largest of all slices".to_owned()));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}
