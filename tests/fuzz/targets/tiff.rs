//! TIFF files: their directories, metadata, strips and tiles.

#![no_main]

use std::io::Cursor;

use maskrcnn_web::image::{ImageSource, PlaneChoice, Projection, Region, TiffFile};

/// Longest side of a region that is read.
const MAX_SIDE: usize = 64;
/// Planes and levels of a file that are read.
const MAX_PLANES: usize = 3;
/// The most channels of an image that is read.
const MAX_CHANNELS: usize = 16;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = TiffFile::from_reader(Box::new(Cursor::new(bytes.to_vec())), "") else { return };
    assert!(file.pages() >= file.z() * file.t());
    assert!(file.channel_names().is_empty() || file.channel_names().len() == file.channels());
    assert!(file.pixel_size().is_none_or(|size| size.is_finite() && size > 0.0));
    let levels = file.levels().map_or(1, |levels| levels.len());
    let pages = (0..file.pages().min(MAX_PLANES)).map(|page| PlaneChoice { page: Some(page), ..Default::default() });
    let levels = (1..levels.min(MAX_PLANES)).map(|level| PlaneChoice { level, ..Default::default() });
    let projection = PlaneChoice { projection: Some(Projection::Max), ..Default::default() };
    let projection = (file.pages() <= MAX_PLANES).then_some(projection);
    for choice in pages.chain(levels).chain(projection) {
        let Ok(plane) = file.plane(&choice) else { continue };
        if plane.channels() > MAX_CHANNELS {
            continue;
        }
        let (width, height) = (plane.width().min(MAX_SIDE), plane.height().min(MAX_SIDE));
        for (x, y) in [(0, 0), (plane.width() - width, plane.height() - height)] {
            if let Ok(image) = plane.read(Region { x, y, width, height }) {
                assert_eq!((image.width(), image.height()), (width, height));
                assert_eq!((image.channels(), image.samples().format()), (plane.channels(), plane.format()));
            }
        }
    }
});
