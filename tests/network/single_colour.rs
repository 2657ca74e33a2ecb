//! The default model on its example, shown in colours as microscopes' software does.

use burn::tensor::Device;
use futures_lite::future::block_on;
use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, load_from_memory};
use maskrcnn_web::image::Image;
use maskrcnn_web::weights::{Model, ModelFolder, WeightsOptions};

/// Nuclei in the example, by the default model.
const NUCLEI: usize = 65;

fn nuclei() -> Model {
    let folder = ModelFolder::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models/nuclei").as_ref()).expect("a model");
    folder.load(&WeightsOptions::default(), &Device::flex()).expect("a network")
}

/// The example, grey values times a colour.
fn example(colour: [f32; 3]) -> RgbImage {
    let picture = load_from_memory(&crate::file("www/example.png")).expect("a picture").into_luma8();
    let shade = |grey: u8| colour.map(|share| (f32::from(grey) * share).round() as u8);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| image::Rgb(shade(picture.get_pixel(x, y)[0])))
}

fn count(model: &Model, picture: &RgbImage) -> usize {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let image = Image::from_rgb(width, height, picture.as_raw()).expect("a picture");
    block_on(model.network.predict(&[image], &model.settings)).expect("detections")[0].items.len()
}

#[test]
fn a_stain_in_any_colour_gives_the_same_nuclei() {
    let model = nuclei();
    for colour in [[1.0; 3], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.4, 1.0]] {
        assert_eq!(count(&model, &example(colour)), NUCLEI, "{colour:?}");
    }
}

#[test]
fn jpeg_costs_a_blue_stain_no_more_than_two_nuclei() {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 85).encode_image(&example([0.0, 0.0, 1.0])).expect("a JPEG");
    let found = count(&nuclei(), &load_from_memory(&jpeg).expect("a picture").into_rgb8());
    assert!(found.abs_diff(NUCLEI) <= 2, "{found} nuclei");
}
