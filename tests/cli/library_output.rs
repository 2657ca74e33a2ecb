//! What libraries print while the GPU is looked up.

use std::path::Path;
use std::process::{Command, Output};

use crate::{WEIGHTS, fails, folder, path, reference_picture, stderr, succeeds};

/// `maskrcnn predict` with a Vulkan loader, if there is one, that tells what it does, and these variables.
fn predict(picture: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let limits = ["--min-size", "64", "--max-size", "64", "--pre-nms-top-n", "100", "--post-nms-top-n", "50"];
    let network = ["predict", picture, "--weights", WEIGHTS];
    Command::new(env!("CARGO_BIN_EXE_maskrcnn"))
        .args([&network[..], &limits, arguments].concat())
        .env("VK_LOADER_DEBUG", "all")
        .envs(variables.iter().copied())
        .env_remove("XDG_RUNTIME_DIR")
        .output()
        .unwrap()
}

#[test]
fn it_is_shown_with_verbose_only() {
    let folder = folder("library_output");
    let (picture, report) = (folder.join("in.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    let json = ["--json", path(&report)];
    let quiet = predict(path(&picture), &json, &[]);
    succeeds(&quiet);
    let stderr_of_quiet = stderr(&quiet);
    let lines: Vec<&str> = stderr_of_quiet.lines().collect();
    assert!(matches!(lines[..], [line] if line.contains("in.png: ") && line.contains(" objects, ")), "{lines:?}");

    let verbose = predict(path(&picture), &[&json[..], &["--verbose"]].concat(), &[]);
    succeeds(&verbose);
    let on_cpu = predict(path(&picture), &[&json[..], &["--verbose", "--backend", "cpu"]].concat(), &[]);
    assert_eq!(stderr(&on_cpu).lines().count(), 1, "no GPU is looked up for the CPU");
    assert_loader_is_heard(&verbose);
}

/// A loader is there where drivers are installed.
fn assert_loader_is_heard(output: &Output) {
    if cfg!(feature = "webgpu") && Path::new("/usr/share/vulkan/icd.d").exists() {
        let lines = stderr(output).lines().count();
        assert!(lines > 10, "the loader tells nothing: {}", stderr(output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_is_shown_where_a_gpu_was_asked_for_and_there_is_none() {
    let folder = folder("library_output_of_failure");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let no_drivers =
        ["VK_DRIVER_FILES", "__EGL_VENDOR_LIBRARY_DIRS", "LIBGL_DRIVERS_PATH"].map(|name| (name, "/nowhere"));
    let output = predict(path(&picture), &["--backend", "wgpu"], &no_drivers);
    fails(&output, "webgpu-unavailable");
    assert_loader_is_heard(&output);
}
