//! `maskrcnn predict` on folders: which files are taken, and what is said of the others.

use std::fs;
use std::path::Path;

use image::ImageFormat;
use serde_json::Value;

use crate::{fails, folder, json, path, pictures, predict, reference_picture, stderr, succeeds};

/// Every file of a folder and its sub-folders, by its path in it, in order.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).iter().map(|file| format!("{name}/{file}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// The files of a report, by their paths in a folder.
fn reported(report: &Value, folder: &Path) -> Vec<String> {
    let files = pictures(report).iter().map(|picture| picture["file"].as_str().unwrap());
    files.map(|file| path(Path::new(file).strip_prefix(folder).unwrap()).to_owned()).collect()
}

/// A folder with images in sub-folders, under equal names and endings, and other files.
fn album(name: &str) -> std::path::PathBuf {
    let album = folder(name).join("album");
    for sub in ["x/deep", "y", ".hidden", "__MACOSX"] {
        fs::create_dir_all(album.join(sub)).unwrap();
    }
    let picture = reference_picture();
    for file in ["a.png", "a.jpg", "x/a.png", "x/deep/b.webp", "y/a.png", ".hidden/c.png", "._a.png", "__MACOSX/a.png"]
    {
        picture.save(album.join(file)).unwrap();
    }
    picture.save_with_format(album.join("no ending"), ImageFormat::Png).unwrap();
    fs::write(album.join("slide.czi"), [&b"ZISRAWFILE"[..], &[0; 32]].concat()).unwrap();
    for text in ["notes.txt", "list.csv", "more.md", "zzz.log"] {
        fs::write(album.join(text), "text").unwrap();
    }
    for litter in [".DS_Store", "Thumbs.db", "desktop.ini"] {
        fs::write(album.join(litter), [0, 1, 2]).unwrap();
    }
    album
}

#[test]
fn what_is_left_out_of_a_folder_is_named() {
    let album = album("left_out");
    let report = album.with_file_name("out.json");
    let output = predict(&[path(&album), "--json", path(&report)]);
    succeeds(&output);
    assert_eq!(reported(&json(&report), &album), ["a.jpg", "a.png", "no ending"]);
    let stderr = stderr(&output);
    let notes: Vec<String> =
        stderr.lines().filter(|line| line.starts_with("note: ")).map(|line| line.replace(path(&album), "…")).collect();
    assert_eq!(
        notes,
        [
            "note: left out 4 files that are not pictures: …/list.csv, …/more.md, …/notes.txt, ….",
            "note: left out 1 image of another format: …/slide.czi; convert to PNG, JPEG, WebP or TIFF.",
            "note: left out 2 sub-folders: …/x, …/y; --recursive looks into sub-folders.",
        ]
    );
}

#[test]
fn sub_folders_are_kept_and_nothing_is_written_twice() {
    let album = album("recursive");
    let (out, report) = (album.with_file_name("out"), album.with_file_name("out.json"));
    succeeds(&predict(&[path(&album), "--recursive", "--out", path(&out), "--json", path(&report)]));
    let all = ["a.jpg", "a.png", "no ending", "x/a.png", "x/deep/b.webp", "y/a.png"];
    assert_eq!(reported(&json(&report), &album), all);
    let drawn = ["a.jpg.png", "a.png", "no ending.png", "x/a.png", "x/deep/b.png", "y/a.png"];
    assert_eq!(files(&out), drawn);
    let overlays = pictures(&json(&report)).iter().map(|picture| picture["overlay"].clone()).collect::<Vec<_>>();
    assert_eq!(overlays, drawn.map(|name| Value::from(path(&out.join(name)))));
}

#[test]
fn pictures_of_equal_names_in_two_folders_are_both_drawn() {
    let album = album("two_folders");
    let out = album.with_file_name("out");
    succeeds(&predict(&[path(&album.join("x")), path(&album.join("y")), "--out", path(&out)]));
    assert_eq!(files(&out), ["a-2.png", "a.png"]);
}

#[test]
fn results_of_the_last_run_are_not_looked_at() {
    let album = album("results_inside");
    let (out, report) = (album.join("drawn"), album.with_file_name("out.json"));
    for _ in 0..2 {
        let output = predict(&[path(&album), "--recursive", "--out", path(&out), "--json", path(&report)]);
        succeeds(&output);
        assert_eq!(pictures(&json(&report)).len(), 6, "{}", stderr(&output));
    }
}

#[test]
fn a_folder_without_pictures_says_what_it_has() {
    let folder = folder("without_pictures");
    let output = predict(&[path(&folder)]);
    fails(&output, "invalid-input");
    assert!(stderr(&output).contains("holds no picture (PNG, JPEG, WebP, TIFF)"), "{}", stderr(&output));
    fs::create_dir(folder.join("sub")).unwrap();
    fs::write(folder.join("notes.txt"), "text").unwrap();
    let output = predict(&[path(&folder)]);
    fails(&output, "invalid-input");
    let stderr = stderr(&output);
    assert!(stderr.contains("1 file that is not a picture") && stderr.contains("--recursive"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;

    let folder = folder("links");
    let (album, report) = (folder.join("album"), folder.join("out.json"));
    fs::create_dir_all(album.join("sub")).unwrap();
    fs::create_dir(folder.join("elsewhere")).unwrap();
    reference_picture().save(folder.join("elsewhere/b.png")).unwrap();
    reference_picture().save(album.join("a.png")).unwrap();
    symlink(&album, album.join("sub/around")).unwrap();
    symlink(folder.join("elsewhere"), album.join("link")).unwrap();
    let output = predict(&[path(&album), "--recursive", "--json", path(&report)]);
    succeeds(&output);
    assert_eq!(reported(&json(&report), &album), ["a.png", "link/b.png"]);
    assert!(stderr(&output).contains("left out 1 link to a folder around it: "), "{}", stderr(&output));

    symlink(folder.join("nowhere.png"), album.join("dangling.png")).unwrap();
    let output = predict(&[path(&album), "--recursive", "--json", path(&report)]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(reported(&json(&report), &album), ["a.png", "link/b.png"]);
    fails(&output, "io");
    assert!(stderr(&output).contains("dangling.png: "), "{}", stderr(&output));
}
