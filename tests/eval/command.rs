use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::RgbImage;
use maskrcnn_web::coco::{
    CocoAnnotation, CocoCategory, CocoDataset, CocoId, CocoImage, CocoResult, CocoResults, Warnings,
};
use maskrcnn_web::structures::Rle;
use safetensors::SafeTensors;
use serde_json::Value;

/// A folder with a data set `val.json` of two images in `val/`: the one that torchvision's numbers
/// of the reference network are of, and a black one.
fn data_set(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("eval").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.join("val")).unwrap();
    let bytes = fs::read("tests/reference/tiny_ref_128.safetensors").unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let picture = file.tensor("image_u8").unwrap();
    let [height, width, 3] = picture.shape()[..] else { panic!("{:?}", picture.shape()) };
    let picture = RgbImage::from_raw(width as u32, height as u32, picture.data().to_vec()).unwrap();
    picture.save(folder.join("val/reference.png")).unwrap();
    RgbImage::new(40, 30).save(folder.join("val/black.png")).unwrap();
    let image = |id: u64, file_name: &str, width, height, kind: &str| CocoImage {
        id: id.into(),
        file_name: file_name.into(),
        width,
        height,
        kind: Some(kind.into()),
        labelled_categories: None,
    };
    let dataset = CocoDataset {
        images: vec![image(12, "reference.png", width, height, "noise"), image(3, "black.png", 40, 30, "black")],
        annotations: Vec::new(),
        categories: (1..91)
            .map(|id| CocoCategory { id, name: format!("category {id}"), supercategory: None })
            .collect(),
    };
    fs::write(folder.join("val.json"), dataset.to_json()).unwrap();
    folder
}

fn maskrcnn(folder: &Path, arguments: &[&str]) -> Output {
    let path = |argument: &&str| match argument.strip_prefix("@") {
        Some(file) => folder.join(file).display().to_string(),
        None => (*argument).to_owned(),
    };
    Command::new(env!("CARGO_BIN_EXE_maskrcnn")).args(arguments.iter().map(path)).output().unwrap()
}

const NETWORK: [&str; 6] = ["--weights", "models/reference-tiny.safetensors", "--backend", "cpu", "--min-size", "128"];

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// A network that is held against what it finds itself is perfect.
#[test]
fn a_network_is_run_on_a_data_set_and_scored() {
    let folder = data_set("run");
    let predict = ["predict", "--data", "@val.json", "--results", "@results.json", "--score-threshold", "0.06"];
    succeeds(&maskrcnn(&folder, &[&predict[..], &NETWORK].concat()));
    let results = CocoResults::read(&folder.join("results.json"), &mut Warnings::default()).unwrap().0;
    assert!(results.len() > 10, "{}", results.len());
    assert!(results.iter().all(|result| result.score > 0.06));

    let mut dataset = CocoDataset::read(&folder.join("val.json"), &mut Warnings::default()).unwrap();
    let CocoImage { width, height, .. } = dataset.images[0];
    // A flat box can have an empty mask, which is like nothing.
    let has_pixels = |result: &&CocoResult| {
        let mask = result.segmentation.as_ref().unwrap();
        mask.to_rle(width, height).unwrap().unwrap().area() > 0
    };
    let truths = results.iter().filter(|result| result.image_id == 12.into()).filter(has_pixels);
    let truths = truths.zip(1..).map(|(result, id)| CocoAnnotation {
        id: CocoId::Number(id),
        image_id: result.image_id.clone(),
        category_id: result.category_id,
        bbox: result.bbox,
        area: 2000.0,
        iscrowd: false,
        segmentation: result.segmentation.clone(),
    });
    dataset.annotations = truths.collect();
    fs::write(folder.join("val.json"), dataset.to_json()).unwrap();

    let eval = ["eval", "--data", "@val.json", "--score-threshold", "0.06"];
    let table = succeeds(&maskrcnn(&folder, &[&eval[..], &["--json", "@run.json"], &NETWORK].concat()));
    let from_results = ["--json", "@file.json", "--results", "@results.json"];
    let table_of_results = succeeds(&maskrcnn(&folder, &[&eval[..], &from_results].concat()));
    for start in ["all ", "noise ", "black "] {
        assert!(table.lines().any(|line| line.starts_with(start)), "{table}");
        assert!(table_of_results.lines().any(|line| line.starts_with(start)), "{table_of_results}");
    }
    let scores = json(&folder.join("file.json"));
    for region in ["boxes", "masks"] {
        let scores = &scores["by_kind"]["noise"][region];
        assert!(scores["coco"][0]["ap_medium"].as_f64().unwrap() > 0.99, "{scores}");
        assert!(scores["coco"][0]["ap_large"].is_null());
        assert!(scores["instances"]["pooled"]["ap50"].as_f64().unwrap() > 0.95, "{scores}");
        assert_eq!(scores["coco"][1]["max_detections"], 500);
    }
    // All detections, of any score, and the same ones.
    let run = json(&folder.join("run.json"));
    assert!(run["overall"]["detections"].as_u64() > scores["overall"]["detections"].as_u64());
    assert_eq!(run["overall"]["masks"]["instances"], scores["overall"]["masks"]["instances"]);
    assert_eq!(run["pictures"][0]["file_name"], "black.png");
}

#[test]
fn what_does_not_fit_is_an_error() {
    let folder = data_set("errors");
    let fails = |arguments: &[&str], why: &str| {
        let output = maskrcnn(&folder, arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(why), "{stderr}");
    };
    fails(&["predict", "--data", "@val.json"], "--results");
    fails(&["predict", "--data", "@val.json", "--results", "@r.json", "picture.png"], "cannot be used with");
    fails(&["eval", "--data", "@val.json", "--results", "@r.json", "--weights", "w.pth"], "cannot be used with");
    fails(&["eval", "--data", "@val.json", "--results", "@r.json"], "error[io]");
    fails(&["eval", "--data", "@val.json", "--max-detections", "0"], "max_detections needs");
    fs::write(folder.join("r.json"), r#"[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1}]"#)
        .unwrap();
    fails(&["eval", "--data", "@val.json", "--results", "@r.json"], "result 0: the data set has no image 1");

    RgbImage::new(41, 30).save(folder.join("val/black.png")).unwrap();
    fails(&[&["eval", "--data", "@val.json"][..], &NETWORK].concat(), "has 41×30 pixels, the data set says 40×30");
    let mut dataset = CocoDataset::read(&folder.join("val.json"), &mut Warnings::default()).unwrap();
    dataset.categories.push(CocoCategory { id: 91, name: "one more".into(), supercategory: None });
    fs::write(folder.join("val.json"), dataset.to_json()).unwrap();
    fails(&[&["eval", "--data", "@val.json"][..], &NETWORK].concat(), "the network has 90 classes of objects");
}

#[test]
fn one_unreadable_picture_does_not_lose_the_others() {
    let folder = data_set("unreadable");
    let mut dataset: Value = json(&folder.join("val.json"));
    // As COCO's test sets are: `image_info_*.json`.
    dataset.as_object_mut().unwrap().remove("annotations");
    dataset["images"][0]["id"] = "first".into();
    dataset["images"][0].as_object_mut().unwrap().remove("width");
    fs::write(folder.join("val.json"), dataset.to_string()).unwrap();
    fs::write(folder.join("val/black.png"), "no picture").unwrap();

    let predict = ["predict", "--data", "@val.json", "--results", "@results.json"];
    let output = maskrcnn(&folder, &[&predict[..], &NETWORK].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("warning: images that could not be read (left out): 1, first: image 3"), "{stderr}");
    let results = CocoResults::read(&folder.join("results.json"), &mut Warnings::default()).unwrap().0;
    assert!(results.len() > 10 && results.iter().all(|result| result.image_id == "first".into()));

    fs::remove_file(folder.join("results.json")).unwrap();
    let output = maskrcnn(&folder, &[&predict[..], &["--strict"], &NETWORK].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("error[invalid-input]"), "{stderr}");
    assert!(!folder.join("results.json").exists());

    // Its objects are not part of the scores.
    dataset["annotations"] = serde_json::json!([
        {"id": 1, "image_id": 3, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0},
        {"id": 2, "image_id": "first", "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0},
    ]);
    fs::write(folder.join("val.json"), dataset.to_string()).unwrap();
    let eval = ["eval", "--data", "@val.json", "--json", "@scores.json"];
    let output = maskrcnn(&folder, &[&eval[..], &NETWORK].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let scores = json(&folder.join("scores.json"));
    assert_eq!((&scores["overall"]["pictures"], &scores["overall"]["objects"]), (&1.into(), &1.into()));
    assert_eq!(scores["pictures"][0]["image_id"], "first");

    fs::remove_file(folder.join("val/reference.png")).unwrap();
    let output = maskrcnn(&folder, &[&predict[..], &NETWORK].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("1 of 1 pictures of"), "{stderr}");
}

/// What `toCoco({ imageId: 'black.png' })` of the npm package writes, scored on a data set with numbers.
#[test]
fn results_by_file_name_are_scored() {
    let folder = data_set("by_name");
    let mut dataset: Value = json(&folder.join("val.json"));
    dataset["annotations"] = serde_json::json!([
        {"id": 1, "image_id": 3, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 4, "iscrowd": 0.0,
         "segmentation": [1, 1, 3, 1, 3, 3, 1, 3]},
    ]);
    fs::write(folder.join("val.json"), dataset.to_string()).unwrap();
    let mask = Rle::from_runs(40, 30, vec![(31, 33), (61, 63)]).unwrap().to_compressed();
    let results = serde_json::json!([
        {"image_id": "black.png", "category_id": 1, "bbox": [1, 1, 2, 2], "score": 0.9,
         "segmentation": {"size": [30, 40], "counts": mask}},
    ]);
    fs::write(folder.join("r.json"), results.to_string()).unwrap();
    let eval = ["eval", "--data", "@val.json", "--results", "@r.json", "--json", "@scores.json", "--strict"];
    succeeds(&maskrcnn(&folder, &eval));
    let scores = json(&folder.join("scores.json"));
    for region in ["boxes", "masks"] {
        assert!(scores["overall"][region]["coco"][0]["ap"].as_f64().unwrap() > 0.999, "{scores}");
    }
}
