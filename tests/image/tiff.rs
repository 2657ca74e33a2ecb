//! TIFF files, held to what Python's `tifffile` reads of them.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use maskrcnn_web::Result;
use maskrcnn_web::image::{Image, ImageSource, PlaneChoice, Projection, Region, SampleFormat, Samples, TiffFile};
use serde_json::Value;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/tiff").join(name)
}

fn open(name: &str) -> TiffFile {
    TiffFile::open(&path(name)).unwrap_or_else(|error| panic!("{error}"))
}

fn from_bytes(bytes: Vec<u8>) -> Result<TiffFile> {
    TiffFile::from_reader(Box::new(Cursor::new(bytes)), "")
}

/// The message of what must fail.
fn refusal<T>(result: Result<T>) -> String {
    let Err(error) = result else { panic!("nothing is refused") };
    assert_eq!(error.code(), "invalid-input", "{error}");
    error.to_string()
}

fn page(page: usize) -> PlaneChoice {
    PlaneChoice { page: Some(page), ..Default::default() }
}

/// What is expected of the files, by their names.
fn expected() -> serde_json::Map<String, Value> {
    serde_json::from_slice(&std::fs::read(path("expected.json")).unwrap()).unwrap()
}

/// The samples of one channel, in the order of the pixels.
fn channel(image: &Image, channel: usize) -> Vec<f64> {
    let pixels = image.width() * image.height();
    let at = |pixel: usize| match image.layout() {
        maskrcnn_web::image::SampleLayout::Interleaved => pixel * image.channels() + channel,
        maskrcnn_web::image::SampleLayout::Planar => channel * pixels + pixel,
    };
    let sample = |pixel: usize| match image.samples() {
        Samples::U8(samples) => f64::from(samples[at(pixel)]),
        Samples::U16(samples) => f64::from(samples[at(pixel)]),
        Samples::F32(samples) => f64::from(samples[at(pixel)]),
    };
    (0..pixels).map(sample).collect()
}

#[test]
fn files_hold_what_tifffile_reads() {
    let expected = expected();
    assert!(expected.len() > 50);
    for (name, wanted) in expected.iter().filter(|(_, wanted)| wanted.get("refused").is_none()) {
        let file = open(name);
        let count = |field: &str| wanted[field].as_u64().unwrap() as usize;
        assert_eq!((file.width(), file.height()), (count("width"), count("height")), "{name}");
        assert_eq!((file.pages(), file.z(), file.t()), (count("pages"), count("z"), count("t")), "{name}");
        assert_eq!(file.channels(), count("channels"), "{name}");
        assert_eq!(file.is_rgb(), wanted["rgb"], "{name}");
        let names: Vec<_> = wanted["channelNames"].as_array().into_iter().flatten().cloned().collect();
        assert_eq!(file.channel_names(), names, "{name}");
        let format = match file.format() {
            SampleFormat::U8 => "u8",
            SampleFormat::U16 => "u16",
            SampleFormat::F32 => "f32",
        };
        assert_eq!(format, wanted["format"], "{name}");
        match wanted["pixelSize"].as_f64() {
            None => assert_eq!(file.pixel_size(), None, "{name}"),
            Some(size) => assert!((file.pixel_size().expect(name) / size - 1.0).abs() < 1e-9, "{name}"),
        }
        let levels: Vec<_> = file.levels().unwrap().into_iter().map(|(width, height)| vec![width, height]).collect();
        assert_eq!(serde_json::json!(levels), wanted["levels"], "{name}");
        let planes: Vec<Image> = wanted["planes"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, statistics)| {
                let image = file.plane(&page(index)).and_then(|plane| plane.whole());
                let image = image.unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(image.pixel_size(), file.pixel_size(), "{name}");
                check_statistics(&image, statistics, wanted, &format!("{name}, page {index}"));
                image
            })
            .collect();
        for pixel in wanted["pixels"].as_array().unwrap() {
            let at = |field: &str| pixel[field].as_u64().unwrap() as usize;
            let image = &planes[at("page")];
            let found = channel(image, at("channel"))[at("y") * image.width() + at("x")];
            check(found, &pixel["value"], wanted, name);
        }
    }
}

fn check_statistics(image: &Image, statistics: &Value, wanted: &Value, name: &str) {
    let statistics = statistics.as_array().unwrap();
    assert_eq!(image.channels(), statistics.len(), "{name}");
    for (index, statistics) in statistics.iter().enumerate() {
        let samples = channel(image, index);
        check(samples.iter().copied().fold(f64::INFINITY, f64::min), &statistics["min"], wanted, name);
        check(samples.iter().copied().fold(f64::NEG_INFINITY, f64::max), &statistics["max"], wanted, name);
        check(samples.iter().sum::<f64>() / samples.len() as f64, &statistics["mean"], wanted, name);
    }
}

/// Within the tolerance of the file, and what f32 and the digits of a mean round.
fn check(found: f64, wanted: &Value, file: &Value, name: &str) {
    let (wanted, tolerance) = (wanted.as_f64().unwrap(), file["tolerance"].as_f64().unwrap());
    assert!((found - wanted).abs() <= tolerance + 1e-6 + wanted.abs() * 1e-7, "{name}: {found} instead of {wanted}");
}

#[test]
fn what_is_not_supported_is_named() {
    for (name, wanted) in expected() {
        let Some(feature) = wanted["refused"].as_str() else { continue };
        let read = TiffFile::open(&path(&name)).and_then(|file| file.plane(&page(0))?.whole());
        let message = refusal(read);
        assert!(message.contains(feature) && message.contains(&name), "{message}");
    }
}

#[test]
fn regions_are_what_the_whole_has_there() {
    for (name, wanted) in expected().iter().filter(|(_, wanted)| wanted.get("refused").is_none()) {
        let plane = open(name).plane(&PlaneChoice::default()).unwrap();
        let whole = plane.whole().unwrap();
        let (width, height) = (plane.width(), plane.height());
        assert_eq!(plane.channels(), wanted["channels"].as_u64().unwrap() as usize);
        let regions = [
            (0, 0, 1, 1),
            (width - 1, height - 1, 1, 1),
            (width / 3, height / 2, width / 4, height / 3),
            (15, 15, 18, 18),
            (0, height / 2, width, 1),
            (width / 2, 0, 1, height),
        ];
        for (x, y, width, height) in regions {
            let region = Region { x, y, width, height };
            assert_eq!(plane.read(region).unwrap(), whole.crop(region).unwrap(), "{name} {region:?}");
        }
        let outside = Region { x: width, y: 0, width: 1, height: 1 };
        assert!(refusal(plane.read(outside)).contains("within the image"));
    }
}

#[test]
fn axes_choose_planes() {
    let file = open("imagej-hyperstack-u16.tif");
    let whole = |choice: PlaneChoice| file.plane(&choice).unwrap().whole().unwrap();
    for (z, t) in [(0, 0), (2, 0), (1, 1), (2, 1)] {
        let chosen = whole(PlaneChoice { z: Some(z), t: Some(t), ..Default::default() });
        assert_eq!(chosen, whole(page(t * 3 + z)));
    }
    let at_the_end = |choice: PlaneChoice| refusal(file.plane(&choice));
    let message = at_the_end(PlaneChoice { z: Some(3), ..Default::default() });
    assert!(message.contains("there is no z 3: the file has 0 to 2"), "{message}");
    let message = at_the_end(PlaneChoice { t: Some(7), ..Default::default() });
    assert!(message.contains("there is no t 7: the file has 0 to 1"), "{message}");
    assert!(at_the_end(page(6)).contains("there is no page 6: the file has 0 to 5"));
    assert!(at_the_end(PlaneChoice { z: Some(0), ..page(0) }).contains("either a page"));
    let pages = open("pages-u8.tif");
    let message = refusal(pages.plane(&PlaneChoice { z: Some(1), ..Default::default() }));
    assert!(message.contains("it has 5 pages"), "{message}");
    assert!(refusal(pages.plane(&PlaneChoice { level: 1, ..Default::default() })).contains("there is no level 1"));
}

#[test]
fn the_projection_is_the_largest_sample_of_all_slices() {
    for (name, slices) in [("ome-channels-u16.tif", 4), ("pages-u8.tif", 5), ("imagej-one-directory-u16.tif", 3)] {
        let file = open(name);
        let choice = PlaneChoice { projection: Some(Projection::Max), ..Default::default() };
        let projected = file.plane(&choice).unwrap().whole().unwrap();
        for index in 0..file.channels() {
            let all: Vec<_> =
                (0..slices).map(|slice| channel(&file.plane(&page(slice)).unwrap().whole().unwrap(), index)).collect();
            let wanted: Vec<_> =
                (0..all[0].len()).map(|pixel| all.iter().map(|slice| slice[pixel]).fold(0.0, f64::max)).collect();
            assert_eq!(channel(&projected, index), wanted, "{name}");
        }
    }
    let file = open("ome-channels-u16.tif");
    let both = PlaneChoice { z: Some(1), projection: Some(Projection::Max), ..Default::default() };
    assert!(refusal(file.plane(&both)).contains("either it or `z`"));
}

#[test]
fn pages_may_differ_in_size() {
    let file = open("pages-of-two-sizes.tif");
    let plane = file.plane(&page(1)).unwrap();
    assert_eq!((plane.width(), plane.height()), (33, 29));
    let projection = PlaneChoice { projection: Some(Projection::Max), ..Default::default() };
    assert!(refusal(file.plane(&projection)).contains("33×29"));
}

#[test]
fn levels_of_a_pyramid_are_smaller_versions() {
    for name in ["pyramid-sub-ifds-u16.tif", "pyramid-pages-u16.tif"] {
        let file = open(name);
        let whole = channel(&file.plane(&page(0)).unwrap().whole().unwrap(), 0);
        for (level, width, height) in [(1, 100, 76), (2, 50, 38)] {
            let plane = file.plane(&PlaneChoice { level, ..Default::default() }).unwrap().whole().unwrap();
            assert_eq!((plane.width(), plane.height()), (width, height));
            let step = 1 << level;
            let wanted: Vec<_> =
                (0..width * height).map(|pixel| whole[pixel / width * step * 200 + pixel % width * step]).collect();
            assert_eq!(channel(&plane, 0), wanted, "{name}");
        }
        let message = refusal(file.plane(&PlaneChoice { level: 3, ..Default::default() }));
        assert!(message.contains("there is no level 3: the file has 0 to 2"), "{message}");
    }
}

#[test]
fn a_truncated_file_is_refused_or_whole() {
    for name in ["packbits-u8.tif", "bigtiff-be-u16.tif", "ome-xyzct-nm-be-u8.tif", "jpeg-tiled-ycbcr-u8.tif"] {
        let bytes = std::fs::read(path(name)).unwrap();
        for length in (0..bytes.len()).step_by(1 + bytes.len() / 199) {
            let read =
                from_bytes(bytes[..length].to_vec()).and_then(|file| file.plane(&page(0))?.whole().map(|_| file));
            // The directories of some files come before what they describe, and those of others after it.
            if let Ok(file) = read {
                let last = file.plane(&page(file.pages() - 1)).and_then(|plane| plane.whole());
                assert!(last.is_err() || length + 8 > bytes.len() - 64, "{name} cut at {length}");
            }
        }
    }
}
