//! `maskrcnn eval --worst`: which images are drawn, and what is seen in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{Rgb, RgbImage};
use serde_json::json;

const FOUND: Rgb<u8> = Rgb([0, 158, 115]);
const NOT_ANNOTATED: Rgb<u8> = Rgb([213, 94, 0]);
const MISSED: Rgb<u8> = Rgb([86, 180, 233]);

/// Images of 64×48 pixels whose names say what is the matter with them, of the kind `a/b`, and empty ones.
fn data_set(name: &str, images: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("worst").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.join("val")).unwrap();
    let (mut annotations, mut results) = (Vec::new(), Vec::new());
    // One object to the left and one to the right; polygons, so that both have masks.
    let objects = [[4, 6, 24, 30], [36, 6, 20, 30]];
    let polygon = |[x, y, width, height]: [i32; 4]| [[x, y, x + width, y, x + width, y + height, x, y + height]];
    for (id, image) in images.iter().enumerate() {
        RgbImage::new(64, 48).save(folder.join("val").join(format!("{image}-{id}.png"))).unwrap();
        let (is_annotated, is_found) = match *image {
            "right" => ([true, true], [true, true]),
            "missed" => ([true, true], [true, false]),
            "invented" => ([true, false], [true, true]),
            "unlabelled" => ([true, false], [true, true]),
            _ => ([false; 2], [false; 2]),
        };
        for (place, object) in objects.iter().enumerate() {
            if is_annotated[place] {
                annotations.push(json!({
                    "id": annotations.len() + 1, "image_id": id, "category_id": 1, "iscrowd": 0,
                    "bbox": object, "area": object[2] * object[3], "segmentation": polygon(*object),
                }));
            }
            if is_found[place] {
                // What is invented where not all of a category is labelled may be right.
                let category_id = if *image == "unlabelled" && place == 1 { 2 } else { 1 };
                results.push(json!({
                    "image_id": id, "category_id": category_id, "score": 0.9,
                    "bbox": object, "segmentation": polygon(*object),
                }));
            }
        }
        results.push(json!({ "image_id": id, "category_id": 1, "score": 0.2, "bbox": [0, 0, 9, 9],
            "segmentation": polygon([0, 0, 9, 9]) }));
    }
    let images = images.iter().enumerate().map(|(id, image)| {
        let mut entry =
            json!({ "id": id, "file_name": format!("{image}-{id}.png"), "width": 64, "height": 48, "kind": "a/b" });
        if *image == "unlabelled" {
            entry["labelled_categories"] = json!([1]);
        }
        entry
    });
    let dataset = json!({
        "images": images.collect::<Vec<_>>(), "annotations": annotations,
        "categories": [{ "id": 1, "name": "nucleus" }, { "id": 2, "name": "speck" }],
    });
    fs::write(folder.join("val.json"), dataset.to_string()).unwrap();
    fs::write(folder.join("results.json"), json!(results).to_string()).unwrap();
    folder
}

fn eval(folder: &Path, more: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).display().to_string();
    let (data, results, sheets) = (path("val.json"), path("results.json"), path("sheets"));
    let arguments = ["eval", "--data", &data, "--results", &results, "--worst", &sheets];
    Command::new(env!("CARGO_BIN_EXE_maskrcnn")).args(arguments).args(more).output().unwrap()
}

#[track_caller]
fn listed(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().skip_while(|line| !line.starts_with("The worst images, a/b"));
    lines.skip(1).take_while(|line| line.contains(".png") && !line.contains("drawn in")).map(str::to_owned).collect()
}

/// How many pixels of a colour there are above the legend.
fn count(sheet: &RgbImage, colour: Rgb<u8>) -> usize {
    let legend = sheet.height() - 24;
    sheet.enumerate_pixels().filter(|&(_, y, pixel)| y < legend && *pixel == colour).count()
}

#[test]
fn the_worst_come_first_and_show_what_was_missed() {
    let cases = [("right", [true, false, false]), ("missed", [true, false, true]), ("invented", [true, true, false])];
    for (image, colours) in cases {
        let folder = data_set(image, &[image]);
        assert_eq!(listed(&eval(&folder, &[])).len(), 1);
        let sheet = image::open(folder.join("sheets/a-b.png")).unwrap().to_rgb8();
        let outlined = [FOUND, NOT_ANNOTATED, MISSED].map(|colour| count(&sheet, colour));
        for (length, is_there) in outlined.into_iter().zip(colours) {
            // Around one or two objects of about 20×30 pixels, five times as large in the sheet.
            assert_eq!((400..1100).contains(&length), is_there, "{image}: {outlined:?}");
            assert_eq!(length == 0, !is_there, "{image}: {outlined:?}");
        }
    }
    let folder = data_set("order", &["right", "missed", "empty", "right"]);
    let lines = listed(&eval(&folder, &[]));
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("missed-1.png") && lines[0].contains(" 0.500  0.500 "), "{lines:?}");
    assert!(lines[0].contains("2 objects, 1 found") && lines[2].contains("1.000"), "{lines:?}");
}

#[test]
fn what_is_not_labelled_is_not_called_wrong() {
    let folder = data_set("unlabelled", &["unlabelled"]);
    listed(&eval(&folder, &[]));
    let sheet = image::open(folder.join("sheets/a-b.png")).unwrap().to_rgb8();
    assert_eq!(count(&sheet, NOT_ANNOTATED), 0);
    assert!(count(&sheet, FOUND) > 0);
}

#[test]
fn as_many_are_drawn_as_asked_for() {
    let folder = data_set("many", &["missed"; 12]);
    assert_eq!(listed(&eval(&folder, &[])).len(), 10);
    let ten = image::open(folder.join("sheets/a-b.png")).unwrap().to_rgb8();
    assert_eq!(listed(&eval(&folder, &["--worst-images", "12"])).len(), 12);
    let twelve = image::open(folder.join("sheets/a-b.png")).unwrap().to_rgb8();
    assert_eq!(ten.width(), twelve.width());
    assert!(twelve.height() > ten.height() + 600, "a third row");
    let refused = eval(&folder, &["--worst-images", "0"]);
    assert!(!refused.status.success());
    let file = folder.join("val.json").display().to_string();
    let data = ["eval", "--data", &file, "--results", &file, "--worst", &file];
    let output = Command::new(env!("CARGO_BIN_EXE_maskrcnn")).args(data).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("error[io]"), "{output:?}");
}
