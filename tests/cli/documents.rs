//! The walk of `docs/command-line.md` and `docs/training.md`: their command lines, one after the other, in a folder that
//! holds nothing but the files that a user brings.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{folder, reference_picture};

/// What each line begins with.
const PROGRAM: &str = "cargo run --release -- ";

/// What is added to lines that would take too long: the only change to them, but for [`GPU`].
const SHORTER: [(&str, &[&str]); 3] = [
    ("train --data", &["--steps", "2"]),
    ("overfit", &["--steps", "1"]),
    ("bench", &["--runs", "1", "--size", "90x60", "--min-size", "64"]),
];

/// A machine that runs tests need not have a GPU.
const GPU: (&str, &str) = ("--backend wgpu", "--backend cpu");

/// Lines that are not run, and why.
const NOT_RUN: [(&str, &str); 1] =
    [("fetch", "it needs the network; tests/cli/fetch.rs runs it against a local server")];

/// Lines that end with another exit code than 0: a network does not overfit eight images in one step.
const EXIT_CODES: [(&str, i32); 1] = [("overfit", 1)];

/// The command lines in the code blocks of a document.
fn lines(document: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let blocks = text.split("\n```").skip(1).step_by(2);
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix(PROGRAM)).map(str::to_owned).collect()
}

/// The files that the documents say a user has.
fn bring_files(folder: &Path) {
    let bring = |from: &str, to: &str| {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(from), folder.join(to)).unwrap();
    };
    bring("www/example.png", "cells.png");
    bring("tests/reference/micro.pth", "maskrcnn_resnet50_fpn.pth");
    bring("tests/reference/micro.pth", "model.pth");
    bring("tests/reference/detectron2.pkl", "model_final.pkl");
    reference_picture().save(folder.join("photo.jpg")).unwrap();
    fs::create_dir(folder.join("photos")).unwrap();
    reference_picture().save(folder.join("photos/a.jpg")).unwrap();
}

/// Runs a line in `folder` as a shell would.
fn run(folder: &Path, line: &str) {
    let command = line.split(" #").next().unwrap_or(line).replace(GPU.0, GPU.1);
    let (command, output) = match command.split_once(" > ") {
        Some((command, file)) => (command, Some(file.trim())),
        None => (command.as_str(), None),
    };
    let more = SHORTER.iter().filter(|(start, _)| command.starts_with(start)).flat_map(|(_, more)| more.iter());
    let mut program = Command::new(env!("CARGO_BIN_EXE_maskrcnn"));
    program.args(command.split_whitespace()).args(more).current_dir(folder).stdin(Stdio::null());
    let outcome = program.output().unwrap();
    let expected = EXIT_CODES.iter().find(|(start, _)| command.starts_with(start)).map_or(0, |(_, code)| *code);
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status.code(), Some(expected), "{PROGRAM}{line}\n{stderr}");
    assert!(!stderr.contains("error["), "{PROGRAM}{line}\n{stderr}");
    if let Some(file) = output {
        fs::write(folder.join(file), outcome.stdout).unwrap();
    }
}

#[test]
fn every_line_of_the_documents_works_in_an_empty_folder() {
    let folder = folder("documents");
    bring_files(&folder);
    let walk: Vec<String> = ["docs/command-line.md", "docs/training.md"].into_iter().flat_map(lines).collect();
    for command in ["predict", "eval", "inspect", "convert", "bench", "synth", "train", "average", "overfit"] {
        assert!(walk.iter().any(|line| line.starts_with(command)), "{command} is not in the walk");
    }
    for line in &walk {
        if NOT_RUN.iter().all(|(start, _)| !line.starts_with(start)) {
            run(&folder, line);
        }
    }
    for made in [
        "overlay.png",
        "found.json",
        "overlays/a.png",
        "models/mine/manifest.json",
        "results.json",
        "scores.json",
        "run/best.safetensors",
        "models/cells/manifest.json",
        "mean.safetensors",
    ] {
        assert!(folder.join(made).exists(), "{made}");
    }
    let manifest = fs::read_to_string(folder.join("models/cells/manifest.json")).unwrap();
    assert!(manifest.contains("nucleus"), "{manifest}");
}
