//! In which order the images are shown.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::train::{Dataset, Random};

/// The order of the images of a run: epoch after epoch, each of as many images as the data
/// set has, and each in a random order of its own.
///
/// Without weights, an epoch shows each image once. With them, it shows some more than once
/// and leaves others out: each as often as its share of all weights says, rounded up or down by
/// chance (systematic sampling).
#[derive(Debug, Clone)]
pub(crate) struct Order {
    seed: u64,
    /// How often an epoch shows the images up to each one, itself included; the last is their number.
    shares: Vec<f64>,
    epoch: Option<u64>,
    pictures: Vec<usize>,
}

impl Order {
    /// Weights of kinds that no image has are not used; see [`unused_weights`].
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a weight that is not a number of 0 or more, and where all images have
    /// weight 0.
    pub(crate) fn new(dataset: &Dataset, kind_weights: &BTreeMap<String, f32>, seed: u64) -> Result<Self> {
        for (kind, &weight) in kind_weights {
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(Error::InvalidInput(format!("kind `{kind}` has weight {weight}; give 0 or more")));
            }
        }
        let weight = |index| {
            let weight = dataset.kind(index).and_then(|kind| kind_weights.get(kind));
            f64::from(weight.copied().unwrap_or(1.0))
        };
        let total: f64 = (0..dataset.len()).map(weight).sum();
        if total <= 0.0 {
            return Err(Error::InvalidInput("all images have weight 0; give at least one kind a larger weight".into()));
        }
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (0..dataset.len())
            .map(|index| {
                sum += weight(index);
                sum / total * dataset.len() as f64
            })
            .collect();
        if let Some(last) = shares.last_mut() {
            // Not a rounding error less.
            *last = dataset.len() as f64;
        }
        Ok(Self { seed, shares, epoch: None, pictures: Vec::new() })
    }

    /// The image at a position of the run, counted from 0.
    pub(crate) fn picture(&mut self, position: u64) -> usize {
        let length = self.shares.len() as u64;
        let epoch = position / length;
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.pictures = self.draw(epoch);
        }
        self.pictures[(position % length) as usize]
    }

    /// An image of the epoch, each as likely as it is often.
    ///
    /// # Panics
    /// Before [`Order::picture`] was asked for one.
    pub(crate) fn any(&self, random: &mut Random) -> usize {
        self.pictures[random.below(self.pictures.len())]
    }

    fn draw(&self, epoch: u64) -> Vec<usize> {
        let mut random = Random::of_part(self.seed, epoch);
        let length = self.shares.len();
        // Images are as likely to share a draw with one neighbour as with another.
        let offset = f64::from(random.uniform());
        let mut pictures = Vec::with_capacity(length);
        for (picture, share) in self.shares.iter().enumerate() {
            while pictures.len() < length && pictures.len() as f64 + offset < *share {
                pictures.push(picture);
            }
        }
        random.shuffle(&mut pictures);
        pictures
    }
}

/// What to tell of weights that have no effect on this data set: a recipe for several kinds of image may be used on
/// a data set that lacks some of them, or that does not say any. `None` if all have.
pub(crate) fn unused_weights(dataset: &Dataset, kind_weights: &BTreeMap<String, f32>) -> Option<String> {
    let known = |kind: &str| (0..dataset.len()).any(|index| dataset.kind(index) == Some(kind));
    let unused: Vec<String> = kind_weights.keys().filter(|kind| !known(kind)).map(|kind| format!("`{kind}`")).collect();
    (!unused.is_empty()).then(|| {
        let kinds = unused.join(", ");
        format!("loader.kind_weights has no effect for {kinds}: no image of the data set is of that kind")
    })
}
