//! Where tiles are.

use maskrcnn_web::config::InputSettings;
use maskrcnn_web::image::Region;
use maskrcnn_web::structures::{BoundingBox, Size};
use maskrcnn_web::tiling::{Plan, Tile, TileChoice, TilingOptions};
use proptest::prelude::*;

use crate::input;

fn plan(width: usize, height: usize, options: TilingOptions) -> Plan {
    Plan::new(Size { height, width }, &options, &input()).unwrap()
}

fn side(side: usize, overlap: usize) -> TilingOptions {
    TilingOptions { tile: TileChoice::Side(side), overlap: Some(overlap), scale: Some(1.0) }
}

#[test]
fn an_image_that_the_model_takes_is_one_tile_at_the_model_s_own_scale() {
    for (width, height) in [(256, 256), (1408, 1000), (1408, 1408)] {
        let plan = plan(width, height, TilingOptions::default());
        assert_eq!((plan.scale, plan.tiles.len()), (None, 1), "{width}×{height}");
        assert_eq!(plan.tiles[0].region, Region { x: 0, y: 0, width, height });
    }
}

#[test]
fn a_larger_one_is_cut_and_not_shrunk() {
    let slightly_larger = plan(1409, 1409, TilingOptions::default());
    assert_eq!((slightly_larger.scale, slightly_larger.tiles.len()), (Some(1.0), 1));
    for (width, height) in [(1537, 1537), (2048, 2048), (60_000, 1), (1, 60_000), (20_000, 20_000)] {
        let plan = plan(width, height, TilingOptions::default());
        assert!(plan.tiles.len() > 1 && plan.scale.is_some_and(|scale| (scale - 1.0).abs() < 1e-9), "{plan:?}");
    }
}

#[test]
fn a_scale_is_that_of_tiles_also_for_an_image_that_is_not_cut() {
    for (scale, taken) in [(2.4, 32.0 / 13.0), (1.5, 32.0 / 21.0), (0.3, 32.0 / 107.0)] {
        for tile in [TileChoice::Whole, TileChoice::Side(1000)] {
            let options = TilingOptions { tile, scale: Some(scale), ..TilingOptions::default() };
            assert_eq!(plan(1200, 2000, options).scale, Some(taken));
        }
    }
}

#[test]
fn photographs_are_cut_only_where_it_is_asked_for() {
    let photographs = InputSettings::default();
    let size = Size { height: 6000, width: 8000 };
    let whole = Plan::new(size, &TilingOptions::default(), &photographs).unwrap();
    assert_eq!((whole.scale, whole.tiles.len()), (None, 1));
    let asked = TilingOptions { tile: TileChoice::Side(2000), ..TilingOptions::default() };
    let tiles = Plan::new(size, &asked, &photographs).unwrap();
    assert!(tiles.tiles.len() >= 12 && tiles.scale.is_some_and(|scale| (scale - 0.4).abs() < 0.01), "{tiles:?}");
    let never = TilingOptions { tile: TileChoice::Whole, ..TilingOptions::default() };
    assert_eq!(Plan::new(size, &never, &input()).unwrap().tiles.len(), 1);
}

#[test]
fn small_tiles_have_less_in_common_by_default() {
    let overlap =
        |side| plan(2048, 2048, TilingOptions { tile: TileChoice::Side(side), ..TilingOptions::default() }).overlap;
    assert_eq!([256, 400, 576, 1000].map(overlap), [64, 128, 192, 192]);
}

#[test]
fn what_cannot_be_cut_is_rejected_with_what_can() {
    let rejected = |width: usize, height: usize, options: TilingOptions| {
        Plan::new(Size { height, width }, &options, &input()).unwrap_err().to_string()
    };
    assert!(rejected(0, 10, TilingOptions::default()).contains("0×10 pixels"));
    assert!(rejected(1 << 20, 1 << 20, TilingOptions::default()).contains("4294967295"));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = TilingOptions { scale: Some(scale), ..TilingOptions::default() };
        assert!(rejected(2048, 2048, options).contains("scale"));
    }
    assert!(rejected(2048, 2048, side(100, 64)).contains("tiles of 256 to 16384 pixels"));
    assert!(rejected(2048, 2048, side(512, 300)).contains("overlap"));
    assert!(rejected(2048, 2048, side(512, 0)).contains("overlap of at least 32 pixels"));
    assert!(rejected(40_000, 40_000, side(20_000, 64)).contains("16384"));
}

#[test]
fn the_choice_of_tiles_is_a_word_false_or_a_number() {
    let read = |json: &str| serde_json::from_str::<TilingOptions>(json).map(|options| options.tile);
    assert_eq!(read(r#"{ "tile": "auto" }"#).unwrap(), TileChoice::Auto);
    assert_eq!(read(r#"{ "tile": false }"#).unwrap(), TileChoice::Whole);
    assert_eq!(read(r#"{ "tile": 512, "overlap": 64 }"#).unwrap(), TileChoice::Side(512));
    for wrong in ["true", "\"off\"", "-1", "null"] {
        let reason = read(&format!(r#"{{ "tile": {wrong} }}"#)).unwrap_err().to_string();
        assert!(reason.contains("`tile` must be"), "{reason}");
    }
    let words = ["auto", "off", "512"].map(|word| word.parse::<TileChoice>().unwrap());
    assert_eq!(words, [TileChoice::Auto, TileChoice::Whole, TileChoice::Side(512)]);
    assert!("whole".parse::<TileChoice>().is_err());
}

#[test]
fn a_whole_image_splits_as_it_would_be_cut_at_its_scale() {
    for (width, height, scale) in [(1400, 1300, 1.0), (1408, 300, 1.0), (900, 700, 1.6)] {
        let whole = TilingOptions { tile: TileChoice::Whole, scale: Some(scale), ..TilingOptions::default() };
        let whole = plan(width, height, whole);
        let parts = whole.split(0).unwrap();
        assert!(parts.tiles.len() > 1 && parts.scale == whole.scale, "{parts:?}");
        let shared = parts.overlap as f64 * scale;
        assert!((150.0..=224.0).contains(&shared), "{width}×{height}: {shared} pixels of the network's input");
    }
    let small = TilingOptions { tile: TileChoice::Whole, scale: Some(1.0), ..TilingOptions::default() };
    assert_eq!(plan(250, 200, small).split(0), None);
}

proptest! {
    #[test]
    fn tiles_cover_the_image_and_their_cores_do_so_once(
        width in 1_usize..5000,
        height in 1_usize..5000,
        tile in 400_usize..1500,
        overlap in 1_usize..100,
        scale in 0.3_f64..4.0,
    ) {
        let options = TilingOptions { tile: TileChoice::Side(tile), overlap: Some(overlap), scale: Some(scale) };
        let size = Size { height, width };
        let Ok(plan) = Plan::new(size, &options, &input()) else { return Ok(()) };
        let cores: u64 = plan.tiles.iter().map(|tile| tile.core.area()).sum();
        prop_assert_eq!(cores, (width * height) as u64);
        for (index, Tile { region, core }) in plan.tiles.iter().enumerate() {
            prop_assert!(region.check(width, height).is_ok());
            prop_assert_eq!(region.intersection(core), Some(*core));
            prop_assert!(region.width <= tile && region.height <= tile);
            let middle = |start: usize, length: usize| (start as f32 + start as f32 + length as f32) / 2.0;
            let (x, y) = (middle(core.x, core.width), middle(core.y, core.height));
            let bounding_box = BoundingBox { x1: x, y1: y, x2: x, y2: y };
            let within: Vec<usize> = (0..plan.tiles.len()).filter(|&i| plan.is_in_core(i, &bounding_box)).collect();
            prop_assert_eq!(within, vec![index]);
            if plan.tiles.len() == 1 { continue }
            let scale = plan.scale.unwrap();
            for origin in [region.x, region.y] {
                let cells = origin as f64 * scale / 64.0;
                prop_assert!((cells - cells.round()).abs() < 1e-9, "{} at {}", origin, scale);
            }
            let right = plan.tiles.iter().find(|other| other.region.y == region.y && other.core.x == core.x + core.width);
            if let Some(right) = right {
                prop_assert!(region.right() - right.region.x >= overlap, "{:?} {:?}", region, right);
            }
        }
    }

    #[test]
    fn a_tile_splits_into_smaller_ones_until_they_would_be_too_small(tile in 320_usize..1500) {
        let mut plan = plan(3000, 3000, side(tile, 64));
        let mut last = plan.tiles[0].region;
        while let Some(parts) = plan.split(0) {
            prop_assert!(parts.tiles.iter().all(|part| part.region.area() < last.area()));
            prop_assert_eq!((parts.width, parts.height), (last.width, last.height));
            last = parts.tiles[0].region;
            plan = parts;
        }
        prop_assert!(last.width <= 700);
    }
}
