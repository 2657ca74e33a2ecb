//! What was found in images, in the formats of other programs: tables, label images, ImageJ's ROIs, GeoJSON for QuPath
//! and COCO's JSON.
//!
//! Everything is written to any [`std::io::Write`] as it is made, so that 100,000 objects need no more memory than a
//! few. An object's number is the same in all of them: its index plus 1.

#[cfg(feature = "coco")]
mod coco;
mod csv;
mod findings;
mod geojson;
mod imagej_roi;
mod label_image;
mod label_png;
mod label_rows;
mod label_tiff;
mod number;
mod outline;
mod zip;

#[cfg(feature = "coco")]
pub use coco::{CocoKind, CocoOptions, CocoSegmentations, CocoWriter};
pub use csv::{CsvOptions, write_csv};
pub use findings::Findings;
pub use geojson::{GeoJsonOptions, QuPathObject, write_geojson};
pub use imagej_roi::write_imagej_rois;
pub use label_image::{LabelBits, LabelImageFormat, LabelImageOptions, write_label_image};
pub use outline::{Part, Ring, outline};

use crate::error::Error;

/// An error of what is written to. Who knows the file puts its path in place of "the output".
fn unwritten(error: impl ToString) -> Error {
    Error::Io { path: "the output".into(), reason: error.to_string() }
}
