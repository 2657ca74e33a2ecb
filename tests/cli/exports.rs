//! `maskrcnn predict`: files for other programs, and filters.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use maskrcnn_web::coco::{CocoDataset, CocoId, Warnings};
use serde_json::Value;

use crate::{detections, fails, folder, json, maskrcnn, path, predict, reference_picture, stderr, succeeds};

/// The rows of a table, by the names of the columns. No cell of these tests is quoted.
fn table(file: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or(f64::NAN)
}

#[test]
fn all_files_have_the_same_objects_with_the_same_numbers() {
    let folder = folder("exports");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let names = ["out.csv", "out.tif", "out.zip", "out.geojson", "out.json", "coco.json", "results.json", "out.png"];
    let files = names.map(|name| folder.join("made").join(name));
    let [csv, labels, rois, geojson, report, coco, results, out] = files.each_ref().map(|file| path(file));
    let outputs = ["--csv", csv, "--label-image", labels, "--rois", rois, "--geojson", geojson, "--json", report];
    let more = ["--coco", coco, "--coco-results", results, "--out", out, "--numbers"];
    succeeds(&predict(&[&[path(&picture)], &outputs[..], &more].concat()));

    let rows = table(Path::new(csv));
    let report = json(Path::new(report));
    let found = detections(&report);
    assert!(!found.is_empty());
    assert_eq!(rows.len(), found.len());
    for (index, (row, object)) in rows.iter().zip(found).enumerate() {
        assert_eq!((row["image"].as_str(), number(row, "id")), ("in.png", (index + 1) as f64));
        assert_eq!(
            (object["id"].as_u64(), object["area"].as_f64()),
            (Some(index as u64 + 1), Some(number(row, "area_px2")))
        );
        assert_eq!(object["label"], row["label"]);
        let within = number(row, "intensity_min_red") <= number(row, "intensity_mean_red");
        assert!(within || number(row, "area_px2") == 0.0, "{row:?}");
    }
    let drawn: Vec<u64> =
        found.iter().filter(|object| object["area"] != 0.0).map(|object| object["id"].as_u64().unwrap()).collect();
    let features = json(Path::new(geojson))["features"].as_array().unwrap().clone();
    let numbers: Vec<u64> =
        features.iter().map(|feature| feature["properties"]["name"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, drawn);
    let dataset = CocoDataset::from_json(&fs::read(coco).unwrap(), &mut Warnings::default()).unwrap();
    assert_eq!((dataset.images[0].file_name.as_str(), dataset.annotations.len()), ("in.png", found.len()));
    let results: Vec<Value> = serde_json::from_value(json(Path::new(results))).unwrap();
    assert_eq!(results.len(), found.len());
    assert_eq!(results[0]["segmentation"], found[0]["segmentation"]);
    assert_eq!(fs::read(labels).unwrap()[..4], *b"II*\0");
    assert_eq!(fs::read(rois).unwrap()[..4], *b"PK\x03\x04");

    let plain = folder.join("plain.png");
    succeeds(&predict(&[path(&picture), "--out", path(&plain)]));
    assert_ne!(fs::read(out).unwrap(), fs::read(&plain).unwrap(), "no numbers are drawn");
}

#[test]
fn each_image_of_a_folder_has_a_file_and_all_have_one_table() {
    let folder = folder("exports_of_a_folder");
    let pictures = folder.join("in");
    fs::create_dir_all(pictures.join("b")).unwrap();
    for name in ["a.png", "a.jpg", "b/c.png"] {
        reference_picture().save(pictures.join(name)).unwrap();
    }
    fs::write(pictures.join("damaged.png"), "not an image").unwrap();
    let [csv, labels, rois, coco] = ["all.csv", "labels", "rois", "coco.json"].map(|name| folder.join(name));
    let arguments = ["--csv", path(&csv), "--label-image", path(&labels), "--rois", path(&rois), "--coco", path(&coco)];
    let output = predict(&[&[path(&pictures), "--recursive"], &arguments[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(output.stdout.is_empty(), "the JSON is printed, too");
    for name in ["a.jpg.tif", "a.png.tif", "b/c.tif"] {
        assert!(labels.join(name).is_file(), "{name} is missing");
    }
    assert!(rois.join("b/c.zip").is_file() && rois.join("a.jpg.zip").is_file());
    let rows = table(&csv);
    let images: Vec<&str> = rows.iter().map(|row| row["image"].as_str()).collect();
    assert!(images.is_sorted() && ["a.jpg", "a.png"].iter().all(|name| images.contains(name)), "{images:?}");
    let dataset = CocoDataset::from_json(&fs::read(&coco).unwrap(), &mut Warnings::default()).unwrap();
    assert_eq!(
        dataset.images.iter().map(|image| &image.id).collect::<Vec<_>>(),
        [1, 2, 3].map(CocoId::Number).each_ref()
    );
    assert_eq!(dataset.annotations.len(), rows.len());

    // A folder of results among the images is not looked into.
    let inside = pictures.join("labels");
    for _ in 0..2 {
        let again = ["--recursive", "--label-image", path(&inside), "--csv", path(&csv)];
        predict(&[&[path(&pictures)], &again[..]].concat());
        assert_eq!(table(&csv).len(), rows.len());
    }
}

#[test]
fn filters_leave_what_they_name() {
    let folder = folder("filters");
    let picture = folder.join("in.png");
    reference_picture().save(&picture).unwrap();
    let rows = |filters: &[&str]| {
        let csv = folder.join("out.csv");
        succeeds(&predict(&[&[path(&picture), "--csv", path(&csv)], filters].concat()));
        table(&csv)
    };
    let all = rows(&[]);
    let mut areas: Vec<f64> = all.iter().map(|row| number(row, "area_px2")).collect();
    areas.sort_by(f64::total_cmp);
    let middle = areas[areas.len() / 2];
    let kept = |condition: &dyn Fn(&BTreeMap<String, String>) -> bool| all.iter().filter(|row| condition(row)).count();
    let text = middle.to_string();
    for (filters, expected) in [
        (vec!["--min-area", &text], kept(&|row| number(row, "area_px2") >= middle)),
        (vec!["--max-area", &text], kept(&|row| number(row, "area_px2") <= middle)),
        (vec!["--exclude-border"], kept(&|row| number(row, "touches_border") == 0.0)),
        (vec!["--where", "solidity>=0.9"], kept(&|row| number(row, "solidity") >= 0.9)),
        (vec!["--where", "intensity_mean_red<100"], kept(&|row| number(row, "intensity_mean_red") < 100.0)),
    ] {
        let found = rows(&filters);
        assert_eq!(found.len(), expected, "{filters:?}");
        let ids: Vec<f64> = found.iter().map(|row| number(row, "id")).collect();
        assert_eq!(ids, (1..=expected).map(|id| id as f64).collect::<Vec<_>>(), "{filters:?}");
    }
}

#[test]
fn mistakes_are_told_before_a_network_runs() {
    let folder = folder("exports_mistaken");
    let (a, b) = (folder.join("a.png"), folder.join("b.png"));
    reference_picture().save(&a).unwrap();
    reference_picture().save(&b).unwrap();
    let out = folder.join("out");
    let with = |arguments: &[&str]| {
        maskrcnn(&[&["predict", path(&a), path(&b), "--weights", "nowhere.pth"], arguments].concat())
    };
    for arguments in [
        ["--label-image", "one.tif"],
        ["--rois", "one.zip"],
        ["--geojson", "one.geojson"],
        ["--where", "roundness>1"],
        ["--csv-delimiter", "|"],
        ["--csv-decimal", ","],
    ] {
        fails(&with(&arguments), "invalid-input");
    }
    fails(&with(&["--csv", path(&a)]), "invalid-input");
    fails(&with(&["--label-image", path(&out), "--csv", path(&out.join("a.tif"))]), "invalid-input");
    fails(&with(&["--min-area", "9", "--max-area", "3"]), "invalid-input");
    for arguments in [["--where", "area"], ["--min-area", "large"], ["--csv-delimiter", "ab"]] {
        assert_eq!(with(&arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(with(&["--numbers"]).status.code(), Some(2));
    assert!(!out.exists());
}
