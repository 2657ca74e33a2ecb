//! Where images are found, however they are laid out and named.

use std::fs;
use std::path::{Path, PathBuf};

use maskrcnn_web::coco::ImageFiles;

/// A folder with these files, all empty.
fn folder(name: &str, files: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image_files").join(name);
    drop(fs::remove_dir_all(&folder));
    for file in files {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, []).unwrap();
    }
    folder
}

#[test]
fn layouts_of_exporters_are_known() {
    for (json, picture) in [
        ("val.json", "val/a.png"),
        ("val.json", "a.png"),
        ("_annotations.coco.json", "a.png"),
        ("val.json", "images/a.png"),
        ("val.json", "images/val/a.png"),
        ("annotations/val.json", "images/a.png"),
        ("annotations/val.json", "images/val/a.png"),
        ("annotations/instances_val2017.json", "val2017/a.png"),
        ("annotations/image_info_test-dev2017.json", "test2017/a.png"),
        ("annotations/person_keypoints_train2017.json", "train2017/a.png"),
        ("annotations/instances_default.json", "images/default/a.png"),
        ("annotations/instances_Train.json", "images/Train/a.png"),
        ("instances_val2017.json", "val2017/a.png"),
        ("annotations/instances_val2017.json", "images/val2017/a.png"),
        ("annotations/instances_val2017.json", "val2017/images/a.png"),
        ("labels.json", "data/a.png"),
        ("annotations/a.json", "a.png"),
    ] {
        let folder = folder("layouts", &[json, picture]);
        let found = ImageFiles::new(&folder.join(json), None).find("a.png").expect(picture);
        assert_eq!(found.canonicalize().unwrap(), folder.join(picture).canonicalize().unwrap(), "{json}");
    }
}

#[test]
fn names_of_exporters_are_known() {
    let folder = folder("names", &["val.json", "val/a b.png", "val/sub/c.png", "val/50%.png"]);
    let absolute = folder.join("val/sub/c.png");
    for (name, file) in [
        ("a b.png", "val/a b.png"),
        ("./a b.png", "val/a b.png"),
        ("a%20b.png", "val/a b.png"),
        ("sub/c.png", "val/sub/c.png"),
        ("sub\\c.png", "val/sub/c.png"),
        (".\\sub\\c.png", "val/sub/c.png"),
        ("C:\\data\\val\\sub\\c.png", "val/sub/c.png"),
        ("/home/somebody/data/val/sub/c.png", "val/sub/c.png"),
        ("https://example.com/data/a%20b.png?size=large", "val/a b.png"),
        ("val/sub/c.png", "val/sub/c.png"),
        ("50%.png", "val/50%.png"),
        (absolute.to_str().unwrap(), "val/sub/c.png"),
    ] {
        let found = ImageFiles::new(&folder.join("val.json"), None).find(name).expect(name);
        assert_eq!(found.canonicalize().unwrap(), folder.join(file).canonicalize().unwrap(), "{name}");
    }
}

#[test]
fn a_folder_that_is_given_is_the_only_one() {
    let folder = folder("given", &["val.json", "val/a.png", "other/b.png"]);
    let mut files = ImageFiles::new(&folder.join("val.json"), Some(&folder.join("other")));
    assert_eq!(files.find("b.png").unwrap(), folder.join("other/b.png"));
    let error = files.find("a.png").unwrap_err();
    assert_eq!(error.code(), "io");
    let text = error.to_string();
    assert!(text.starts_with(&folder.join("other/a.png").display().to_string()), "{text}");
    assert!(text.contains("looked for \"a.png\" in") && text.contains("other/; name the folder"), "{text}");
}

#[test]
fn two_names_are_never_one_file() {
    let folder = folder("twice", &["val.json", "val/1.png"]);
    let mut files = ImageFiles::new(&folder.join("val.json"), None);
    assert!(files.find("a/1.png").is_ok() && files.find("a/1.png").is_ok());
    let error = files.find("b/1.png").unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    assert!(error.to_string().contains("that of \"a/1.png\""), "{error}");
    assert_eq!(files.find("").unwrap_err().code(), "invalid-input");
}
