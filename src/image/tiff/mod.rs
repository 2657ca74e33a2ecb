//! TIFF files, as microscopes and slide scanners write them (TIFF 6.0, its technical notes, and BigTIFF).
//!
//! [`TiffFile`] says what a file holds; [`TiffPlane`] is one plane of it, of which regions are read: only the strips and
//! tiles that a region touches are decoded. Directories are read here, because axes, names and lengths are spread over
//! them by conventions of their own (ImageJ's, OME's); what strips and tiles hold is decoded by the `tiff` crate.
//!
//! Files are untrusted: nothing is allocated because a file says so, directories are visited once, and whatever cannot be
//! read ends in an error that names it.

mod bytes;
mod chunk;
mod compression;
mod decoded;
mod directory;
mod file;
mod imagej;
pub(super) mod jpeg;
mod ome;
mod page;
mod pixel_size;
mod plane;
mod stack;
mod tag;

pub use file::TiffFile;
pub use plane::{PlaneChoice, Projection, TiffPlane};
