//! `maskrcnn average`: one network of several trainings of it.

use std::fs;

use maskrcnn_web::weights::StateDict;

use crate::{WEIGHTS, fails, folder, maskrcnn, path, succeeds};

#[test]
fn average_writes_weights_that_are_read_again() {
    let folder = folder("average");
    let (out, bias) = (folder.join("mean.safetensors"), "roi_heads.box_predictor.cls_score.bias");
    let options = ["--weights", WEIGHTS, "--weights", WEIGHTS, "--share", "1", "--share", "3", "--even-score", "0.9"];
    succeeds(&maskrcnn(&[&["average", "--out", path(&out)], &options[..]].concat()));
    succeeds(&maskrcnn(&["inspect", path(&out)]));
    let state = |bytes: Vec<u8>| StateDict::from_bytes(bytes).unwrap().get(bias).unwrap().to_f32().unwrap();
    let (before, after) = (state(fs::read(WEIGHTS).unwrap()), state(fs::read(&out).unwrap()));
    assert!((after[0] - before[0] - 9f32.ln()).abs() < 1e-6);
    assert_eq!(after[1..], before[1..]);

    let average = |options: &[&str]| maskrcnn(&[&["average", "--out", path(&folder.join("none"))], options].concat());
    fails(&average(&["--weights", WEIGHTS, "--share", "1", "--share", "1"]), "invalid-input");
    fails(&average(&["--weights", WEIGHTS, "--even-score", "1"]), "invalid-input");
    fails(
        &average(&["--weights", WEIGHTS, "--weights", "tests/reference/tiny_v2.safetensors"]),
        "weights-incompatible",
    );
    fails(&average(&["--weights", "nowhere.safetensors"]), "io");
    assert!(!folder.join("none").exists());
}
