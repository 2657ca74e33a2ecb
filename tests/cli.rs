//! `maskrcnn predict`, `bench`, `inspect` and `convert`, as they are used.

#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use maskrcnn_web::structures::Rle;
use maskrcnn_web::weights::{Precision, convert};
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

/// The pictures of a report.
fn pictures(report: &Value) -> &Vec<Value> {
    report["pictures"].as_array().unwrap()
}

/// The detections of the only picture.
fn detections(report: &Value) -> &Vec<Value> {
    assert_eq!(pictures(report).len(), 1);
    report["pictures"][0]["detections"].as_array().unwrap()
}

/// The picture that the reference was made of.
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

#[test]
fn the_cpu_says_that_it_computes_in_single_precision() {
    let folder = folder("arithmetic");
    let (picture, report) = (folder.join("in.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    let output = predict(&[path(&picture), "--arithmetic", "f16", "--json", path(&report)]);
    succeeds(&output);
    assert!(stderr(&output).contains("There is no f16 on this device"), "{}", stderr(&output));
    assert_eq!(json(&report)["pictures"][0]["arithmetic"], "f32");
}

#[test]
fn a_picture_gives_json_and_an_overlay() {
    let folder = folder("picture");
    let (picture, overlay, report) = (folder.join("in.png"), folder.join("out.png"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    succeeds(&predict(&[path(&picture), "--out", path(&overlay), "--json", path(&report)]));

    let report = json(&report);
    let found = &report["pictures"][0];
    assert_eq!((found["width"].as_u64(), found["height"].as_u64()), (Some(151), Some(102)));
    assert_eq!((&found["backend"], &found["arithmetic"]), (&"cpu".into(), &"f32".into()));
    assert!(found["milliseconds"].as_f64().unwrap() > 0.0);
    let best = &detections(&report)[0];
    assert!((best["score"].as_f64().unwrap() as f32 - reference::<1>("det.scores")[0]).abs() < 1e-3, "{best}");
    let [x1, y1, x2, y2] = reference("det.boxes");
    let bbox: Vec<f32> = serde_json::from_value(best["bbox"].clone()).unwrap();
    for (ours, theirs) in bbox.iter().zip([x1, y1, x2 - x1, y2 - y1]) {
        assert!((ours - theirs).abs() < 0.05, "{best}");
    }
    for detection in detections(&report) {
        assert_eq!(detection["segmentation"]["size"], serde_json::json!([102, 151]));
        let counts = detection["segmentation"]["counts"].as_str().unwrap();
        let mask = Rle::from_compressed(151, 102, counts).unwrap();
        assert_eq!(mask.area() as f64, detection["area"].as_f64().unwrap());
    }

    let (before, after) = (reference_picture(), image::open(&overlay).unwrap().into_rgb8());
    assert_eq!(after.dimensions(), before.dimensions());
    let drawn = before.pixels().zip(after.pixels()).filter(|(before, after)| before != after).count();
    assert!(drawn > 1000, "only {drawn} pixels are drawn");
}

#[test]
fn without_files_to_write_the_json_is_printed() {
    let picture = folder("printed").join("in.png");
    reference_picture().save(&picture).unwrap();
    let output = predict(&[path(&picture), "--max-detections", "3"]);
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(detections(&report).len(), 3);
}

#[test]
fn one_bad_picture_does_not_stop_the_others() {
    let folder = folder("bad_picture");
    let (good, out, report) = (folder.join("good"), folder.join("out"), folder.join("out.json"));
    fs::create_dir(&good).unwrap();
    reference_picture().save(good.join("a.png")).unwrap();
    let bytes = fs::read(good.join("a.png")).unwrap();
    fs::write(good.join("b.png"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(good.join("c.jpg"), "no picture at all").unwrap();
    reference_picture().save(good.join("d.webp")).unwrap();
    fs::write(good.join("notes.txt"), "not looked at").unwrap();

    let output = predict(&[path(&good), "--out", path(&out), "--json", path(&report)]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).matches("error[invalid-input]").count(), 2, "{}", stderr(&output));
    assert!(stderr(&output).ends_with("2 of 4 pictures failed.\n"), "{}", stderr(&output));
    let report = json(&report);
    let codes: Vec<&Value> = pictures(&report).iter().map(|picture| &picture["error"]["code"]).collect();
    assert_eq!(codes, [&Value::Null, &"invalid-input".into(), &"invalid-input".into(), &Value::Null]);
    let mut drawn: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    drawn.sort();
    assert_eq!(drawn, ["a.png", "d.png"]);
}

#[test]
fn a_photograph_is_turned_upright() {
    let folder = folder("orientation");
    let (photograph, report) = (folder.join("in.jpg"), folder.join("out.json"));
    // TIFF, little-endian: one entry, the orientation (0x0112), a short (3), of value 6: a quarter turn.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let lying = image::imageops::rotate270(&reference_picture());
    let mut encoder = JpegEncoder::new_with_quality(fs::File::create(&photograph).unwrap(), 95);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&lying, lying.width(), lying.height(), ExtendedColorType::Rgb8).unwrap();

    succeeds(&predict(&[path(&photograph), "--json", path(&report)]));
    let found = &json(&report)["pictures"][0];
    assert_eq!((found["width"].as_u64(), found["height"].as_u64()), (Some(151), Some(102)));
}

#[test]
fn options_choose_what_comes_out() {
    let folder = folder("options");
    let (picture, labels, report) = (folder.join("in.png"), folder.join("labels.txt"), folder.join("out.json"));
    reference_picture().save(&picture).unwrap();
    fs::write(&labels, (1..91).map(|class| format!("thing {class}\n")).collect::<String>()).unwrap();
    let options = ["--json", path(&report), "--score-threshold", "0.3", "--no-masks", "--labels", path(&labels)];
    succeeds(&predict(&[&[path(&picture)], &options[..]].concat()));
    let report = json(&report);
    assert!(!detections(&report).is_empty());
    for detection in detections(&report) {
        assert!(detection["score"].as_f64().unwrap() > 0.3);
        assert_eq!(detection["label"], format!("thing {}", detection["class_id"]));
        assert!(detection.get("segmentation").is_none());
    }

    let pooled = folder.join("pooled.json");
    succeeds(&predict(&[path(&picture), "--json", path(&pooled), "--pooling", "pool"]));
    assert_ne!(detections(&json(&pooled)), detections(&report));
}

#[test]
fn labels_must_fit_the_network() {
    let folder = folder("labels");
    let (picture, labels) = (folder.join("in.png"), folder.join("labels.json"));
    reference_picture().save(&picture).unwrap();
    for names in [r#"["one", "two"]"#, "{}", "no JSON"] {
        fs::write(&labels, names).unwrap();
        fails(&predict(&[path(&picture), "--labels", path(&labels)]), "invalid-input");
    }
}

#[test]
fn no_picture_is_written_over() {
    let folder = folder("written_over");
    let (picture, other) = (folder.join("in.png"), folder.join("in.jpg"));
    reference_picture().save(&picture).unwrap();
    reference_picture().save(&other).unwrap();
    let before = fs::read(&picture).unwrap();
    fails(&predict(&[path(&picture), "--out", path(&picture)]), "invalid-input");
    fails(&predict(&[path(&picture), "--out", path(&folder)]), "invalid-input");
    let elsewhere = folder.join("elsewhere");
    fails(&predict(&[path(&picture), path(&other), "--out", path(&elsewhere)]), "invalid-input");
    fails(&predict(&[path(&picture), path(&other), "--out", path(&folder.join("one.png"))]), "invalid-input");
    assert_eq!(fs::read(&picture).unwrap(), before);
}

#[test]
fn mistakes_are_told_with_their_code() {
    let folder = folder("mistakes");
    let (picture, damaged) = (folder.join("in.png"), folder.join("damaged.safetensors"));
    reference_picture().save(&picture).unwrap();
    let weights = fs::read(WEIGHTS).unwrap();
    fs::write(&damaged, &weights[..weights.len() / 2]).unwrap();
    let with = |weights: &str| maskrcnn(&["predict", path(&picture), "--backend", "cpu", "--weights", weights]);
    fails(&with("nowhere.safetensors"), "io");
    fails(&with(path(&damaged)), "weights-integrity");
    fails(&with("tests/reference/ops.safetensors"), "weights-incompatible");
    fails(&predict(&[path(&folder.join("nothing"))]), "io");
    fails(&predict(&[path(&picture), "--max-size", "100"]), "invalid-input");
    fails(&predict(&[path(&picture), "--max-detections", "0"]), "invalid-input");
    for wrong in [&["--score-threshold", "2"][..], &["--max-size", "0"], &["--pooling", "max"], &["--nonsense"]] {
        let output = predict(&[&[path(&picture)], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(maskrcnn(&["predict"]).status.code(), Some(2));
}

#[test]
fn inspect_says_what_a_checkpoint_holds() {
    let output = maskrcnn(&["inspect", "tests/reference/tiny_v2.safetensors"]);
    succeeds(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["resnet50_fpn_v2", "6 and the background", "roi_heads.box_head.convs.3.weight", "16×16×3×3"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn bench_says_of_every_stage_how_long_it_takes_and_how_much_it_computes() {
    let report = folder("bench").join("times.json");
    let rest = ["--backend", "cpu", "--size", "90x60", "--min-size", "64", "--runs", "2", "--json", path(&report)];
    let output = maskrcnn(&[&["bench", "--weights", WEIGHTS], &rest[..]].concat());
    succeeds(&output);
    let (figures, printed) = (json(&report), String::from_utf8_lossy(&output.stdout).into_owned());
    let stages = figures["stages"].as_array().unwrap();
    let stage = |name: &str| stages.iter().find(|stage| stage["stage"] == name).unwrap_or_else(|| panic!("{name}"));
    let line = |name: &str| printed.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}"));
    assert!(figures["peak_gigaflops"].as_f64().unwrap() > 0.0);
    let mut operations = 0;
    for name in ["backbone", "fpn", "rpn head", "box head", "mask head"] {
        let found = stage(name);
        operations += found["operations"].as_u64().unwrap();
        let seconds = found["warm_milliseconds"].as_f64().unwrap() / 1e3;
        let gigaflops = found["operations"].as_f64().unwrap() / 1e9 / seconds;
        assert!((found["gigaflops"].as_f64().unwrap() / gigaflops - 1.0).abs() < 1e-6, "{found}");
        let share = gigaflops / figures["peak_gigaflops"].as_f64().unwrap();
        assert!((found["share_of_peak"].as_f64().unwrap() / share - 1.0).abs() < 1e-6, "{found}");
        assert_eq!(found["all_milliseconds"].as_array().unwrap().len(), 2);
        assert!(line(name).ends_with('%') && !line(name).contains('–'), "{}", line(name));
    }
    assert_eq!(stage("whole")["operations"].as_u64(), Some(operations));
    for name in ["transform", "proposals", "detections", "paste"] {
        assert!(stage(name).get("operations").is_none() && line(name).ends_with('–'), "{}", line(name));
    }
    if cfg!(target_os = "linux") {
        let bytes = |name: &str| figures[name].as_u64().unwrap();
        assert!(bytes("load_memory_bytes") > 1 << 20 && bytes("peak_memory_bytes") >= bytes("load_memory_bytes"));
    }
}

#[test]
fn a_backend_that_was_not_built_is_told() {
    if !cfg!(feature = "cuda") {
        fails(&maskrcnn(&["bench", "--weights", WEIGHTS, "--backend", "cuda"]), "invalid-input");
    }
}

#[test]
fn a_converted_model_brings_its_settings_and_labels() {
    let folder = folder("converted");
    let (model, labels, report) = (folder.join("beasts"), folder.join("labels.txt"), folder.join("out.json"));
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let names: Vec<String> = (1..91).map(|class| format!("beast {class}")).collect();
    fs::write(&labels, names.join("\n")).unwrap();
    succeeds(&maskrcnn(&["convert", "--weights", WEIGHTS, "--out", path(&model), "--labels", path(&labels)]));
    let manifest_file = model.join("manifest.json");
    let mut manifest = json(&manifest_file);
    assert_eq!(manifest["weights"][0]["file"], "beasts.safetensors");
    assert!(fs::metadata(model.join("beasts.safetensors")).unwrap().len() < fs::metadata(WEIGHTS).unwrap().len());

    manifest["input"]["minSize"] = 128.into();
    manifest["detections"]["maxDetections"] = 4.into();
    manifest["licence"] = "CC0".into();
    manifest["accuracy"] = serde_json::json!({"AP": 0.5});
    fs::write(&manifest_file, manifest.to_string()).unwrap();
    // Converted once more it keeps what was written into it, but for what was measured on other weights.
    succeeds(&maskrcnn(&["convert", "--weights", WEIGHTS, "--out", path(&model)]));
    assert_eq!(json(&manifest_file)["licence"], "CC0");
    assert!(json(&manifest_file).get("accuracy").is_none());

    let predict =
        |arguments: &[&str]| maskrcnn(&[&["predict", path(&picture), "--backend", "cpu"], arguments].concat());
    succeeds(&predict(&["--model", path(&model), "--json", path(&report)]));
    let report = json(&report);
    assert_eq!(detections(&report).len(), 4);
    assert_eq!(detections(&report)[0]["label"], format!("beast {}", detections(&report)[0]["class_id"]));
    let output = predict(&["--model", path(&manifest_file), "--weights", WEIGHTS, "--max-detections", "3"]);
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(detections(&report).len(), 3);

    fails(
        &predict(&["--model", path(&model), "--weights", "tests/reference/tiny_v2.safetensors"]),
        "weights-incompatible",
    );
    let mut bytes = fs::read(model.join("beasts.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(model.join("beasts.safetensors"), bytes).unwrap();
    fails(&predict(&["--model", path(&model)]), "weights-integrity");
    fails(&predict(&["--model", path(&folder.join("nowhere"))]), "io");
}

/// The detections of a model on the reference's picture.
fn detected(model: &Path, picture: &Path) -> Vec<(u64, f64)> {
    let limits = ["--min-size", "128", "--max-detections", "10", "--backend", "cpu"];
    let output = maskrcnn(&[&["predict", path(picture), "--model", path(model)], &limits[..]].concat());
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = detections(&report).iter();
    found.map(|item| (item["class_id"].as_u64().unwrap(), item["score"].as_f64().unwrap())).collect()
}

#[test]
fn a_checkpoint_is_converted_to_any_precision_and_to_parts() {
    let folder = folder("precisions");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let full = folder.join("f32");
    let convert = |model: &Path, options: &[&str]| {
        succeeds(&maskrcnn(&[&["convert", "--weights", WEIGHTS, "--out", path(model)], options].concat()));
        json(&model.join("manifest.json"))
    };
    // 1.3 MB in f32: two parts, which are one when joined.
    let manifest = convert(&full, &["--precision", "f32", "--shard-mb", "1", "--name", "a b", "--licence", "CC0-1.0"]);
    assert_eq!((&manifest["name"], &manifest["licence"]), (&"a b".into(), &"CC0-1.0".into()));
    let files: Vec<&str> =
        manifest["weights"].as_array().unwrap().iter().map(|part| part["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["a-b-001-of-002.bin", "a-b-002-of-002.bin"]);
    assert_eq!(manifest["weights"][0]["bytes"], 1_000_000);
    let exact = detected(&full, &picture);
    assert_eq!(exact.len(), 10);

    for (precision, bytes, tolerance) in [("f16", 800_000, 0.1), ("int8", 480_000, 0.3)] {
        let model = folder.join(precision);
        let manifest = convert(&model, &["--precision", precision]);
        assert_eq!(manifest["precision"], precision);
        assert!(manifest["weights"][0]["bytes"].as_u64().unwrap() < bytes, "{manifest}");
        let best = detected(&model, &picture)[0];
        assert!((best.1 - exact[0].1).abs() < tolerance, "{precision}: {best:?} and {:?}", exact[0]);
    }

    // The parts of the former weights do not stay behind.
    convert(&full, &["--precision", "int8"]);
    let mut left: Vec<_> = fs::read_dir(&full).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a-b.safetensors", "manifest.json"]);
}

#[test]
fn the_library_makes_the_same_folder() {
    let model = folder("library").join("mine");
    for weights in [WEIGHTS, "tests/reference/micro.pth", "tests/reference/detectron2.pkl"] {
        drop(fs::remove_dir_all(&model));
        succeeds(&maskrcnn(&["convert", "--weights", weights, "--out", path(&model)]));
        let converted = convert(fs::read(weights).unwrap(), Precision::F16, "mine", None).unwrap();
        assert!(converted.manifest.to_json().unwrap() == fs::read(model.join("manifest.json")).unwrap(), "{weights}");
        assert!(converted.weights == fs::read(model.join("mine.safetensors")).unwrap(), "{weights}");
    }
}

#[test]
fn detectron2s_checkpoint_is_converted() {
    let folder = folder("detectron2");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let weights = "tests/reference/detectron2.pkl";
    succeeds(&maskrcnn(&["convert", "--weights", weights, "--out", path(&folder.join("model")), "--precision", "f32"]));
    let manifest = json(&folder.join("model/manifest.json"));
    assert_eq!(manifest["preset"], "resnet-1-2-1-1_fpn_detectron2 (narrow)");
    assert_eq!(manifest["labels"].as_array().unwrap().len(), 6);
    let converted = detected(&folder.join("model"), &picture);
    let output = maskrcnn(&["predict", path(&picture), "--weights", weights, "--min-size", "128", "--backend", "cpu"]);
    succeeds(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(converted[0].1, detections(&report)[0]["score"].as_f64().unwrap());
}

#[test]
#[cfg(feature = "train")]
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
