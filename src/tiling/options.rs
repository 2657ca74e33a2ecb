//! Whether an image is cut into tiles, and how.

use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Whether an image is cut into tiles, and how. All lengths are in pixels of the image.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TilingOptions {
    /// Whether the image is cut, and into tiles of what size.
    pub tile: TileChoice,
    /// How much of two neighbouring tiles is at least the same: more than the diameter of the objects, so that each is
    /// complete in one of them. `None`: 192 pixels of the network's input, or a third of a smaller
    /// tile.
    pub overlap: Option<usize>,
    /// Pixels of the network's input for one of the image, more than 0. `None`: the model's own scale.
    pub scale: Option<f64>,
}

/// The typical diameter of an image's objects, by which it is scaled so that they have the one that the model was trained
/// with. As plain data it is `"auto"`, a number of pixels or `{ "micrometres": … }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "PlainDiameter", into = "PlainDiameter")]
pub enum Diameter {
    /// Estimated in a [`FirstLook`](super::FirstLook).
    Auto,
    /// In pixels of the image.
    Pixels(f64),
    /// In micrometres, which needs the size of a pixel.
    Micrometres(f64),
}

impl Diameter {
    /// The diameter in pixels of an image whose pixels have a side of this length in micrometres; `None` where it is yet
    /// to be estimated.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for micrometres where the size of a pixel is not known.
    pub fn in_pixels(self, pixel_size: Option<f64>) -> Result<Option<f64>> {
        match (self, pixel_size) {
            (Self::Auto, _) => Ok(None),
            (Self::Pixels(pixels), _) => Ok(Some(pixels)),
            (Self::Micrometres(micrometres), Some(size)) => Ok(Some(micrometres / size)),
            (Self::Micrometres(micrometres), None) => Err(Error::InvalidInput(format!(
                "a diameter of {micrometres} µm needs the size of a pixel, which the image does not say; give it in \
                 micrometres, or give the diameter in pixels"
            ))),
        }
    }
}

impl FromStr for Diameter {
    type Err = Error;

    /// From the command line: `auto`, a number of pixels such as `18`, or of micrometres such as `9um` or `9µm`.
    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let micrometres = ["um", "µm", "μm"].iter().find_map(|unit| text.strip_suffix(unit));
        let number = micrometres.unwrap_or(text).trim().parse().ok().filter(|number: &f64| *number > 0.0);
        match (number.filter(|number| number.is_finite()), micrometres) {
            (Some(number), Some(_)) => Ok(Self::Micrometres(number)),
            (Some(number), None) => Ok(Self::Pixels(number)),
            (None, _) => Err(Error::InvalidInput(format!(
                "{text} is not a diameter; expected auto, a number of pixels such as 18, or of micrometres such as 9um"
            ))),
        }
    }
}

/// A [`Diameter`] as plain data.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "`diameter` must be \"auto\", a number of pixels or { micrometres }")]
enum PlainDiameter {
    Word(Word),
    Pixels(f64),
    Micrometres { micrometres: f64 },
}

impl From<PlainDiameter> for Diameter {
    fn from(plain: PlainDiameter) -> Self {
        match plain {
            PlainDiameter::Word(Word::Auto) => Self::Auto,
            PlainDiameter::Pixels(pixels) => Self::Pixels(pixels),
            PlainDiameter::Micrometres { micrometres } => Self::Micrometres(micrometres),
        }
    }
}

impl From<Diameter> for PlainDiameter {
    fn from(diameter: Diameter) -> Self {
        match diameter {
            Diameter::Auto => Self::Word(Word::Auto),
            Diameter::Pixels(pixels) => Self::Pixels(pixels),
            Diameter::Micrometres(micrometres) => Self::Micrometres { micrometres },
        }
    }
}

/// Whether an image is cut into tiles. As plain data it is `"auto"`, `false` or the maximum side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "PlainChoice", into = "PlainChoice")]
pub enum TileChoice {
    /// Where the image is larger than the model's input, and the model sees objects at a scale of their own
    /// (`input.minScale` or `input.objectDiameter`) and not at one of the image's size.
    #[default]
    Auto,
    /// Never: the network sees the whole image at once.
    Whole,
    /// Tiles of at most this side, in pixels of the image.
    Side(usize),
}

/// A [`TileChoice`] as plain data.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "`tile` must be \"auto\", false or the maximum side of a tile in pixels")]
enum PlainChoice {
    Word(Word),
    Switch(Switch),
    Side(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Auto,
}

/// `false`, the only one that is taken.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
struct Switch;

impl TryFrom<bool> for Switch {
    type Error = &'static str;

    fn try_from(is_on: bool) -> Result<Self, Self::Error> {
        if is_on { Err("true") } else { Ok(Self) }
    }
}

impl From<Switch> for bool {
    fn from(_: Switch) -> Self {
        false
    }
}

impl Clone for Switch {
    fn clone(&self) -> Self {
        Self
    }
}

impl From<PlainChoice> for TileChoice {
    fn from(plain: PlainChoice) -> Self {
        match plain {
            PlainChoice::Word(Word::Auto) => Self::Auto,
            PlainChoice::Switch(Switch) => Self::Whole,
            PlainChoice::Side(side) => Self::Side(side),
        }
    }
}

impl From<TileChoice> for PlainChoice {
    fn from(choice: TileChoice) -> Self {
        match choice {
            TileChoice::Auto => Self::Word(Word::Auto),
            TileChoice::Whole => Self::Switch(Switch),
            TileChoice::Side(side) => Self::Side(side),
        }
    }
}

impl FromStr for TileChoice {
    type Err = Error;

    /// From the command line: `auto`, `off` or a number of pixels.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Whole),
            number => number.parse().map(Self::Side).map_err(|_| {
                Error::InvalidInput(format!(
                    "{number} is not a choice of tiles; expected auto, off or a number of pixels"
                ))
            }),
        }
    }
}
