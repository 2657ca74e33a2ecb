//! `maskrcnn predict`: from images to JSON and overlays.

use std::fs;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use maskrcnn_web::structures::Rle;
use serde_json::Value;

use crate::{
    WEIGHTS, detections, fails, folder, json, maskrcnn, path, pictures, predict, reference, reference_picture, stderr,
    succeeds,
};

#[test]
fn a_picture_gives_json_and_an_overlay() {
    let folder = folder("picture");
    let (picture, overlay, report) = (folder.join("in.png"), folder.join("out.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    succeeds(&predict(&[path(&picture), "--out", path(&overlay), "--json", path(&report)]));

    let report = json(&report);
    let found = &report["pictures"][0];
    assert_eq!((found["width"].as_u64(), found["height"].as_u64()), (Some(151), Some(102)));
    assert_eq!((&found["backend"], &found["dtype"]), (&"cpu".into(), &"f32".into()));
    assert!(found["milliseconds"].as_f64().unwrap() > 0.0);
    let best = &detections(&report)[0];
    assert!((best["score"].as_f64().unwrap() as f32 - reference::<1>("det.scores")[0]).abs() < 1e-3, "{best}");
    let [x1, y1, x2, y2] = reference("det.boxes");
    let bbox: Vec<f32> = serde_json::from_value(best["bbox"].clone()).unwrap();
    for (ours, theirs) in bbox.iter().zip([x1, y1, x2 - x1, y2 - y1]) {
        assert!((ours - theirs).abs() < 0.05, "{best}");
    }
    for detection in detections(&report) {
        assert_eq!(detection["segmentation"]["size"], serde_json::json!([102, 151]));
        let counts = detection["segmentation"]["counts"].as_str().unwrap();
        let mask = Rle::from_compressed(151, 102, counts).unwrap();
        assert_eq!(mask.area() as f64, detection["area"].as_f64().unwrap());
    }

    let (before, after) = (reference_picture(), image::open(&overlay).unwrap().into_rgb8());
    assert_eq!(after.dimensions(), before.dimensions());
    let drawn = before.pixels().zip(after.pixels()).filter(|(before, after)| before != after).count();
    assert!(drawn > 1000, "only {drawn} pixels are drawn");
}

#[test]
fn without_files_to_write_the_json_is_printed() {
    let picture = folder("printed").join("in.png");
    reference_picture().save(&picture).unwrap();
    let output = predict(&[path(&picture), "--max-detections", "3"]);
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(detections(&report).len(), 3);
}

#[test]
fn one_bad_picture_does_not_stop_the_others() {
    let folder = folder("bad_picture");
    let (good, out, report) = (folder.join("good"), folder.join("out"), folder.join("out.json"));
    fs::create_dir(&good).unwrap();
    reference_picture().save(good.join("a.png")).unwrap();
    let bytes = fs::read(good.join("a.png")).unwrap();
    fs::write(good.join("b.png"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(good.join("c.jpg"), "no picture at all").unwrap();
    reference_picture().save(good.join("d.webp")).unwrap();
    fs::write(good.join("notes.txt"), "not looked at").unwrap();

    let output = predict(&[path(&good), "--out", path(&out), "--json", path(&report)]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).matches("error[invalid-input]").count(), 2, "{}", stderr(&output));
    assert!(stderr(&output).ends_with("2 of 4 pictures failed.\n"), "{}", stderr(&output));
    let report = json(&report);
    let codes: Vec<&Value> = pictures(&report).iter().map(|picture| &picture["error"]["code"]).collect();
    assert_eq!(codes, [&Value::Null, &"invalid-input".into(), &"invalid-input".into(), &Value::Null]);
    let mut drawn: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    drawn.sort();
    assert_eq!(drawn, ["a.png", "d.png"]);
}

#[test]
fn a_photograph_is_turned_upright() {
    let folder = folder("orientation");
    let (photograph, report) = (folder.join("in.jpg"), folder.join("out.json"));
    // TIFF, little-endian: one entry, the orientation (0x0112), a short (3), of value 6: a quarter turn.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let lying = image::imageops::rotate270(&reference_picture());
    let mut encoder = JpegEncoder::new_with_quality(fs::File::create(&photograph).unwrap(), 95);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&lying, lying.width(), lying.height(), ExtendedColorType::Rgb8).unwrap();

    succeeds(&predict(&[path(&photograph), "--json", path(&report)]));
    let found = &json(&report)["pictures"][0];
    assert_eq!((found["width"].as_u64(), found["height"].as_u64()), (Some(151), Some(102)));
}

#[test]
fn options_choose_what_comes_out() {
    let folder = folder("options");
    let (picture, labels, report) = (folder.join("in.png"), folder.join("labels.txt"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    fs::write(&labels, (1..91).map(|class| format!("thing {class}\n")).collect::<String>()).unwrap();
    let options = ["--json", path(&report), "--score-threshold", "0.3", "--no-masks", "--labels", path(&labels)];
    succeeds(&predict(&[&[path(&picture)], &options[..]].concat()));
    let report = json(&report);
    assert!(!detections(&report).is_empty());
    for detection in detections(&report) {
        assert!(detection["score"].as_f64().unwrap() > 0.3);
        assert_eq!(detection["label"], format!("thing {}", detection["class_id"]));
        assert!(detection.get("segmentation").is_none());
    }

    let pooled = folder.join("pooled.json");
    succeeds(&predict(&[path(&picture), "--json", path(&pooled), "--pooling", "pool"]));
    assert_ne!(detections(&json(&pooled)), detections(&report));
}

#[test]
fn label_files_may_begin_with_a_byte_order_mark() {
    let folder = folder("byte_order_mark");
    let (picture, report) = (folder.join("in.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    let lines: String = (1..91).map(|class| format!("thing {class}\r\n")).collect();
    let names: Vec<String> = (1..91).map(|class| format!("thing {class}")).collect();
    let array = serde_json::to_string(&names).unwrap();
    // Class 1, 2, 3… in both: the mark would become part of the first name, or break the JSON.
    for (name, text) in [("labels.txt", lines), ("labels.json", array)] {
        let labels = folder.join(name);
        fs::write(&labels, format!("\u{feff}{text}")).unwrap();
        succeeds(&predict(&[path(&picture), "--json", path(&report), "--labels", path(&labels)]));
        let report = json(&report);
        assert!(!detections(&report).is_empty());
        for detection in detections(&report) {
            assert_eq!(detection["label"], format!("thing {}", detection["class_id"]), "{name}");
        }
    }
    let labels = folder.join("utf16.txt");
    fs::write(&labels, "thing\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let output = predict(&[path(&picture), "--json", path(&report), "--labels", path(&labels)]);
    assert!(stderr(&output).contains("UTF-16; save it as UTF-8"), "{}", stderr(&output));
}

#[test]
fn the_cpu_says_that_it_computes_in_single_precision() {
    let folder = folder("dtype");
    let (picture, report) = (folder.join("in.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    let output = predict(&[path(&picture), "--dtype", "f16", "--json", path(&report)]);
    succeeds(&output);
    assert!(stderr(&output).contains("this device does not support f16"), "{}", stderr(&output));
    assert_eq!(json(&report)["pictures"][0]["dtype"], "f32");
}

#[test]
fn labels_must_fit_the_network() {
    let folder = folder("labels");
    let (picture, labels) = (folder.join("in.png"), folder.join("labels.json"));
    reference_picture().save(&picture).unwrap();
    for names in [r#"["one", "two"]"#, "{}", "no JSON"] {
        fs::write(&labels, names).unwrap();
        fails(&predict(&[path(&picture), "--labels", path(&labels)]), "invalid-input");
    }
}

#[test]
fn no_picture_is_written_over() {
    let folder = folder("written_over");
    let (picture, other) = (folder.join("in.png"), folder.join("in.jpg"));
    reference_picture().save(&picture).unwrap();
    reference_picture().save(&other).unwrap();
    let before = fs::read(&picture).unwrap();
    fails(&predict(&[path(&picture), "--out", path(&picture)]), "invalid-input");
    fails(&predict(&[path(&picture), "--out", path(&folder)]), "invalid-input");
    let elsewhere = folder.join("elsewhere");
    succeeds(&predict(&[path(&picture), path(&other), "--out", path(&elsewhere)]));
    assert!(elsewhere.join("in.png").is_file() && elsewhere.join("in.jpg.png").is_file());
    fails(&predict(&[path(&picture), path(&other), "--out", path(&folder.join("one.png"))]), "invalid-input");
    assert_eq!(fs::read(&picture).unwrap(), before);
}

#[test]
fn mistakes_are_told_with_their_code() {
    let folder = folder("mistakes");
    let (picture, damaged) = (folder.join("in.png"), folder.join("damaged.safetensors"));
    reference_picture().save(&picture).unwrap();
    let weights = fs::read(WEIGHTS).unwrap();
    fs::write(&damaged, &weights[..weights.len() / 2]).unwrap();
    let with = |weights: &str| maskrcnn(&["predict", path(&picture), "--backend", "cpu", "--weights", weights]);
    fails(&with("nowhere.safetensors"), "io");
    fails(&with(path(&damaged)), "weights-integrity");
    fails(&with("tests/reference/ops.safetensors"), "weights-incompatible");
    fails(&predict(&[path(&folder.join("nothing"))]), "io");
    fails(&predict(&[path(&picture), "--max-size", "100"]), "invalid-input");
    fails(&predict(&[path(&picture), "--max-detections", "0"]), "invalid-input");
    for wrong in [&["--score-threshold", "2"][..], &["--max-size", "0"], &["--pooling", "max"], &["--nonsense"]] {
        let output = predict(&[&[path(&picture)], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(maskrcnn(&["predict"]).status.code(), Some(2));
}

#[test]
fn large_images_are_cut_into_tiles_at_the_scale_of_their_objects() {
    let (report, example) = (folder("tiles").join("out.json"), concat!(env!("CARGO_MANIFEST_DIR"), "/www/example.png"));
    let tiled = |arguments: &[&str]| {
        let first = ["predict", example, "--backend", "cpu", "--json", path(&report)];
        maskrcnn(&[&first, arguments].concat())
    };
    let output = tiled(&["--tile", "256", "--overlap", "40"]);
    succeeds(&output);
    let found = json(&report)["pictures"][0].clone();
    let (tiles, scale) = (found["tiles"].as_u64().unwrap(), found["scale"].as_f64().unwrap());
    let diameter = found["diameter"].as_f64().unwrap();
    assert!(tiles > 1 && (scale * diameter / 36.0 - 1.0).abs() < 0.05 && found["truncated"] == false, "{found}");
    assert!(stderr(&output).contains(&format!("in {tiles} tiles at scale {scale:.2}")), "{}", stderr(&output));

    succeeds(&tiled(&["--diameter", "10um", "--pixel-size", "0.5", "--max-detections", "7"]));
    let found = json(&report)["pictures"][0].clone();
    assert_eq!((&found["diameter"], &found["tiles"], &found["truncated"]), (&20.0.into(), &1.into(), &true.into()));
    assert_eq!(found["detections"].as_array().unwrap().len(), 7);

    for (arguments, reason) in [
        (["--tile", "none"], "not a choice of tiles"),
        (["--diameter", "large"], "not a diameter"),
        (["--pixel-size", "0"], "not a pixel size"),
        (["--diameter", "9um"], "size of a pixel"),
    ] {
        let output = tiled(&arguments[..]);
        assert!(!output.status.success() && stderr(&output).contains(reason), "{}", stderr(&output));
    }
}
