//! `maskrcnn predict`: which plane and which channels of a TIFF are looked at.

use std::path::Path;

use serde_json::{Value, json};

use crate::{fails, folder, json, path, pictures, predict, stderr, succeeds};

const STACK: &str = "ome-channels-u16.tif";

fn fixture(name: &str) -> String {
    format!("{}/tests/image/tiff/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What the report says was taken of an image, with these options.
fn taken(name: &str, options: &[&str]) -> Value {
    let report = folder(&format!("planes-{}", options.join("").replace('-', ""))).join("out.json");
    succeeds(&predict(&[&[fixture(name).as_str(), "--json", path(&report)], options].concat()));
    pictures(&json(Path::new(&report)))[0]["input"].clone()
}

#[test]
fn channel_slice_and_time_are_those_asked_for() {
    let gfp = json!({ "channels": [1], "channel_names": ["GFP"], "z": 2, "t": 1, "pixel_size": 0.325 });
    assert_eq!(taken(STACK, &["--channel", "GFP", "--z", "2", "--t", "1"]), gfp);
    assert_eq!(taken(STACK, &["--channel", "1", "--page", "6"]), gfp);
    let first = json!({ "channels": [0], "channel_names": ["DAPI"], "z": 0, "t": 0, "pixel_size": 0.325 });
    assert_eq!(taken(STACK, &["--channel", "DAPI"]), first);
    let projected = taken(STACK, &["--channel", "0", "--projection", "max", "--t", "1"]);
    assert_eq!((&projected["projection"], &projected["t"], projected.get("z")), (&json!("max"), &json!(1), None));
    let three = taken(STACK, &["--channel", "2,1,0"]);
    assert_eq!((&three["channels"], &three["channel_names"]), (&json!([2, 1, 0]), &json!(["mCherry", "GFP", "DAPI"])));
}

#[test]
fn a_single_channel_in_use_is_taken_and_a_slide_says_its_pixel_size() {
    assert_eq!(taken("imagej-one-in-use-u8.tif", &[])["channels"], json!([1]));
    assert_eq!(taken("aperio-u8.tif", &[])["pixel_size"], 0.499);
}

#[test]
fn what_is_not_there_is_named() {
    for (options, expected) in [
        (&["--channel", "Cy5"][..], "0 DAPI, 1 GFP, 2 mCherry"),
        (&["--channel", "3"], "3"),
        (&["--channel", "0", "--z", "4"], "4"),
        (&["--channel", "0", "--t", "2"], "2"),
        (&["--channel", "0", "--page", "8"], "8"),
        (&[], "--channel"),
    ] {
        let output = predict(&[&[fixture(STACK).as_str()], options].concat());
        fails(&output, "invalid-input");
        assert!(stderr(&output).contains(expected), "{options:?}: {}", stderr(&output));
    }
    let picture = predict(&[concat!(env!("CARGO_MANIFEST_DIR"), "/www/example.png"), "--page", "1"]);
    fails(&picture, "invalid-input");
}
