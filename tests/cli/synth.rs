//! `maskrcnn synth`: a synthetic data set.

use std::fs;
use std::path::Path;

use crate::{fails, folder, json, maskrcnn, path, succeeds};

/// The files of the images of a part, in its order.
fn pictures(folder: &Path, part: &str) -> Vec<Vec<u8>> {
    let data = json(&folder.join(part).with_extension("json"));
    let names = data["images"].as_array().unwrap().iter().map(|image| image["file_name"].as_str().unwrap());
    names.map(|name| fs::read(folder.join(part).join(name)).unwrap()).collect()
}

#[test]
fn synth_makes_both_parts_and_overwrites_nothing() {
    let folder = folder("synth");
    let options = ["--train", "3", "--val", "2", "--size", "48x32", "--radius", "4"];
    let arguments = [&["synth", "--out", path(&folder)], &options[..]].concat();
    let output = maskrcnn(&arguments);
    succeeds(&output);
    let files = ["train.json", "val.json"].map(|name| format!("{}\n", path(&folder.join(name))));
    assert_eq!(String::from_utf8_lossy(&output.stdout), files.concat());
    let (train, val) = (pictures(&folder, "train"), pictures(&folder, "val"));
    assert_eq!((train.len(), val.len()), (3, 2));
    // What the accuracy is measured on was not trained on.
    assert!(val.iter().all(|picture| !train.contains(picture)));
    assert_eq!(image::image_dimensions(folder.join("val/00001.png")).unwrap(), (48, 32));

    fails(&maskrcnn(&arguments), "invalid-input");
    fs::remove_file(folder.join("train.json")).unwrap();
    fs::remove_dir_all(folder.join("train")).unwrap();
    // `val.json` is in the way, which is told before `train.json` is made again.
    fails(&maskrcnn(&arguments), "invalid-input");
    assert!(!folder.join("train").exists());
    let other = folder.join("other");
    fails(&maskrcnn(&["synth", "--out", path(&other), "--radius", "0.5"]), "invalid-input");
    assert!(!other.exists());
    succeeds(&maskrcnn(&["synth", "--out", path(&other), "--pictures", "1", "--val", "0", "--size", "32x32"]));
    assert!(other.join("train.json").exists() && !other.join("val.json").exists());
}
