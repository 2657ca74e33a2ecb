//! TIFF files that are truncated or lie about themselves: typed errors, and no more memory than the file is worth.

use std::io::Cursor;

use maskrcnn_web::Result;
use maskrcnn_web::image::{Image, ImageSource, PlaneChoice, Projection, Region, TiffFile};
use proptest::prelude::*;

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// The tag, the type and the only value of a field.
type Field = (u16, u16, u32);

/// A little-endian file of directories; each has fields, sorted by tag, and says where the next one is by its index.
struct Built {
    directories: Vec<(Vec<Field>, Option<usize>)>,
    data: Vec<u8>,
}

impl Built {
    /// Where the data begins.
    const DATA: u32 = 1024;

    fn bytes(&self) -> Vec<u8> {
        let offsets: Vec<_> = self
            .directories
            .iter()
            .scan(8, |at, (fields, _)| {
                let offset = *at;
                *at += 2 + 12 * fields.len() as u32 + 4;
                Some(offset)
            })
            .collect();
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for (fields, next) in &self.directories {
            bytes.extend((fields.len() as u16).to_le_bytes());
            for &(tag, kind, value) in fields {
                bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].as_flattened());
                bytes.extend([1u32.to_le_bytes(), value.to_le_bytes()].as_flattened());
            }
            bytes.extend(next.map_or(0, |next| offsets[next]).to_le_bytes());
        }
        assert!(bytes.len() <= Self::DATA as usize);
        bytes.resize(Self::DATA as usize, 0);
        bytes.extend(&self.data);
        bytes
    }
}

/// The fields of an 8-bit image of one strip.
fn fields(width: u32, height: u32, compression: u32, length: u32) -> Vec<Field> {
    vec![
        (256, LONG, width),
        (257, LONG, height),
        (258, SHORT, 8),
        (259, SHORT, compression),
        (262, SHORT, 1),
        (273, LONG, Built::DATA),
        (277, SHORT, 1),
        (278, LONG, height),
        (279, LONG, length),
    ]
}

/// A file of one image, with some fields changed or added.
fn one(width: u32, height: u32, changes: &[Field], data: Vec<u8>) -> Vec<u8> {
    let mut fields = fields(width, height, 1, data.len() as u32);
    for change in changes {
        fields.retain(|field| field.0 != change.0);
        fields.push(*change);
    }
    fields.sort_unstable();
    Built { directories: vec![(fields, None)], data }.bytes()
}

fn open(bytes: Vec<u8>) -> Result<TiffFile> {
    TiffFile::from_reader(Box::new(Cursor::new(bytes)), "")
}

fn read(bytes: Vec<u8>) -> Result<Image> {
    open(bytes)?.plane(&PlaneChoice::default())?.whole()
}

/// The message of a file that must be refused.
fn refusal(bytes: Vec<u8>) -> String {
    let error = read(bytes).expect_err("it is refused");
    assert_eq!(error.code(), "invalid-input", "{error}");
    error.to_string()
}

#[test]
fn an_honest_file_is_read() {
    let image = read(one(4, 2, &[], (0..8).collect())).unwrap();
    assert_eq!((image.width(), image.height()), (4, 2));
    // Lengths of uncompressed strips may be missing, and a strip may say that it has more rows than there are.
    assert_eq!(read(one(4, 2, &[(279, LONG, 0), (278, LONG, u32::MAX)], (0..8).collect())).unwrap(), image);
}

#[test]
fn a_header_alone_is_no_image() {
    for (bytes, expected) in [
        (&b""[..], "neither II nor MM"),
        (b"II", "neither 42 nor 43"),
        (b"II*\0\x08\0", "its header is cut off"),
        (b"II*\0\0\0\0\0", "it has no directory"),
        (b"MM\0*\0\0\0\x08", "truncated or damaged"),
        (b"II+\0\x08\0\0\0\0\0\0\0\0\0\0\0", "it has no directory"),
        (b"II+\0\x04\0\0\0\x10\0\0\0\0\0\0\0", "neither 42 nor 43"),
    ] {
        let message = refusal(bytes.to_vec());
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn loops_of_directories_are_refused() {
    let image = || fields(4, 2, 1, 8);
    for next in [[Some(0), None], [Some(1), Some(0)], [Some(1), Some(1)]] {
        let directories = next.into_iter().map(|next| (image(), next)).collect();
        let message = refusal(Built { directories, data: vec![0; 8] }.bytes());
        assert!(message.contains("its directories are a loop"), "{message}");
    }
}

#[test]
fn overlapping_directories_are_refused() {
    // Each byte is the start of another directory with tens of thousands of fields.
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.resize(1 << 20, 9);
    let message = refusal(bytes);
    assert!(message.contains("overlap") || message.contains("truncated") || message.contains("loop"), "{message}");
}

#[test]
fn sizes_that_lie_are_refused_before_memory_is_taken() {
    let data = || vec![7; 8];
    let huge = 1 << 31;
    for (changes, expected) in [
        (vec![(256, LONG, 0)], "empty"),
        (vec![(257, LONG, 0)], "empty"),
        (vec![(256, LONG, huge), (257, LONG, huge)], "2³²−1 are supported"),
        (vec![(256, LONG, 16_000), (257, LONG, 16_000), (278, LONG, 16_000)], "truncated"),
        (vec![(256, LONG, 16_000), (257, LONG, 16_000), (278, LONG, 16_000), (259, SHORT, 5)], "cannot come out of"),
        (vec![(256, LONG, 16_000), (257, LONG, 16_000), (278, LONG, 16_000), (259, SHORT, 8)], "cannot come out of"),
        (
            vec![(256, LONG, 16_000), (257, LONG, 16_000), (278, LONG, 16_000), (259, SHORT, 50_000)],
            "cannot come out of",
        ),
        (vec![(277, SHORT, 0)], "0 samples"),
        (vec![(277, SHORT, 65_535)], "65535 samples"),
        (vec![(273, LONG, u32::MAX)], "truncated"),
        (vec![(279, LONG, u32::MAX), (259, SHORT, 5)], "truncated"),
        (vec![(278, LONG, 1)], "take 2 strips, but it names 1"),
        (vec![(322, LONG, 16), (323, LONG, 0)], "empty"),
        (vec![(322, LONG, 16), (323, LONG, 16)], "take 1 tiles, but it names 0"),
        (vec![(258, SHORT, 0)], "0 bits"),
        (vec![(258, SHORT, 24)], "24 bits"),
        (vec![(258, SHORT, 31)], "31 bits"),
        (vec![(284, SHORT, 3)], "planar configuration 3"),
        (vec![(317, SHORT, 9), (259, SHORT, 5)], "predictor 9"),
        (vec![(317, SHORT, 3), (259, SHORT, 5)], "predictor 3"),
        (vec![(262, SHORT, 5)], "CMYK"),
        (vec![(262, SHORT, 3)], "palette has 0 values"),
        (vec![(266, SHORT, 2)], "FillOrder 2"),
        (vec![(259, SHORT, 7)], "no frame"),
        (vec![(256, 12, 4)], "not of whole numbers"),
        (vec![(256, 99, 4)], "not of whole numbers"),
    ] {
        let message = refusal(one(4, 2, &changes, data()));
        assert!(message.contains(expected), "{changes:?}: {message}");
    }
}

#[test]
fn narrow_images_are_read_by_region_only() {
    let plane = open(one(1, 60_000, &[], vec![3; 60_000])).unwrap().plane(&PlaneChoice::default()).unwrap();
    assert_eq!((plane.width(), plane.height()), (1, 60_000));
    assert!(plane.read(Region { x: 0, y: 59_990, width: 1, height: 10 }).is_ok());
    let message = plane.whole().unwrap_err().to_string();
    assert!(message.contains("1×60000 pixels; a side may have at most 16384"), "{message}");
}

/// A file of one image with a description.
fn described(description: &str) -> Vec<u8> {
    let data: Vec<u8> = (0..8).chain(description.bytes()).chain([0]).collect();
    let bytes = one(4, 2, &[(270, 2, Built::DATA + 8), (279, LONG, 8)], data);
    // The count of the text is the only one that is not 1.
    let field = bytes.windows(4).position(|window| window == [14, 1, 2, 0]).unwrap();
    let mut bytes = bytes;
    bytes[field + 4..field + 8].copy_from_slice(&(description.len() as u32 + 1).to_le_bytes());
    bytes
}

#[test]
fn metadata_that_lies_is_refused() {
    let ome = |pixels: &str| {
        format!(
            "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\">{pixels}</OME>"
        )
    };
    let sizes = "DimensionOrder=\"XYCZT\" SizeC=\"1000000\" SizeZ=\"1000000\" SizeT=\"1000000\"";
    for (description, expected) in [
        ("ImageJ=1.5\nimages=1000000000\nslices=1000000000\n".to_owned(), "truncated"),
        ("ImageJ=1.5\nimages=18446744073709551615\nframes=18446744073709551615\n".into(), "truncated"),
        ("{\"shape\": [99999999, 2, 4], \"truncated\": true}".into(), "truncated"),
        (ome(""), "describes no image"),
        ("<OME><Pixels>".into(), "malformed"),
        (ome("<Pixels SizeC=\"1\" SizeZ=\"1\"/>"), "lacks SizeT"),
        (ome(&format!("<Pixels {sizes}/>")), "channels"),
        (ome(&format!("<Pixels {sizes}><TiffData IFD=\"0\"/></Pixels>")), "channels"),
        (ome("<Pixels DimensionOrder=\"XYQ\" SizeC=\"1\" SizeZ=\"1\" SizeT=\"1\"/>"), "unknown order"),
    ] {
        let message = refusal(described(&description));
        assert!(message.contains(expected), "{description}: {message}");
    }
    // Entities that multiply are not expanded without end.
    let bomb = "<!DOCTYPE OME [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><OME>&b;</OME>";
    assert!(read(described(bomb)).is_err());
}

#[test]
fn planes_of_other_files_are_said_to_be_there() {
    let description = "<OME UUID=\"urn:uuid:a\"><Image><Pixels DimensionOrder=\"XYCZT\" SizeC=\"2\" SizeZ=\"1\" SizeT=\"1\">\
                       <TiffData FirstC=\"0\" IFD=\"0\"><UUID>urn:uuid:a</UUID></TiffData>\
                       <TiffData FirstC=\"1\" IFD=\"0\"><UUID>urn:uuid:b</UUID></TiffData></Pixels></Image></OME>";
    let message = refusal(described(description));
    assert!(message.contains("channel 1 of slice 0 at time 0 is in another file"), "{message}");
}

const FILES: [&str; 8] = [
    "bigtiff-be-u16.tif",
    "five-channels-u16.tif",
    "imagej-hyperstack-u16.tif",
    "jpeg-tiled-ycbcr-u8.tif",
    "lzw-predictor2-int8.tif",
    "ome-xyzct-nm-be-u8.tif",
    "pyramid-sub-ifds-u16.tif",
    "zstd-tiled-u16.tif",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_changed_file_is_read_or_refused(
        which in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in prop::option::weighted(0.3, any::<prop::sample::Index>()),
    ) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/tiff").join(FILES[which]);
        let mut bytes = std::fs::read(path).unwrap();
        for (index, value) in changes {
            // Half of the changes are where a file's directories usually are.
            let length = if value % 2 == 0 { bytes.len() } else { bytes.len().min(512) };
            bytes[index.index(length)] = value;
        }
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len()));
        }
        let Ok(file) = open(bytes) else { return Ok(()) };
        let projection = PlaneChoice { projection: Some(Projection::Max), ..Default::default() };
        for choice in [PlaneChoice::default(), PlaneChoice { level: 1, ..Default::default() }, projection] {
            let Ok(plane) = file.plane(&choice) else { continue };
            let (width, height) = (plane.width().min(64), plane.height().min(64));
            if let Err(error) = plane.read(Region { x: 0, y: 0, width, height }) {
                prop_assert_eq!(error.code(), "invalid-input");
            }
        }
    }
}
