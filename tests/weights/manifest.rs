//! Models with a manifest: what it must say, and that the files are what it says.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device};
use maskrcnn_web::config::{ContrastSettings, Preset, RoiPooling};
use maskrcnn_web::weights::{Manifest, ModelFolder, StateDict, WeightsFile, WeightsOptions, half_precision};
use maskrcnn_web::{Error, Layout, Settings};
use safetensors::Dtype;
use serde_json::{Value, json};

use crate::fixtures::{one_tensor, ones, reference, shapes};

fn nuclei() -> Preset {
    Preset::named("nuclei").unwrap()
}

fn manifest() -> Manifest {
    let Preset { layout, settings } = nuclei();
    let mut manifest = Manifest::new("nuclei", &layout, settings, vec!["background".into(), "nucleus".into()]);
    manifest.weights = vec![WeightsFile::of("nuclei.safetensors", b"abc")];
    manifest
}

/// The manifest with the value at a JSON pointer replaced.
fn with(pointer: &str, value: Value) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&manifest().to_json().unwrap()).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    serde_json::to_vec(&json).unwrap()
}

/// A model's folder with these files, each a part of the checkpoint.
fn folder(name: &str, parts: &[&[u8]]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifest").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let mut manifest = manifest();
    manifest.weights.clear();
    for (i, part) in parts.iter().enumerate() {
        let file = format!("part-{i}");
        fs::write(folder.join(&file), part).unwrap();
        manifest.weights.push(WeightsFile::of(&file, part));
    }
    fs::write(folder.join(ModelFolder::MANIFEST), manifest.to_json().unwrap()).unwrap();
    folder
}

#[test]
fn a_manifest_survives_being_written() {
    assert_eq!(Manifest::from_json(&manifest().to_json().unwrap()).unwrap(), manifest());
}

/// The hash of "abc" is that of FIPS 180-4's first example.
#[test]
fn the_hash_is_sha_256() {
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(manifest().weights[0].sha256, hash);
}

/// The default model's manifest as version 1 of the format had it.
#[test]
fn version_1_still_reads() {
    let manifest = Manifest::from_json(&reference("manifest_v1.json")).unwrap();
    assert_eq!((manifest.version, manifest.architecture.as_str()), (2, ""));
    let Settings { input, proposals, detections, .. } = &manifest.settings;
    assert_eq!((input.min_size, input.max_size, input.min_scale), (704, 1408, 1.0));
    assert_eq!(input.contrast, Some(ContrastSettings { low: 0.01, high: 0.998 }));
    assert_eq!((proposals.post_nms_top_n, proposals.nms_threshold), (1000, 0.7));
    assert_eq!((detections.max_detections, detections.pooling), (500, RoiPooling::Aligned));
    manifest.check_layout(&nuclei().layout).unwrap();
    let written = manifest.to_json().unwrap();
    assert_eq!(Manifest::from_json(&written).unwrap(), manifest);
}

#[test]
fn weights_of_another_network_are_incompatible() {
    let Preset { layout, .. } = nuclei();
    manifest().check_layout(&layout).unwrap();
    let refusal = manifest().check_layout(&Layout::resnet50_fpn()).unwrap_err();
    assert_eq!(refusal.code(), "weights-incompatible");
    let names = ["`resnet-2-3-3-2_fpn (narrow)`", "`resnet50_fpn`"];
    assert!(names.iter().all(|name| refusal.to_string().contains(name)), "{refusal}");
    let three = Layout { num_classes: 3, ..layout };
    assert_eq!(manifest().check_layout(&three).unwrap_err().code(), "weights-incompatible");
}

#[test]
fn impossible_values_are_named() {
    for (pointer, value, field) in [
        ("/labels", json!(["background"]), "labels"),
        ("/settings/input/minSize", json!(0), "input.minSize"),
        ("/settings/input/maxSize", json!(100), "input.maxSize"),
        ("/settings/input/minScale", json!(-1), "input.minScale"),
        ("/settings/input/contrast/low", json!(0.999), "input.contrast.low"),
        ("/settings/input/contrast/high", json!(1.5), "input.contrast.high"),
        ("/settings/input/std/1", json!(0), "input.std[1]"),
        ("/settings/anchors/sizes/4", json!(-16), "anchors.sizes[4]"),
        ("/settings/anchors/aspectRatios/0", json!(0), "anchors.aspectRatios[0]"),
        ("/settings/proposals/preNmsTopN", json!(0), "proposals.preNmsTopN"),
        ("/settings/detections/scoreThreshold", json!(1.5), "detections.scoreThreshold"),
        ("/settings/detections/maxDetections", json!(1001), "detections.maxDetections"),
        ("/weights", json!([]), "weights"),
        ("/weights/0/file", json!("../elsewhere"), "weights.file"),
        ("/weights/0/file", json!("/elsewhere"), "weights.file"),
        ("/weights/0/sha256", json!("BA78"), "weights.sha256"),
    ] {
        let error = Manifest::from_json(&with(pointer, value)).unwrap_err();
        assert_eq!(error.code(), "weights-integrity");
        assert!(error.to_string().contains(&format!("`{field}`")), "{error}");
    }
}

#[test]
fn what_is_no_manifest_is_refused() {
    for json in [&b""[..], b"{}", b"no JSON", br#"{"version": 1}"#, br#"{"version": 2}"#] {
        assert_eq!(Manifest::from_json(json).unwrap_err().code(), "weights-integrity");
    }
    let newer = Manifest::from_json(br#"{"version": 3, "something": "new"}"#).unwrap_err();
    assert_eq!(newer.code(), "weights-incompatible");
}

#[test]
fn parts_make_one_checkpoint() {
    let whole = ones(&shapes("nuclei"));
    let (first, second) = whole.split_at(whole.len() / 3);
    let model = ModelFolder::open(&folder("parts", &[first, second])).unwrap();
    assert!(model.weights().unwrap() == whole);
    let loaded = model.load(&WeightsOptions::default(), &Device::flex()).unwrap();
    let Preset { layout, settings } = nuclei();
    assert_eq!((loaded.network.layout(), &loaded.settings), (&layout, &settings));
}

#[test]
fn altered_files_are_damaged() {
    let folder = folder("altered", &[b"some", b"weights"]);
    let refusal = |bytes: &[u8]| {
        fs::write(folder.join("part-1"), bytes).unwrap();
        ModelFolder::open(&folder.join(ModelFolder::MANIFEST)).unwrap().weights().unwrap_err()
    };
    for altered in [&b"weighty"[..], b"weight", b""] {
        let error = refusal(altered);
        assert!(error.code() == "weights-integrity" && error.to_string().contains("part-1"), "{error}");
    }
    fs::remove_file(folder.join("part-1")).unwrap();
    let missing = ModelFolder::open(&folder).unwrap().weights().unwrap_err();
    assert!(matches!(missing, Error::Io { .. }), "{missing}");
    assert!(matches!(ModelFolder::open(&folder.join("nowhere")), Err(Error::Io { .. })));
}

#[test]
fn half_precision_keeps_names_and_small_tensors() {
    let full = StateDict::from_bytes(reference("micro.safetensors")).unwrap();
    let half = StateDict::from_bytes(half_precision(&full).unwrap()).unwrap();
    assert_eq!(half.len(), full.len());
    for ((name, ours), (_, theirs)) in half.iter().zip(full.iter()) {
        let dtype = if theirs.shape().len() < 2 { DType::F32 } else { DType::F16 };
        assert_eq!((ours.dtype(), ours.shape()), (dtype, theirs.shape()), "{name}");
        // The numbers of the micro network are made so that f16 holds them.
        assert_eq!(ours.to_f32().unwrap(), theirs.to_f32().unwrap(), "{name}");
    }
}

#[test]
fn half_precision_keeps_counters_and_refuses_what_is_too_large() {
    let counter = one_tensor(Dtype::I64, &[], &7_i64.to_le_bytes());
    let half = StateDict::from_bytes(half_precision(&StateDict::from_bytes(counter).unwrap()).unwrap()).unwrap();
    assert_eq!(half.get("tensor").unwrap().to_bytes().unwrap(), 7_i64.to_le_bytes());
    let large = one_tensor(Dtype::F32, &[1, 1], &1e5_f32.to_le_bytes());
    let error = half_precision(&StateDict::from_bytes(large).unwrap()).unwrap_err();
    assert!(error.code() == "weights-incompatible" && error.to_string().contains("`tensor`"), "{error}");
}
