//! Images in memory and in files, and what their samples become for the network: channels and tone.
//!
//! This room knows nothing of tensors; `ops::resize` brings images to a device.

mod byte_statistics;
mod channels;
#[cfg(feature = "image-files")]
mod file_content;
#[expect(clippy::module_inception, reason = "the room is named after its central type, which has a file of its own")]
mod image;
#[cfg(feature = "image-files")]
mod image_file;
mod quantiles;
mod region;
mod single_colour;
mod source;
#[cfg(feature = "image-files")]
mod tiff;
mod tone;
mod tone_sample;

pub use self::image::{Image, ImageShape, SampleFormat, SampleLayout, Samples};
#[cfg(feature = "image-files")]
pub use self::tiff::{PlaneChoice, Projection, TiffFile, TiffPlane};
pub use byte_statistics::{ByteStatistics, PixelSums};
pub use channels::{ChannelMap, INPUTS};
#[cfg(feature = "image-files")]
pub use file_content::FileContent;
#[cfg(feature = "image-files")]
pub use image_file::ImageFile;
pub use region::Region;
pub use source::ImageSource;
pub use tone::{Curve, Curves, Tone};
pub use tone_sample::tone_regions;
