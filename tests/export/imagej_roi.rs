//! ImageJ's ROIs.

use std::io::{Cursor, Read};

use maskrcnn_web::export::write_imagej_rois;
use maskrcnn_web::structures::Objects;
use zip::ZipArchive;

use crate::{Full, boxes_only, filled, findings, objects};

fn archive(objects: &Objects) -> ZipArchive<Cursor<Vec<u8>>> {
    let mut bytes = Vec::new();
    write_imagej_rois(&findings(objects), &mut bytes).unwrap();
    ZipArchive::new(Cursor::new(bytes)).unwrap()
}

fn roi(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_box_without_a_mask_is_a_rectangle() {
    let roi = roi(&mut archive(&boxes_only()), "1.roi");
    assert_eq!((&roi[..4], roi[6], &roi[16..18]), (&b"Iout"[..], 0, &[0, 4][..]));
    // Top, left, bottom and right in whole pixels.
    assert_eq!(roi[8..16], [0, 2, 0, 1, 0, 8, 0, 4]);
    let floats = roi[64 + 16..64 + 48].as_chunks::<4>().0.iter().map(|&bytes| f32::from_be_bytes(bytes));
    assert_eq!(floats.collect::<Vec<_>>(), [1.5, 4.0, 4.0, 1.5, 2.0, 2.0, 8.0, 8.0]);
}

#[test]
fn an_archive_holds_more_files_than_16_bits_count() {
    let mut archive = archive(&objects([300, 300], (0..70_000).map(|i| filled(i % 300, i / 300, 1, 1))));
    assert_eq!(archive.len(), 70_000);
    assert_eq!(roi(&mut archive, "70000.roi")[..4], *b"Iout");
}

#[test]
fn an_outline_of_very_many_corners_is_a_path() {
    // A comb: four corners a tooth.
    let width = 40_001;
    let pixels = (0..2 * width).map(|i| u8::from(i >= width || i % 2 == 0)).collect();
    let (rect, _) = filled(0, 0, width, 2);
    let roi = roi(&mut archive(&objects([50_000, 3], [(rect, pixels)])), "1.roi");
    let steps = u32::from_be_bytes(*roi[36..].first_chunk().unwrap());
    assert_eq!((roi[6], steps), (1, 3 * 80_004 + 1));
}

#[test]
fn what_cannot_be_written_is_an_error() {
    assert_eq!(write_imagej_rois(&findings(&boxes_only()), &mut Full).unwrap_err().code(), "io");
}
