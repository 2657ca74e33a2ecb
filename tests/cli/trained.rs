//! What a training leaves: weights that bring their labels and settings, and a checkpoint that says what it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use maskrcnn_web::weights::{Manifest, Precision, WeightsOptions, convert};
use serde_json::{Value, json};

use crate::{detections, fails, folder, json, maskrcnn, path, stderr, succeeds};

/// A network for tests, with settings that no checkpoint's shapes tell.
const MICRO: &str = "
[network]
depths = [1, 1, 1, 1]
stem = 4
planes = [4, 4, 8, 8]
fpn_channels = 8
box_fc_channels = [16, 16]
mask_conv_channels = [8]
mask_deconv_channels = 8
[settings.input]
min_size = 48
max_size = 96
contrast = { low = 0.02, high = 0.99 }
mean = [0.5, 0.25, 0.125]
[settings.anchors]
sizes = [4, 8, 16, 32, 64]
aspect_ratios = [0.75, 1, 1.5]
[settings.detections]
max_detections = 7
nms_threshold = 0.25
pooling = 'align'
[objective]
rpn_pre_nms = 50
rpn_post_nms = 50
box_batch = 16
[augment]
crop = [48, 48]
[schedule]
steps = 3
warmup = 0
[output]
checkpoint_every = 2
";

/// The folder of a training of two classes, `train`, and of its data.
fn trained() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = folder("trained");
        let synth = ["--train", "3", "--val", "1", "--size", "64x48", "--radius", "5"];
        succeeds(&maskrcnn(&[&["synth", "--out", path(&folder)], &synth[..]].concat()));
        for part in ["train.json", "val.json"] {
            let mut data = json(&folder.join(part));
            data["categories"] = json!([{ "id": 1, "name": "nucleus" }, { "id": 5, "name": "spindle" }]);
            fs::write(folder.join(part), data.to_string()).unwrap();
        }
        fs::write(folder.join("micro.toml"), MICRO).unwrap();
        let (data, val, config) = (folder.join("train.json"), folder.join("val.json"), folder.join("micro.toml"));
        let (data, val, config, out) = (path(&data), path(&val), path(&config), folder.join("run"));
        let files = ["--data", data, "--val", val, "--config", config, "--out", path(&out)];
        succeeds(&maskrcnn(&[&["train"], &files[..]].concat()));
        folder
    })
}

#[track_caller]
fn is_described(manifest: &Value) {
    assert_eq!(manifest["labels"], json!(["background", "nucleus", "spindle"]));
    assert_eq!(
        (&manifest["settings"]["input"]["minSize"], &manifest["settings"]["input"]["maxSize"]),
        (&48.into(), &96.into())
    );
    assert_eq!(manifest["settings"]["input"]["contrast"], json!({ "low": 0.02, "high": 0.99 }));
    assert_eq!(manifest["settings"]["input"]["mean"], json!([0.5, 0.25, 0.125]));
    assert_eq!(manifest["settings"]["anchors"]["aspectRatios"], json!([0.75, 1.0, 1.5]));
    assert_eq!(manifest["settings"]["detections"]["nmsThreshold"], 0.25);
    assert_eq!(manifest["settings"]["anchors"]["sizes"], json!([4.0, 8.0, 16.0, 32.0, 64.0]));
    assert_eq!(
        (&manifest["settings"]["detections"]["pooling"], &manifest["settings"]["detections"]["maxDetections"]),
        (&"align".into(), &7.into())
    );
}

#[test]
fn converted_weights_keep_their_labels_and_settings_wherever_they_are() {
    let (run, folder) = (trained().join("run"), folder("trained_converted"));
    let moved = folder.join("moved.safetensors");
    fs::copy(run.join("best.safetensors"), &moved).unwrap();
    for weights in [run.join("best.safetensors"), run.join("final.safetensors"), moved.clone()] {
        let model = folder.join("mine");
        drop(fs::remove_dir_all(&model));
        succeeds(&maskrcnn(&["convert", "--weights", path(&weights), "--out", path(&model)]));
        let manifest = json(&model.join("manifest.json"));
        is_described(&manifest);
        assert_eq!((&manifest["name"], &manifest["precision"]), (&"mine".into(), &"f16".into()));
    }
    // The library, and with it the npm package, sees the same.
    let converted =
        convert(fs::read(&moved).unwrap(), Precision::F16, "mine", None, &WeightsOptions::default()).unwrap();
    assert_eq!(converted.manifest.to_json().unwrap(), fs::read(folder.join("mine/manifest.json")).unwrap());

    // Labels of the command line come before the file's.
    fs::write(folder.join("labels.txt"), "round\nlong\n").unwrap();
    let labels = folder.join("labels.txt");
    let named = folder.join("named");
    succeeds(&maskrcnn(&["convert", "--weights", path(&moved), "--out", path(&named), "--labels", path(&labels)]));
    assert_eq!(json(&named.join("manifest.json"))["labels"], json!(["background", "round", "long"]));

    // In a folder with another model the words stay, and the settings are those of the new weights.
    let mut manifest = json(&named.join("manifest.json"));
    (manifest["licence"], manifest["settings"]["input"]["minSize"]) = ("CC0-1.0".into(), 64.into());
    fs::write(named.join("manifest.json"), manifest.to_string()).unwrap();
    succeeds(&maskrcnn(&["convert", "--weights", path(&moved), "--out", path(&named), "--precision", "int8"]));
    let manifest = json(&named.join("manifest.json"));
    is_described(&manifest);
    assert_eq!((&manifest["name"], &manifest["licence"]), (&"named".into(), &"CC0-1.0".into()));
    // Its file alone is known by the manifest beside it.
    let (small, again) = (named.join("named.safetensors"), folder.join("again"));
    succeeds(&maskrcnn(&["convert", "--weights", path(&small), "--out", path(&again)]));
    is_described(&json(&again.join("manifest.json")));
}

#[test]
fn the_folder_of_a_training_is_a_model() {
    let run = trained().join("run");
    is_described(&json(&run.join("manifest.json")));
    assert_eq!(json(&run.join("manifest.json"))["weights"][0]["file"], "best.safetensors");
    let picture = trained().join("val/00001.png");
    let predict = |model: [&str; 2]| {
        let limits = ["--score-threshold", "0", "--max-detections", "7"];
        let arguments = [&["predict", path(&picture), "--backend", "cpu"][..], &limits].concat();
        let output = maskrcnn(&[&arguments[..], &model].concat());
        succeeds(&output);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        detections(&report).clone()
    };
    let (weights, moved) = (run.join("best.safetensors"), folder("trained_moved").join("anything.safetensors"));
    fs::copy(&weights, &moved).unwrap();
    let found = predict(["--model", path(&run)]);
    assert_eq!(found.len(), 7);
    assert!(found.iter().all(|object| object["label"] == "nucleus" || object["label"] == "spindle"), "{found:?}");
    assert_eq!(predict(["--weights", path(&weights)]), found);
    assert_eq!(predict(["--weights", path(&moved)]), found);
}

#[test]
fn an_average_keeps_labels_and_settings() {
    let (run, out) = (trained().join("run"), folder("trained_average").join("mean.safetensors"));
    let (best, last) = (run.join("best.safetensors"), run.join("final.safetensors"));
    let weights = ["--weights", path(&best), "--weights", path(&last)];
    let output = maskrcnn(&[&["average", "--out", path(&out)], &weights[..]].concat());
    succeeds(&output);
    assert!(!stderr(&output).contains("warning"), "{}", stderr(&output));
    let manifest = Manifest::embedded(&fs::read(&out).unwrap()).unwrap().unwrap();
    is_described(&serde_json::from_slice(&manifest.to_json().unwrap()).unwrap());

    // Without labels of its own the other file says nothing against the first one's.
    let model = folder("trained_average_other");
    let labels = model.join("labels.txt");
    fs::write(&labels, "a\nb\n").unwrap();
    succeeds(&maskrcnn(&["convert", "--weights", path(&best), "--out", path(&model), "--labels", path(&labels)]));
    let other = fs::read_dir(&model).unwrap().map(|entry| entry.unwrap().path());
    let other = other.into_iter().find(|file| file.extension().is_some_and(|end| end == "safetensors")).unwrap();
    let output = maskrcnn(&["average", "--weights", path(&best), "--weights", path(&other), "--out", path(&out)]);
    succeeds(&output);
    assert!(stderr(&output).contains("warning: the files differ in their labels"), "{}", stderr(&output));
    let manifest = Manifest::embedded(&fs::read(&out).unwrap()).unwrap().unwrap();
    assert_eq!(manifest.labels, ["background", "nucleus", "spindle"]);
}

#[test]
fn a_training_s_checkpoint_says_what_it_is() {
    let run = trained().join("run");
    let checkpoint = run.join("checkpoint.safetensors");
    let output = maskrcnn(&["inspect", path(&checkpoint)]);
    succeeds(&output);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let best = run.join("best.safetensors");
    for part in [
        "checkpoint that `maskrcnn train --resume`",
        "3 of 3",
        "resnet-1-1-1-1_fpn",
        "2 and the background",
        path(&best),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.lines().count() < 12, "{text}");

    // Elsewhere there is nothing beside it to use instead.
    let alone = folder("trained_checkpoint").join("alone.safetensors");
    fs::copy(&checkpoint, &alone).unwrap();
    let output = maskrcnn(&["inspect", path(&alone)]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("none yet"));

    let (picture, data) = (trained().join("val/00001.png"), trained().join("val.json"));
    let (model, mean) = (alone.with_extension("d"), alone.with_extension("mean"));
    for command in [
        &["predict", path(&picture)][..],
        &["eval", "--data", path(&data)],
        &["convert", "--out", path(&model)],
        &["average", "--out", path(&mean)],
    ] {
        let output = maskrcnn(&[command, &["--weights", path(&checkpoint)]].concat());
        fails(&output, "weights-incompatible");
        assert!(stderr(&output).contains("use best.safetensors or final.safetensors"), "{}", stderr(&output));
        assert!(!model.join("manifest.json").exists() && !mean.exists());
    }
}

#[test]
fn inspect_names_the_labels_of_trained_weights() {
    let output = maskrcnn(&["inspect", path(&trained().join("run/best.safetensors"))]);
    succeeds(&output);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("background, nucleus, spindle"), "{text}");
}
