//! The command line as it is used.

#![cfg(feature = "cli")]

#[cfg(feature = "train")]
mod average;
mod bench;
mod checkpoints;
mod convert;
mod default_model;
#[cfg(feature = "train")]
mod documents;
mod errors;
mod exports;
mod fetch;
mod inspect;
mod library_output;
mod outputs;
mod pictures;
mod planes;
mod predict;
#[cfg(feature = "train")]
mod synth;
#[cfg(feature = "train")]
mod trained;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::RgbImage;
use safetensors::SafeTensors;
use serde_json::Value;

const WEIGHTS: &str = "models/reference-tiny.safetensors";
const REFERENCE: &str = "tests/reference/tiny_ref_128.safetensors";

/// An empty folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn maskrcnn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_maskrcnn")).args(arguments).output().unwrap()
}

/// `maskrcnn predict` with the reference network on the CPU, as the reference was made.
fn predict(arguments: &[&str]) -> Output {
    let limits = ["--min-size", "128", "--pre-nms-top-n", "500", "--post-nms-top-n", "200"];
    maskrcnn(&[&["predict", "--weights", WEIGHTS, "--backend", "cpu"], arguments, &limits].concat())
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[track_caller]
fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
}

#[track_caller]
fn fails(output: &Output, code: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", stderr(output));
    let stderr = stderr(output);
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with(&format!("error[{code}]: ")) && last.ends_with('.'), "{stderr}");
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// The images of a report.
fn pictures(report: &Value) -> &Vec<Value> {
    report["pictures"].as_array().unwrap()
}

/// The detections of the only image.
fn detections(report: &Value) -> &Vec<Value> {
    assert_eq!(pictures(report).len(), 1);
    report["pictures"][0]["detections"].as_array().unwrap()
}

/// The image that the reference was made of.
fn reference_picture() -> RgbImage {
    let bytes = fs::read(REFERENCE).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let picture = file.tensor("image_u8").unwrap();
    let [height, width, 3] = picture.shape()[..] else { panic!("{:?}", picture.shape()) };
    RgbImage::from_raw(width as u32, height as u32, picture.data().to_vec()).unwrap()
}

/// The first values of a tensor of the reference.
fn reference<const N: usize>(name: &str) -> [f32; N] {
    let bytes = fs::read(REFERENCE).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let values = file.tensor(name).unwrap().data().as_chunks().0.to_vec();
    std::array::from_fn(|i| f32::from_le_bytes(values[i]))
}
