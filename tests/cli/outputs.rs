//! Where results go is checked before a network runs, and its folders are made.

use std::fs;
use std::path::Path;

use crate::{WEIGHTS, fails, folder, maskrcnn, path, predict, reference_picture, stderr, succeeds};

#[test]
fn folders_of_results_are_made() {
    let folder = folder("made_folders");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let (drawing, report) = (folder.join("a/b/c.png"), folder.join("d/e/f.json"));
    succeeds(&predict(&[path(&picture), "--out", path(&drawing), "--json", path(&report)]));
    assert!(drawing.is_file() && report.is_file());

    let times = folder.join("g/h/times.json");
    let bench = ["bench", "--weights", WEIGHTS, "--backend", "cpu", "--size", "32x32", "--runs", "1"];
    succeeds(&maskrcnn(&[&bench[..], &["--min-size", "32", "--max-size", "32", "--json", path(&times)]].concat()));
    assert!(times.is_file());
}

/// Each command with results that cannot be written, and with a missing network, which is not reached.
#[test]
fn what_cannot_be_written_is_told_before_a_network_is_loaded() {
    let folder = folder("unwritable");
    let (picture, blocked) = (folder.join("in.png"), folder.join("file"));
    reference_picture().save(&picture).unwrap();
    fs::write(&blocked, "a file where a folder would have to be").unwrap();
    let data = folder.join("val.json");
    fs::write(&data, r#"{"images": [], "annotations": [], "categories": [{"id": 1, "name": "cell"}]}"#).unwrap();
    let below = blocked.join("out.json");
    let (picture, below, data) = (path(&picture), path(&below), path(&data));
    let nowhere = ["--weights", "nowhere.safetensors"];
    let mut commands = vec![
        vec!["predict", picture, "--json", below],
        vec!["predict", picture, "--out", below],
        // A folder in the file's place.
        vec!["predict", picture, "--json", path(&folder)],
        vec!["bench", "--json", below],
        vec!["convert", "--out", path(&blocked)],
    ];
    if cfg!(feature = "train") {
        commands.push(vec!["predict", "--data", data, "--results", below]);
        commands.push(vec!["eval", "--data", data, "--json", below]);
    }
    for command in commands {
        let output = maskrcnn(&[&command[..], &nowhere].concat());
        fails(&output, "io");
        assert!(!stderr(&output).contains("nowhere"), "{command:?}: {}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(&blocked).unwrap(), "a file where a folder would have to be");
}

#[test]
fn inputs_and_other_results_are_not_written_over() {
    let folder = folder("overwritten");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let before = fs::read(&picture).unwrap();
    let same = folder.join("same.png");
    fails(&predict(&[path(&picture), "--json", path(&picture)]), "invalid-input");
    fails(&predict(&[path(&picture), "--json", path(&same), "--out", path(&same)]), "invalid-input");
    let weights = folder.join("weights.safetensors");
    fs::copy(Path::new(WEIGHTS), &weights).unwrap();
    if cfg!(feature = "train") {
        fails(&maskrcnn(&["average", "--weights", path(&weights), "--out", path(&weights)]), "invalid-input");
    }
    assert_eq!(fs::read(&picture).unwrap(), before);
    assert!(!same.exists());
}

#[test]
fn a_check_leaves_nothing_behind() {
    let folder = folder("left_behind");
    let (picture, report) = (folder.join("in.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    fails(&maskrcnn(&["predict", path(&picture), "--json", path(&report), "--weights", "nowhere.pth"]), "io");
    assert!(!report.exists());
    let below = folder.join("a/b/c.json");
    fails(&maskrcnn(&["predict", path(&picture), "--json", path(&below), "--weights", "nowhere.pth"]), "io");
    fails(&maskrcnn(&["convert", "--out", path(&folder.join("model")), "--weights", "nowhere.pth"]), "io");
    assert!(!folder.join("a").exists() && !folder.join("model").exists());
    fs::write(&report, "of the last run").unwrap();
    fails(&maskrcnn(&["predict", path(&picture), "--json", path(&report), "--weights", "nowhere.pth"]), "io");
    assert_eq!(fs::read_to_string(&report).unwrap(), "of the last run");
}
