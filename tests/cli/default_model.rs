//! The default model, which the program carries within it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{detections, folder, succeeds};

#[test]
fn the_default_model_is_found_wherever_the_program_is() {
    let folder = folder("default_model");
    let program = folder.join(format!("elsewhere{}", std::env::consts::EXE_SUFFIX));
    // A copy could not be run while a test beside this one starts a process, which inherits what is open for writing.
    fs::hard_link(env!("CARGO_BIN_EXE_maskrcnn"), &program).unwrap();
    let empty = folder.join("empty");
    fs::create_dir(&empty).unwrap();
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/example.png");
    let mut command = Command::new(&program);
    command.args(["predict", "--backend", "cpu", "--min-size", "256"]).arg(picture).current_dir(&empty);
    let output = command.output().unwrap();
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(detections(&report).len() > 30, "{report}");
    assert!(detections(&report).iter().all(|nucleus| nucleus["label"] == "nucleus"));
}

/// The program holds no path of the machine that compiled it to look for the model.
#[test]
fn the_default_model_does_not_depend_on_the_source_folder() {
    let program = fs::read(env!("CARGO_BIN_EXE_maskrcnn")).unwrap();
    let path = format!("{}/models", env!("CARGO_MANIFEST_DIR"));
    assert!(!program.windows(path.len()).any(|window| window == path.as_bytes()));
}
