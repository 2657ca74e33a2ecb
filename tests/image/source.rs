//! Images that are read by region.

use maskrcnn_web::error::Error;
use maskrcnn_web::image::{
    Image, ImageShape, ImageSource, Region, SampleFormat, SampleLayout, Samples, Tone, tone_regions,
};

use crate::refusal;

/// 4×3 pixels of two channels; a sample says its channel, row and column.
fn image(layout: SampleLayout) -> Image {
    let sample = |channel: usize, row: usize, column: usize| (channel * 100 + row * 10 + column) as u16;
    let pixels = (0..3).flat_map(|row| (0..4).map(move |column| (row, column)));
    let samples: Vec<u16> = match layout {
        SampleLayout::Interleaved => pixels.flat_map(|(y, x)| [sample(0, y, x), sample(1, y, x)]).collect(),
        SampleLayout::Planar => {
            (0..2).flat_map(|channel| pixels.clone().map(move |(y, x)| sample(channel, y, x))).collect()
        }
    };
    Image::new(ImageShape { width: 4, height: 3, channels: 2, layout }, Samples::U16(samples)).unwrap()
}

#[test]
fn a_region_has_all_channels_of_its_pixels() {
    let region = Region { x: 1, y: 1, width: 3, height: 2 };
    let interleaved = image(SampleLayout::Interleaved).read(region).unwrap();
    assert_eq!(interleaved.samples(), &Samples::U16(vec![11, 111, 12, 112, 13, 113, 21, 121, 22, 122, 23, 123]));
    let planar = image(SampleLayout::Planar).read(region).unwrap();
    assert_eq!(planar.samples(), &Samples::U16(vec![11, 12, 13, 21, 22, 23, 111, 112, 113, 121, 122, 123]));
    assert_eq!((planar.width(), planar.height(), planar.channels()), (3, 2, 2));
}

#[test]
fn a_region_keeps_transparency_tone_and_pixel_size() {
    let whole = Image::from_rgba(2, 2, (0..16).collect()).unwrap();
    let tone = Tone::measure(&whole, None, Some(0.0..=1.0)).unwrap();
    let whole = whole.with_pixel_size(0.5).unwrap().with_tone(tone).unwrap();
    let part = whole.read(Region { x: 1, y: 0, width: 1, height: 2 }).unwrap();
    assert_eq!(part.as_rgba(), Some(&[4, 5, 6, 7, 12, 13, 14, 15][..]));
    assert_eq!((part.tone(), part.pixel_size()), (Some(&tone), Some(0.5)));
}

#[test]
fn a_region_that_is_not_within_the_image_is_refused() {
    let image = image(SampleLayout::Planar);
    for (x, y, width, height) in [(0, 0, 0, 1), (0, 0, 1, 0), (2, 0, 3, 1), (0, 3, 1, 1), (usize::MAX, 0, 2, 1)] {
        let reason = refusal(image.read(Region { x, y, width, height }));
        assert!(reason.contains("within the image of 4×3 pixels"), "{reason}");
    }
}

#[test]
fn a_tone_is_the_same_after_json() {
    let tone = Tone::measure(
        &image(SampleLayout::Planar).crop(Region { x: 0, y: 0, width: 4, height: 3 }).unwrap(),
        Some(&vec![1].try_into().unwrap()),
        Some(0.01..=0.99),
    )
    .unwrap();
    let json = serde_json::to_string(&tone).unwrap();
    assert_eq!(serde_json::from_str::<Tone>(&json).unwrap(), tone, "{json}");
    for wrong in [
        r#"{ "channels": [0], "format": "u8", "black": 5, "white": 5 }"#,
        r#"{ "channels": [0], "format": "u8", "black": 0, "white": 1e39 }"#,
        r#"{ "channels": [0, 1], "format": "u8", "black": 0, "white": 1 }"#,
        r#"{ "channels": [0], "format": "u32", "black": 0, "white": 1 }"#,
    ] {
        assert!(serde_json::from_str::<Tone>(wrong).is_err(), "{wrong}");
    }
}

/// An image in a file: only regions can be read.
struct File<'a>(&'a Image);

impl ImageSource for File<'_> {
    fn width(&self) -> usize {
        self.0.width()
    }
    fn height(&self) -> usize {
        self.0.height()
    }
    fn channels(&self) -> usize {
        self.0.channels()
    }
    fn format(&self) -> SampleFormat {
        self.0.samples().format()
    }
    fn pixel_size(&self) -> Option<f64> {
        self.0.pixel_size()
    }
    fn channel_names(&self) -> &[String] {
        &[]
    }
    fn read(&self, region: Region) -> Result<Image, Error> {
        self.0.crop(region)
    }
}

#[test]
fn the_tone_of_a_file_is_that_of_the_image() {
    for layout in [SampleLayout::Interleaved, SampleLayout::Planar] {
        let image = image(layout);
        let (channels, contrast) = (vec![1].try_into().unwrap(), Some(0.1..=0.9));
        let tone = Tone::measure(&image, Some(&channels), contrast.clone()).unwrap();
        assert_eq!(Tone::of_source(&File(&image), Some(&channels), contrast), Ok(tone));
    }
}

#[test]
fn the_regions_for_the_tone_of_a_large_image_are_spread_evenly() {
    assert_eq!(tone_regions(4000, 3000), [Region { x: 0, y: 0, width: 4000, height: 3000 }]);
    for (width, height) in [(20_000, 20_000), (60_000, 1), (1, 60_000), (100_000, 700), (16_385, 16_385)] {
        let regions = tone_regions(width, height);
        assert!((16..=64).contains(&regions.len()), "{width}×{height}: {}", regions.len());
        let first = regions[0];
        for region in &regions {
            region.check(width, height).unwrap();
            assert_eq!((region.width, region.height), (first.width, first.height));
        }
        // One below the other, they are an image.
        assert!(regions.iter().map(|region| region.height).sum::<usize>() <= Image::MAX_SIDE, "{width}×{height}");
        let right = regions.iter().map(Region::right).max();
        let bottom = regions.iter().map(Region::bottom).max();
        assert_eq!((first.x, right), (0, Some(width)), "{width}×{height}");
        assert!(bottom == Some(height) || height < 1024, "{width}×{height}");
    }
}

#[test]
fn only_images_of_one_kind_are_stacked() {
    let interleaved = image(SampleLayout::Interleaved);
    let stacked = Image::stacked(&[interleaved.clone(), interleaved.clone()]).unwrap();
    assert_eq!((stacked.width(), stacked.height()), (4, 6));
    let bytes = Image::from_rgba(4, 3, vec![0; 48]).unwrap();
    for wrong in [vec![], vec![interleaved.clone(), image(SampleLayout::Planar)], vec![interleaved, bytes]] {
        assert!(refusal(Image::stacked(&wrong)).contains("stacked"));
    }
}
