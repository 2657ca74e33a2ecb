//! Images in tiles, by the default model.

use std::collections::HashSet;

use burn::tensor::Device;
use futures_lite::future::block_on;
use image::imageops::{flip_horizontal, flip_vertical, replace};
use image::{RgbImage, load_from_memory};
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::{Request, Segmentation};
use maskrcnn_web::structures::Objects;
use maskrcnn_web::tiling::{Diameter, TileChoice, TilingOptions};
use maskrcnn_web::weights::{Model, ModelFolder, WeightsOptions};
use maskrcnn_web::{Error, Settings};

/// Share of the objects that are as of the whole image, at least.
const AS_WHOLE: f64 = 0.99;

fn nuclei() -> Model {
    let folder = ModelFolder::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models/nuclei").as_ref()).expect("a model");
    folder.load(&WeightsOptions::default(), &Device::flex()).expect("a network")
}

/// The example four times, mirrored at the inner edges: 960×720 pixels, without seams.
fn four_examples() -> Image {
    let example = load_from_memory(&crate::file("www/example.png")).expect("an image").into_rgb8();
    let (width, height) = example.dimensions();
    let mut all = RgbImage::new(2 * width, 2 * height);
    let (right, bottom) = (i64::from(width), i64::from(height));
    replace(&mut all, &example, 0, 0);
    replace(&mut all, &flip_horizontal(&example), right, 0);
    replace(&mut all, &flip_vertical(&example), 0, bottom);
    replace(&mut all, &flip_horizontal(&flip_vertical(&example)), right, bottom);
    Image::from_rgb(all.width() as usize, all.height() as usize, all.as_raw()).expect("an image")
}

fn request<'a>(settings: &'a Settings, tile: TileChoice, overlap: usize) -> Request<'a> {
    let tiling = TilingOptions { tile, overlap: Some(overlap), scale: Some(1.0) };
    Request { settings, tiling, diameter: None, pixel_size: None, max_objects: None }
}

fn segment(model: &Model, image: &Image, request: &Request<'_>) -> Segmentation {
    block_on(model.network.segment(image, request, async |_, _| true)).expect("objects")
}

/// Intersection over union of the masks of two objects of the same image.
fn iou(objects: &Objects, index: usize, others: &Objects, other: usize) -> f64 {
    let pixels = |objects: &Objects, index: usize| -> HashSet<(usize, usize)> {
        let masks = objects.masks.as_ref().expect("masks");
        masks.spans(index).flat_map(|span| (span.start..span.end).map(move |x| (x, span.y))).collect()
    };
    let (own, others) = (pixels(objects, index), pixels(others, other));
    let common = own.intersection(&others).count() as f64;
    common / (own.len() as f64 + others.len() as f64 - common)
}

/// The rule that the documents state: with an overlap that leaves the network the context of an object.
#[test]
fn tiles_give_what_the_whole_image_gives() {
    let mut model = nuclei();
    // The whole image is not to run out of proposals before its tiles do.
    (model.settings.proposals.pre_nms_top_n, model.settings.proposals.post_nms_top_n) = (8192, 2048);
    let image = four_examples();
    let whole = segment(&model, &image, &request(&model.settings, TileChoice::Whole, 192));
    let tiled = segment(&model, &image, &request(&model.settings, TileChoice::Side(576), 192));
    assert_eq!((whole.tiles, whole.scale), (1, 1.0));
    assert!(tiled.tiles > 1 && (tiled.scale - 1.0).abs() < 1e-9, "{} tiles", tiled.tiles);
    let (whole, tiled) = (whole.objects, tiled.objects);
    assert!(whole.len() > 200, "{}", whole.len());
    assert!(whole.len().abs_diff(tiled.len()) <= whole.len() / 100, "{} {}", whole.len(), tiled.len());
    let is_found = |index: &usize| {
        (0..tiled.len()).any(|other| {
            whole.boxes[*index].iou(&tiled.boxes[other]) > 0.5
                && (whole.scores[*index] - tiled.scores[other]).abs() <= 0.01
                && iou(&whole, *index, &tiled, other) >= 0.95
        })
    };
    let found = (0..whole.len()).filter(is_found).count();
    assert!(found as f64 >= AS_WHOLE * whole.len() as f64, "{found} of {}", whole.len());
}

#[test]
fn only_a_limit_that_the_caller_gives_cuts_objects_off_and_says_so() {
    let model = nuclei();
    let image = four_examples();
    let unlimited = request(&model.settings, TileChoice::Side(576), 64);
    let all = segment(&model, &image, &unlimited).objects;
    assert!(!all.truncated);
    let limited = segment(&model, &image, &Request { max_objects: Some(50), ..unlimited }).objects;
    assert!(limited.truncated && limited.len() == 50, "{}", limited.len());
    assert_eq!(limited.scores, all.scores[..50]);
}

#[test]
fn an_image_with_more_objects_than_the_network_gives_at_once_is_cut() {
    let mut model = nuclei();
    // With so few proposals half of the objects have none.
    model.settings.proposals.post_nms_top_n = 130;
    let image = four_examples();
    let whole = segment(&model, &image, &request(&model.settings, TileChoice::Whole, 64));
    let automatic = request(&model.settings, TileChoice::Auto, 64);
    let cut = segment(&model, &image, &automatic);
    assert!(cut.tiles > 1 && cut.objects.len() > whole.objects.len(), "{} {}", cut.tiles, cut.objects.len());
    let limited = segment(&model, &image, &Request { max_objects: Some(1000), ..automatic });
    assert_eq!(limited.tiles, 1, "a limit of the caller's is not exceeded for the network's sake");
}

#[test]
fn a_caller_that_stops_keeps_what_is_done() {
    let model = nuclei();
    let image = four_examples();
    let request = request(&model.settings, TileChoice::Side(576), 64);
    let mut calls = Vec::new();
    let stopped = block_on(model.network.segment(&image, &request, async |done, total| {
        calls.push((done, total));
        done < 1
    }));
    let stopped = stopped.expect("objects");
    assert_eq!(calls, [(0, stopped.tiles), (1, stopped.tiles)]);
    assert!(stopped.done == 1 && !stopped.objects.is_empty());
    assert!(stopped.objects.boxes.iter().all(|found| found.x2 <= 576.0 && found.y2 <= 576.0));
}

#[test]
fn the_diameter_is_taken_from_the_caller_or_a_first_look() {
    let model = nuclei();
    let image = four_examples();
    let trained = model.settings.input.object_diameter.expect("the model has a diameter");
    let tiling = TilingOptions { tile: TileChoice::Side(400), ..TilingOptions::default() };
    let plain = Request { settings: &model.settings, tiling, diameter: None, pixel_size: None, max_objects: None };
    let automatic = segment(&model, &image, &plain);
    let diameter = automatic.diameter.expect("an image in tiles is looked at first");
    assert!((12.0..30.0).contains(&diameter), "{diameter}");
    assert!((automatic.scale * diameter / trained - 1.0).abs() < 0.05, "{} {diameter}", automatic.scale);

    let micrometres = Request { diameter: Some(Diameter::Micrometres(14.0)), pixel_size: Some(0.5), ..plain };
    let given = segment(&model, &image, &Request { tiling: TilingOptions::default(), ..micrometres });
    assert_eq!((given.tiles, given.diameter), (1, Some(28.0)));
    // The nearest scale at which tiles start on whole pixels.
    assert!((given.scale / (trained / 28.0) - 1.0).abs() < 0.02, "{}", given.scale);
    let unknown = Request { pixel_size: None, ..micrometres };
    let refused = block_on(model.network.segment(&image, &unknown, async |_, _| true));
    assert!(matches!(&refused, Err(Error::InvalidInput(reason)) if reason.contains("size of a pixel")), "{refused:?}");
}
