//! `maskrcnn synth`: a made-up data set.

use crate::{fails, folder, json, maskrcnn, path, succeeds};

#[test]
fn synth_makes_a_data_set_and_overwrites_nothing() {
    let folder = folder("synth");
    let arguments = ["synth", "--out", path(&folder), "--pictures", "2", "--size", "48x32", "--radius", "4"];
    let output = maskrcnn(&arguments);
    succeeds(&output);
    let file = folder.join("pictures.json");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), path(&file));
    let data = json(&file);
    let names: Vec<&str> =
        data["images"].as_array().unwrap().iter().map(|image| image["file_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["00001.png", "00002.png"]);
    assert_eq!(image::image_dimensions(folder.join("pictures").join(names[0])).unwrap(), (48, 32));
    fails(&maskrcnn(&arguments), "invalid-input");
    fails(&maskrcnn(&["synth", "--out", path(&folder.join("other")), "--radius", "0.5"]), "invalid-input");
    assert!(!folder.join("other").exists());
}
