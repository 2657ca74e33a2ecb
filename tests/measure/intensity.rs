//! Intensities.

use maskrcnn_web::image::{Image, ImageShape, Region, SampleLayout, Samples};
use maskrcnn_web::measure::{Intensities, Measures, channel_names, object_regions};
use maskrcnn_web::structures::{MaskRect, Objects};

use crate::{REFERENCE, assert_near, cases, filled, objects, reference_objects};

/// The samples of `tests/reference/make_measures.py` in a part of its image.
fn image(dtype: &str, layout: SampleLayout, part: MaskRect) -> Image {
    let MaskRect { x, y, width, height } = part;
    let value = |i: usize, channel: usize| {
        let (x, y) = (x + i % width, y + i / width);
        (x * 7919 + y * 104_729 + x * y * 13 + channel * 31337) % 65521
    };
    let pixels = width * height;
    let values: Vec<usize> = match layout {
        SampleLayout::Interleaved => (0..2 * pixels).map(|i| value(i / 2, i % 2)).collect(),
        SampleLayout::Planar => (0..2 * pixels).map(|i| value(i % pixels, i / pixels)).collect(),
    };
    let samples = match dtype {
        "u8" => Samples::U8(values.into_iter().map(|value| (value % 251) as u8).collect()),
        "u16" => Samples::U16(values.into_iter().map(|value| value as u16).collect()),
        _ => Samples::F32(values.into_iter().map(|value| value as f32 / 8.0 - 1000.0).collect()),
    };
    Image::new(ImageShape { width, height, channels: 2, layout }, samples).unwrap()
}

fn whole() -> MaskRect {
    let side = |name: &str| REFERENCE[name].as_u64().unwrap() as usize;
    MaskRect { x: 0, y: 0, width: side("width"), height: side("height") }
}

fn assert_reference(objects: &Objects, intensities: &Intensities, dtype: &str) {
    let measures = Measures::new(objects, Some(intensities), None).unwrap();
    for (index, case) in cases().iter().enumerate() {
        for (statistic, values) in case[dtype].as_object().unwrap() {
            for (channel, name) in ["DAPI", "GFP"].into_iter().enumerate() {
                let column = measures.named(&format!("intensity_{statistic}_{name}")).unwrap();
                assert_near(
                    column.values[index],
                    values[channel].as_f64().unwrap(),
                    &format!("{statistic} of {}", case["name"]),
                );
            }
        }
    }
}

#[test]
fn intensities_are_those_of_scikit_image() {
    let objects = reference_objects();
    let names = ["DAPI".to_owned(), "GFP".to_owned()];
    for dtype in ["u8", "u16", "f32"] {
        for layout in [SampleLayout::Interleaved, SampleLayout::Planar] {
            let intensities = Intensities::of(&objects, &image(dtype, layout, whole()), &names).unwrap();
            assert_reference(&objects, &intensities, dtype);
        }
    }
}

#[test]
fn an_image_can_be_read_region_by_region() {
    let objects = reference_objects();
    for max_pixels in [1, 5000, 1 << 30] {
        let mut intensities = Intensities::new(objects.len(), vec!["DAPI".into(), "GFP".into()]);
        let regions = object_regions(&objects, max_pixels);
        for region in &regions {
            assert!(region.objects.len() == 1 || region.region.area() <= max_pixels);
            let Region { x, y, width, height } = region.region;
            let image = image("u16", SampleLayout::Planar, MaskRect { x, y, width, height });
            intensities.add(objects.masks.as_ref().unwrap(), &region.objects, &image, [x, y]).unwrap();
        }
        let count: usize = regions.iter().map(|region| region.objects.len()).sum();
        assert_eq!(count, objects.len());
        assert_reference(&objects, &intensities, "u16");
    }
    let source = image("u16", SampleLayout::Interleaved, whole());
    let intensities = Intensities::read(&objects, &source).unwrap();
    let column = |names: &[String]| Intensities::of(&objects, &source, names).unwrap();
    assert_eq!(intensities, column(&[]));
}

#[test]
fn objects_that_do_not_fit_the_image_are_an_error() {
    let objects = objects([30, 20], [filled(4, 7, 10, 10)]);
    let part = |width, height| image("u8", SampleLayout::Planar, MaskRect { x: 0, y: 0, width, height });
    let error = Intensities::of(&objects, &part(20, 30), &[]).unwrap_err();
    assert!(error.to_string().contains("30×20"), "{error}");
    let mut intensities = Intensities::new(1, vec!["0".into(), "1".into()]);
    let masks = objects.masks.as_ref().unwrap();
    assert_eq!(intensities.add(masks, &[0], &part(13, 20), [0, 0]).unwrap_err().code(), "invalid-input");
    assert_eq!(intensities.add(masks, &[0], &part(30, 20), [5, 0]).unwrap_err().code(), "invalid-input");
    assert!(intensities.add(masks, &[0], &part(10, 10), [4, 7]).is_ok());
    let mut three = Intensities::new(1, vec!["0".into(); 3]);
    assert_eq!(three.add(masks, &[0], &part(30, 20), [0, 0]).unwrap_err().code(), "invalid-input");
}

#[test]
fn transparency_is_not_measured() {
    let objects = objects([2, 1], [filled(0, 0, 2, 1), filled(1, 0, 1, 1)]);
    let image = Image::from_rgba(2, 1, vec![10, 20, 30, 255, 12, 24, 36, 7]).unwrap();
    let measures = Measures::new(&objects, Some(&Intensities::of(&objects, &image, &[]).unwrap()), None).unwrap();
    assert_eq!(measures.get("intensity_mean_green").unwrap().values, [22.0, 24.0]);
    assert_eq!(measures.get("intensity_sum_blue").unwrap().values, [66.0, 36.0]);
    assert!(measures.get("intensity_mean_3").is_none());
    let grey = Image::from_rgba(2, 1, vec![10, 10, 10, 255, 12, 12, 12, 7]).unwrap();
    let measures = Measures::new(&objects, Some(&Intensities::of(&objects, &grey, &[]).unwrap()), None).unwrap();
    assert_eq!(measures.get("intensity_max_grey").unwrap().values, [12.0, 12.0]);
    assert!(measures.get("intensity_max_red").is_none());
}

#[test]
fn every_channel_has_a_name_of_its_own() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(channel_names(2, &[]), ["0", "1"]);
    assert_eq!(channel_names(3, &[]), ["red", "green", "blue"]);
    assert_eq!(channel_names(3, &names(&["DAPI", "", "DAPI"])), ["DAPI", "1", "DAPI_2"]);
    assert_eq!(channel_names(2, &names(&["DAPI"])), ["0", "1"]);
}
