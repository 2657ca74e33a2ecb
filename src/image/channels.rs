//! Which channel of an image is which input of the network.

use serde::{Deserialize, Serialize};

use super::{Image, Samples};
use crate::error::{Error, Result};

/// Number of the network's inputs: red, green and blue.
pub const INPUTS: usize = 3;

/// Which channel of an image each of the network's inputs sees, counted from 0.
///
/// As plain data it is a list of one channel, which all inputs see in grey, or of three, for red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct ChannelMap([usize; INPUTS]);

impl ChannelMap {
    /// The map of an image whose channels need no explanation: one is seen in grey, three are red, green and blue unless
    /// they are separate ones ([`Image::with_separate_channels`]), and of several the only one in use is seen in grey: the
    /// only one whose samples differ.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where several channels are in use (transparency does not count).
    pub fn of(image: &Image) -> Result<Self> {
        match image.colours() {
            1 => Ok(Self([0; INPUTS])),
            3 if !image.has_separate_channels() => Ok(Self([0, 1, 2])),
            colours => {
                let in_use: Vec<_> = (0..colours).filter(|&channel| is_in_use(image, channel)).collect();
                match in_use[..] {
                    [] => Ok(Self([0; INPUTS])),
                    [only] => Ok(Self([only; INPUTS])),
                    _ => Err(Error::InvalidInput(format!(
                        "the image has {colours} channels, and it is not known which of them to show to the network; set \
                         `channels` to the index of one, such as [0], or to three for red, green and blue, such as \
                         [2, 1, 0]"
                    ))),
                }
            }
        }
    }

    /// The map of channels that are named or counted from 0: one, which all inputs see in grey, or three, for red, green
    /// and blue. `names` are the image's, one for each of its `channels`, or none; case does not matter.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a channel that is missing (it lists those that are present), and for another number of them.
    pub fn choose(choices: &[String], names: &[String], channels: usize) -> Result<Self> {
        let chosen = choices.iter().map(|choice| {
            let is_chosen = |name: &String| name.trim().to_lowercase() == choice.trim().to_lowercase();
            let mut named = (0..names.len()).filter(|&index| is_chosen(&names[index]));
            let missing =
                |what: &str| Error::InvalidInput(format!("{what}; the image has {}", Self::listed(names, channels)));
            match (named.next(), named.next(), choice.trim().parse::<usize>()) {
                (Some(index), None, _) => Ok(index),
                (Some(_), Some(_), _) => {
                    Err(missing(&format!("several channels are called {choice:?}; choose by index")))
                }
                (None, _, Ok(index)) if index < channels => Ok(index),
                (None, ..) => Err(missing(&format!("there is no channel {choice:?}"))),
            }
        });
        Self::try_from(chosen.collect::<Result<Vec<_>>>()?)
    }

    /// The channels of an image in words, to choose from: their number, indices and names.
    pub fn listed(names: &[String], channels: usize) -> String {
        let counted = if channels == 1 { "1 channel".into() } else { format!("{channels} channels") };
        if names.is_empty() {
            return format!("{counted}, counted from 0");
        }
        let names = names.iter().enumerate().map(|(index, name)| format!("{index} {name}"));
        format!("{counted}: {}", names.collect::<Vec<_>>().join(", "))
    }

    /// The channel of each input.
    pub fn sources(&self) -> [usize; INPUTS] {
        self.0
    }

    /// Whether all inputs see the same channel.
    pub fn is_grey(&self) -> bool {
        self.0.iter().all(|source| *source == self.0[0])
    }

    /// All inputs see the channel that this one sees.
    pub(super) fn grey(&self, input: usize) -> Self {
        Self([self.0[input]; INPUTS])
    }

    /// The different channels, each with the number of inputs that see it.
    pub(super) fn distinct(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let inputs = |source: usize| self.0.iter().filter(move |other| **other == source).count() as u64;
        let is_first = |input: usize| !self.0[..input].contains(&self.0[input]);
        (0..INPUTS).filter(move |&input| is_first(input)).map(move |input| (self.0[input], inputs(self.0[input])))
    }

    /// # Errors
    /// [`Error::InvalidInput`] where the image lacks one of the channels.
    pub(super) fn check(&self, image: &Image) -> Result<()> {
        match self.0.iter().find(|source| **source >= image.channels()) {
            None => Ok(()),
            Some(source) => Err(Error::InvalidInput(format!(
                "`channels` names channel {source}, but the image has {}, counted from 0",
                match image.channels() {
                    1 => "1 channel".into(),
                    channels => format!("{channels} channels"),
                }
            ))),
        }
    }
}

/// Whether the samples of a channel differ.
fn is_in_use(image: &Image, channel: usize) -> bool {
    fn differ<T: PartialEq>(mut samples: impl Iterator<Item = T>) -> bool {
        samples.next().is_some_and(|first| samples.any(|sample| sample != first))
    }
    match image.samples() {
        Samples::U8(samples) => differ(image.channel(samples, channel).iter()),
        Samples::U16(samples) => differ(image.channel(samples, channel).iter()),
        Samples::F32(samples) => differ(image.channel(samples, channel).iter()),
    }
}

impl TryFrom<Vec<usize>> for ChannelMap {
    type Error = Error;

    fn try_from(sources: Vec<usize>) -> Result<Self> {
        if let Some(source) = sources.iter().find(|source| **source >= Image::MAX_CHANNELS) {
            return Err(Error::InvalidInput(format!(
                "`channels` names channel {source}; an image has at most {}",
                Image::MAX_CHANNELS
            )));
        }
        match sources[..] {
            [source] => Ok(Self([source; INPUTS])),
            [red, green, blue] => Ok(Self([red, green, blue])),
            _ => Err(Error::InvalidInput(format!(
                "`channels` must name 1 channel (seen in grey) or 3 (for red, green and blue), not {}",
                sources.len()
            ))),
        }
    }
}

impl From<ChannelMap> for Vec<usize> {
    fn from(map: ChannelMap) -> Self {
        if map.is_grey() { vec![map.0[0]] } else { map.0.to_vec() }
    }
}
