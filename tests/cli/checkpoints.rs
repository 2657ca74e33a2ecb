//! Files that hold more than a state dict, or less than a network needs to be told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use crate::{detections, fails, folder, json as read_json, maskrcnn, path, reference_picture, stderr, succeeds};

/// The first score on the reference's image with these options.
fn best_score(folder: &Path, options: &[&str]) -> f64 {
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let limits = ["--min-size", "96", "--backend", "cpu"];
    let output = maskrcnn(&[&["predict", path(&picture)], &limits[..], options].concat());
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    detections(&report)[0]["score"].as_f64().unwrap()
}

/// The weights of the model's folder, in f32, that is made with these options.
fn converted(folder: &Path, options: &[&str]) -> Vec<u8> {
    let out = folder.join("out");
    succeeds(&maskrcnn(&[&["convert", "--out", path(&out), "--precision", "f32"], options].concat()));
    fs::read(out.join("out.safetensors")).unwrap()
}

/// A file with two networks, the second of which has other scores.
fn two_networks(file: &Path) {
    let bytes = fs::read("tests/reference/micro.safetensors").unwrap();
    let micro = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (name, tensor) in micro.iter() {
        let mut numbers = tensor.data().to_vec();
        tensors.insert(format!("model.{name}"), (tensor.shape().to_vec(), numbers.clone()));
        if name == "roi_heads.box_predictor.cls_score.bias" {
            numbers = [8.0_f32, -1.0, -2.0].map(f32::to_le_bytes).concat();
        }
        tensors.insert(format!("ema.{name}"), (tensor.shape().to_vec(), numbers));
    }
    let views = tensors
        .iter()
        .map(|(name, (shape, numbers))| (name, TensorView::new(Dtype::F32, shape.clone(), numbers).unwrap()));
    fs::write(file, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn inspect_says_what_else_a_file_holds_and_what_was_taken() {
    let output = maskrcnn(&["inspect", "tests/reference/micro_run.pth"]);
    succeeds(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "torch.save before torch 1.6 (legacy)",
        "model (147 tensors, dict of 147)",
        "args (argparse.Namespace)",
        "epoch (25)",
        "optimizer (6 tensors, dict of 2)",
        "state dict  model.module\n",
        "resnet18_fpn (narrow)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_file_of_any_name_is_told_by_its_bytes() {
    let folder = folder("any-name");
    let expected = converted(&folder, &["--weights", "tests/reference/micro.safetensors"]);
    for (name, file) in [
        ("weights", "micro_legacy.pth"),
        ("model.pth.tar", "micro_run.pth"),
        ("last.ckpt", "micro.pth"),
        ("x.bin", "micro_module.pth"),
    ] {
        let copy = folder.join(name);
        fs::copy(format!("tests/reference/{file}"), &copy).unwrap();
        assert!(converted(&folder, &["--weights", path(&copy)]) == expected, "{name}");
    }
}

#[test]
fn one_of_several_networks_is_chosen() {
    let folder = folder("several");
    let file = folder.join("two");
    two_networks(&file);
    let weights = ["--weights", path(&file)];
    let inspect = maskrcnn(&["inspect", path(&file)]);
    fails(&inspect, "weights-incompatible");
    assert!(String::from_utf8_lossy(&inspect.stdout).contains("ema (147 tensors), model (147 tensors)"));
    assert!(stderr(&inspect).contains("`ema`, `model`") && stderr(&inspect).contains("--state-dict"));

    let choose = |key| converted(&folder, &[&weights[..], &["--state-dict", key]].concat());
    let (model, ema) = (choose("model"), choose("ema"));
    assert!(model == converted(&folder, &["--weights", "tests/reference/micro.safetensors"]));
    let bias = SafeTensors::deserialize(&ema)
        .unwrap()
        .tensor("roi_heads.box_predictor.cls_score.bias")
        .unwrap()
        .data()
        .to_vec();
    assert_eq!(bias, [8.0_f32, -1.0, -2.0].map(f32::to_le_bytes).concat());
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let predict =
        |key| maskrcnn(&[&["predict", path(&picture), "--min-size", "64", "--state-dict", key], &weights[..]].concat());
    succeeds(&predict("ema"));
    fails(&predict("other"), "invalid-input");
    fails(&maskrcnn(&["inspect", path(&file), "--state-dict", "other"]), "invalid-input");
}

#[test]
fn what_is_said_of_a_checkpoint_goes_with_the_model() {
    let folder = folder("conventions");
    let weights = ["--weights", "tests/reference/detectron2.pkl"];
    let said = ["--channel-order", "rgb", "--stride-in-1x1", "false", "--batch-norm-eps", "0.01"];
    let out = folder.join("model");
    succeeds(&maskrcnn(&[&["convert", "--out", path(&out), "--precision", "f32"], &weights[..], &said].concat()));
    let manifest = read_json(&out.join("manifest.json"));
    assert_eq!(manifest["conventions"], json!({ "channelOrder": "rgb", "strideIn1x1": false, "batchNormEps": 0.01 }));
    let expected = best_score(&folder, &[&weights[..], &said].concat());
    assert_ne!(expected, best_score(&folder, &weights));
    assert_eq!(best_score(&folder, &["--model", path(&out)]), expected);
}
