//! `maskrcnn convert`: from checkpoints to models' folders.

use std::fs;
use std::path::Path;

use maskrcnn_web::weights::{Precision, WeightsOptions, convert};
use serde_json::Value;

use crate::{WEIGHTS, detections, fails, folder, json, maskrcnn, path, reference_picture, succeeds};

#[test]
fn a_converted_model_brings_its_settings_and_labels() {
    let folder = folder("converted");
    let (model, labels, report) = (folder.join("beasts"), folder.join("labels.txt"), folder.join("out.json"));
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let names: Vec<String> = (1..91).map(|class| format!("beast {class}")).collect();
    fs::write(&labels, names.join("\n")).unwrap();
    succeeds(&maskrcnn(&["convert", "--weights", WEIGHTS, "--out", path(&model), "--labels", path(&labels)]));
    let manifest_file = model.join("manifest.json");
    let mut manifest = json(&manifest_file);
    assert_eq!(manifest["weights"][0]["file"], "beasts.safetensors");
    assert!(fs::metadata(model.join("beasts.safetensors")).unwrap().len() < fs::metadata(WEIGHTS).unwrap().len());

    manifest["settings"]["input"]["minSize"] = 128.into();
    manifest["settings"]["detections"]["maxDetections"] = 4.into();
    manifest["licence"] = "CC0".into();
    manifest["accuracy"] = serde_json::json!({"AP": 0.5});
    fs::write(&manifest_file, manifest.to_string()).unwrap();
    // Converted once more it keeps what was written into it, but for what was measured on other weights.
    succeeds(&maskrcnn(&["convert", "--weights", WEIGHTS, "--out", path(&model)]));
    assert_eq!(json(&manifest_file)["licence"], "CC0");
    assert!(json(&manifest_file).get("accuracy").is_none());

    let predict =
        |arguments: &[&str]| maskrcnn(&[&["predict", path(&picture), "--backend", "cpu"], arguments].concat());
    succeeds(&predict(&["--model", path(&model), "--json", path(&report)]));
    let report = json(&report);
    assert_eq!(detections(&report).len(), 4);
    assert_eq!(detections(&report)[0]["label"], format!("beast {}", detections(&report)[0]["class_id"]));
    let output = predict(&["--model", path(&manifest_file), "--weights", WEIGHTS, "--max-detections", "3"]);
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(detections(&report).len(), 3);

    fails(
        &predict(&["--model", path(&model), "--weights", "tests/reference/tiny_v2.safetensors"]),
        "weights-incompatible",
    );
    let mut bytes = fs::read(model.join("beasts.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(model.join("beasts.safetensors"), bytes).unwrap();
    fails(&predict(&["--model", path(&model)]), "weights-integrity");
    fails(&predict(&["--model", path(&folder.join("nowhere"))]), "io");
}

/// The detections of a model on the reference's image.
fn detected(model: &Path, picture: &Path) -> Vec<(u64, f64)> {
    let limits = ["--min-size", "128", "--max-detections", "10", "--backend", "cpu"];
    let output = maskrcnn(&[&["predict", path(picture), "--model", path(model)], &limits[..]].concat());
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = detections(&report).iter();
    found.map(|item| (item["class_id"].as_u64().unwrap(), item["score"].as_f64().unwrap())).collect()
}

#[test]
fn a_checkpoint_is_converted_to_any_precision_and_to_parts() {
    let folder = folder("precisions");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let full = folder.join("f32");
    let convert = |model: &Path, options: &[&str]| {
        succeeds(&maskrcnn(&[&["convert", "--weights", WEIGHTS, "--out", path(model)], options].concat()));
        json(&model.join("manifest.json"))
    };
    // 1.3 MB in f32: two parts, which are one when joined.
    let manifest = convert(&full, &["--precision", "f32", "--shard-mb", "1", "--name", "a b", "--licence", "CC0-1.0"]);
    assert_eq!((&manifest["name"], &manifest["licence"]), (&"a b".into(), &"CC0-1.0".into()));
    let files: Vec<&str> =
        manifest["weights"].as_array().unwrap().iter().map(|part| part["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["a-b-001-of-002.bin", "a-b-002-of-002.bin"]);
    assert_eq!(manifest["weights"][0]["bytes"], 1_000_000);
    let exact = detected(&full, &picture);
    assert_eq!(exact.len(), 10);

    for (precision, bytes, tolerance) in [("f16", 800_000, 0.1), ("int8", 480_000, 0.3)] {
        let model = folder.join(precision);
        let manifest = convert(&model, &["--precision", precision]);
        assert_eq!(manifest["precision"], precision);
        assert!(manifest["weights"][0]["bytes"].as_u64().unwrap() < bytes, "{manifest}");
        let best = detected(&model, &picture)[0];
        assert!((best.1 - exact[0].1).abs() < tolerance, "{precision}: {best:?} and {:?}", exact[0]);
    }

    // The parts of the former weights do not stay behind.
    convert(&full, &["--precision", "int8"]);
    let mut left: Vec<_> = fs::read_dir(&full).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a-b.safetensors", "manifest.json"]);
}

#[test]
fn the_library_makes_the_same_folder() {
    let model = folder("library").join("mine");
    for weights in [WEIGHTS, "tests/reference/micro.pth", "tests/reference/detectron2.pkl"] {
        drop(fs::remove_dir_all(&model));
        succeeds(&maskrcnn(&["convert", "--weights", weights, "--out", path(&model)]));
        let converted =
            convert(fs::read(weights).unwrap(), Precision::F16, "mine", None, &WeightsOptions::default()).unwrap();
        assert!(converted.manifest.to_json().unwrap() == fs::read(model.join("manifest.json")).unwrap(), "{weights}");
        assert!(converted.weights == fs::read(model.join("mine.safetensors")).unwrap(), "{weights}");
    }
}

#[test]
fn detectron2s_checkpoint_is_converted() {
    let folder = folder("detectron2");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let weights = "tests/reference/detectron2.pkl";
    succeeds(&maskrcnn(&["convert", "--weights", weights, "--out", path(&folder.join("model")), "--precision", "f32"]));
    let manifest = json(&folder.join("model/manifest.json"));
    assert_eq!(manifest["architecture"], "resnet-1-2-1-1_fpn_detectron2 (narrow)");
    assert_eq!(manifest["labels"].as_array().unwrap().len(), 6);
    let converted = detected(&folder.join("model"), &picture);
    let output = maskrcnn(&["predict", path(&picture), "--weights", weights, "--min-size", "128", "--backend", "cpu"]);
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(converted[0].1, detections(&report)[0]["score"].as_f64().unwrap());
}
