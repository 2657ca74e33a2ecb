//! Contrast stretching (Gonzalez and Woods, Digital Image Processing, section 3.2): the darkest
//! and the brightest light of a picture become black and white, however dim it was taken.

use super::single_colour;
use crate::config::ContrastSettings;
use crate::structures::Image;

/// Light of a picture has at least so many of a byte's values, lest noise be taken for a picture.
const LEAST_RANGE: usize = 8;

impl ContrastSettings {
    /// The picture with its contrast stretched, all channels alike, so that hues stay.
    ///
    /// A picture in a single saturated colour, as a fluorescence channel is often shown, is first made grey: two
    /// unused channels would otherwise count as darkness, and a network that learnt from grey pictures would see a
    /// third of the light. Only networks whose manifest asks for contrast stretching treat pictures so; torchvision's
    /// see a picture's colours as they are.
    pub fn stretch(&self, image: &Image) -> Image {
        match single_colour::channel(image) {
            Some(channel) => self.stretch_channels(&image.grey(channel)),
            None => self.stretch_channels(image),
        }
    }

    fn stretch_channels(&self, image: &Image) -> Image {
        let mut counts = [0usize; 256];
        for pixel in image.rgba().as_chunks::<4>().0 {
            pixel[..3].iter().for_each(|&byte| counts[usize::from(byte)] += 1);
        }
        let low = quantile(&counts, self.low);
        let high = quantile(&counts, self.high).max(low + LEAST_RANGE);
        let stretched: [u8; 256] = core::array::from_fn(|byte| {
            let light = byte.saturating_sub(low) as f32 / (high - low) as f32;
            (light * 255.0 + 0.5) as u8
        });
        image.map_colours(|byte| stretched[usize::from(byte)])
    }
}

/// The least value that this share of all values, 0..1, does not exceed.
fn quantile(counts: &[usize; 256], share: f32) -> usize {
    let total: usize = counts.iter().sum();
    let wanted = (f64::from(share) * total as f64).ceil() as usize;
    let mut seen = 0;
    let found = counts.iter().position(|count| {
        seen += count;
        seen >= wanted.max(1)
    });
    found.unwrap_or(counts.len() - 1)
}
