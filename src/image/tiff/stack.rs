//! Which of a file's images belong together: channels, slices and times.

use crate::error::{Error, Result};

/// An axis along which a file has images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Channel,
    Z,
    Time,
}

/// What the images of a file are along three axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stack {
    /// Images that are channels of one plane.
    pub(super) channels: usize,
    pub(super) z: usize,
    pub(super) t: usize,
    /// The image of each channel of each slice of each time, `[t, z, channels]`; `None` where another file has it.
    images: Vec<Option<usize>>,
}

impl Stack {
    /// The axes of images in order, the axis that changes fastest first; axes that are missing have the length 1.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the lengths do not multiply to the number of images.
    pub(super) fn ordered(axes: &[(Axis, usize)], images: usize) -> Result<Self> {
        let mut stack = Self::empty(axes, images)?;
        for image in 0..images {
            let mut rest = image;
            let mut at = [0; 3];
            for &(axis, length) in axes {
                at[axis as usize] = rest % length;
                rest /= length;
            }
            stack.set(at, image);
        }
        Ok(stack)
    }

    /// Axes of these lengths whose images are not known yet.
    ///
    /// # Errors
    /// As [`Stack::ordered`], with the most images there may be.
    pub(super) fn sparse(axes: &[(Axis, usize)], max_images: usize) -> Result<Self> {
        let images = axes.iter().try_fold(1usize, |product, (_, length)| product.checked_mul(*length));
        Self::empty(axes, images.unwrap_or(usize::MAX).min(max_images))
    }

    fn empty(axes: &[(Axis, usize)], images: usize) -> Result<Self> {
        let length = |axis: Axis| axes.iter().find(|(other, _)| *other == axis).map_or(1, |(_, length)| *length);
        let [channels, z, t] = [Axis::Channel, Axis::Z, Axis::Time].map(length);
        let product = channels.checked_mul(z).and_then(|product| product.checked_mul(t));
        if product != Some(images) || images == 0 {
            return Err(Error::InvalidInput(format!(
                "the TIFF is damaged: its metadata names {channels} channels, {z} slices and {t} times, but it has {images} \
                 images"
            )));
        }
        Ok(Self { channels, z, t, images: vec![None; images] })
    }

    /// Says which image is at a channel, a slice and a time; outside of the lengths nothing is set.
    pub(super) fn set(&mut self, [channel, z, t]: [usize; 3], image: usize) {
        if channel < self.channels && z < self.z && t < self.t {
            let at = self.at([channel, z, t]);
            self.images[at] = Some(image);
        }
    }

    /// The image at a channel, a slice and a time, which are within the lengths.
    pub(super) fn image(&self, at: [usize; 3]) -> Option<usize> {
        self.images[self.at(at)]
    }

    fn at(&self, [channel, z, t]: [usize; 3]) -> usize {
        (t * self.z + z) * self.channels + channel
    }
}
