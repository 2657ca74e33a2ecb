//! Images in memory and in files.

mod channels;
mod files;
mod samples;
mod source;
mod tiff;
mod tiff_damage;
mod tone;

use maskrcnn_web::error::Error;
use maskrcnn_web::image::{Image, ImageShape, SampleLayout, Samples};

/// A raw image of `channels` channels, one row high, with samples in the given layout.
fn raw(channels: usize, layout: SampleLayout, samples: Samples) -> Image {
    let shape = ImageShape { width: samples.len() / channels, height: 1, channels, layout };
    Image::new(shape, samples).unwrap()
}

/// What an image or a setting is refused for.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.expect_err("it is refused") {
        Error::InvalidInput(reason) => reason,
        other => panic!("{other:?}"),
    }
}
