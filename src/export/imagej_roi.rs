//! ImageJ's regions of interest, in an archive that its ROI Manager opens (`ij/io/RoiDecoder.java`).

use std::io::Write;

use super::Findings;
use super::outline::{Part, Ring, outline};
use super::zip::ZipWriter;
use crate::error::Result;
use crate::structures::BoundingBox;

/// The format's version; with 222 came coordinates in parts of a pixel.
const VERSION: u16 = 227;
/// Bytes of either header.
const HEADER: usize = 64;
const POLYGON: u8 = 0;
const RECTANGLE: u8 = 1;
/// The option that coordinates follow in parts of a pixel.
const SUB_PIXEL: u16 = 128;
/// The largest number of a polygon's corners.
const MAX_CORNERS: usize = u16::MAX as usize;

/// Commands of a path.
const MOVE: f32 = 0.0;
const LINE: f32 = 1.0;
const CLOSE: f32 = 4.0;

/// Writes an archive with a ROI for each object, which is called by its number: a polygon along the edges of the pixels,
/// or a path for an object with holes or of several parts. Objects of a network without masks are rectangles.
///
/// Gives the number of objects that are not in it because they have no pixels.
///
/// # Errors
/// [`crate::Error::Io`] where `out` does not take it, [`crate::Error::InvalidInput`] for an archive over 4 GB.
pub fn write_imagej_rois(image: &Findings<'_>, out: &mut dyn Write) -> Result<usize> {
    let mut archive = ZipWriter::new(out);
    let mut left_out = 0;
    for (index, bounding_box) in image.objects.boxes.iter().enumerate() {
        let number = (index + 1).to_string();
        let parts = match &image.objects.masks {
            Some(masks) => outline(masks, index),
            None => vec![],
        };
        let roi = match &parts[..] {
            [] if image.objects.masks.is_none() => polygon(&corners(bounding_box), &number),
            [] => {
                left_out += 1;
                continue;
            }
            [Part { exterior, holes }] if holes.is_empty() && exterior.len() <= MAX_CORNERS => {
                polygon(&points(exterior), &number)
            }
            parts => path(parts, &number),
        };
        archive.add(&format!("{number}.roi"), &roi)?;
    }
    archive.finish()?;
    Ok(left_out)
}

/// A closed line.
fn polygon(points: &[[f32; 2]], name: &str) -> Vec<u8> {
    let [left, top, ..] = bounds(points);
    let mut roi = header(POLYGON, points);
    put(&mut roi, 16, &(points.len() as u16).to_be_bytes());
    put(&mut roi, 50, &SUB_PIXEL.to_be_bytes());
    for (axis, start) in [left, top].into_iter().enumerate() {
        roi.extend(points.iter().flat_map(|point| short(point[axis].floor() - start).to_be_bytes()));
    }
    for axis in 0..2 {
        roi.extend(points.iter().flat_map(|point| point[axis].to_be_bytes()));
    }
    named(roi, name)
}

/// Several closed lines; what an even number of them encloses is outside.
fn path(parts: &[Part], name: &str) -> Vec<u8> {
    let rings: Vec<Vec<[f32; 2]>> =
        parts.iter().flat_map(|part| std::iter::once(&part.exterior).chain(&part.holes)).map(points).collect();
    let mut steps = Vec::new();
    for ring in &rings {
        for (i, [x, y]) in ring.iter().enumerate() {
            steps.extend([if i == 0 { MOVE } else { LINE }, *x, *y]);
        }
        steps.push(CLOSE);
    }
    let mut roi = header(RECTANGLE, &rings.concat());
    put(&mut roi, 36, &(steps.len() as u32).to_be_bytes());
    roi.extend(steps.into_iter().flat_map(f32::to_be_bytes));
    named(roi, name)
}

/// The first header, without what the kinds of ROI differ in.
fn header(kind: u8, points: &[[f32; 2]]) -> Vec<u8> {
    let [left, top, right, bottom] = bounds(points);
    let mut header = vec![0; HEADER];
    put(&mut header, 0, b"Iout");
    put(&mut header, 4, &VERSION.to_be_bytes());
    header[6] = kind;
    for (i, side) in [top, left, bottom, right].into_iter().enumerate() {
        put(&mut header, 8 + 2 * i, &short(side).to_be_bytes());
    }
    header
}

/// Appends the second header, in which the name's place is, and the name in UTF-16.
fn named(mut roi: Vec<u8>, name: &str) -> Vec<u8> {
    let start = roi.len();
    put(&mut roi, 60, &(start as u32).to_be_bytes());
    roi.resize(start + HEADER, 0);
    put(&mut roi, start + 16, &((start + HEADER) as u32).to_be_bytes());
    put(&mut roi, start + 20, &(name.len() as u32).to_be_bytes());
    roi.extend(name.encode_utf16().flat_map(u16::to_be_bytes));
    roi
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// A coordinate in whole pixels. Beyond 32,767 it wraps, which ImageJ undoes; it is the coordinates in parts of a pixel
/// that it draws.
fn short(coordinate: f32) -> u16 {
    coordinate as i64 as u16
}

/// Left, top, right and bottom in whole pixels.
fn bounds(points: &[[f32; 2]]) -> [f32; 4] {
    let side = |axis: usize| points.iter().map(move |point| point[axis]);
    let min = |axis: usize| side(axis).fold(f32::INFINITY, f32::min).floor();
    let max = |axis: usize| side(axis).fold(f32::NEG_INFINITY, f32::max).ceil();
    [min(0), min(1), max(0), max(1)]
}

fn points(ring: &Ring) -> Vec<[f32; 2]> {
    ring.iter().map(|corner| corner.map(|coordinate| coordinate as f32)).collect()
}

fn corners(bounding_box: &BoundingBox) -> [[f32; 2]; 4] {
    let BoundingBox { x1, y1, x2, y2 } = *bounding_box;
    [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]
}
