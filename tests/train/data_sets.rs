//! What a training is given to learn from and to be measured on: all of it is checked before the first step.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use maskrcnn_web::Result;
use maskrcnn_web::coco::{WarningKind, Warnings};
use maskrcnn_web::train::{
    CategoryIds, Choice, Dataset, Job, Observer, Outcome, Record, Start, StepRecord, ValidationRecord,
};
use serde_json::{Value, json};

use crate::fixtures::{folder, of_kinds, write};
use crate::run;

/// Keeps the warnings.
#[derive(Default)]
struct Listener(Vec<String>);

impl Observer for Listener {
    fn warned(&mut self, warning: &str) {
        self.0.push(warning.to_owned());
    }
    fn chosen(&mut self, _labels: &[String], choices: &[Choice]) {
        panic!("{choices:?}");
    }
    fn started(&mut self, _start: &Start) {}

    fn begin(&mut self, _step: u64, _steps: u64) {}
    fn step(&mut self, _record: &StepRecord) {}
    fn validating(&mut self, _done: usize, _pictures: usize) {}
    fn validated(&mut self, _record: &ValidationRecord, _best: bool) {}
}

fn train(job: &Job) -> (Result<Outcome>, Vec<String>) {
    let mut listener = Listener::default();
    let outcome = job.run(&mut listener, &AtomicBool::new(false));
    (outcome, listener.0)
}

/// A training of two steps, measured on a data set of its own.
fn job(folder: &Path) -> Job {
    let job = run::job(folder, &["schedule.steps=2"]);
    let val = folder.join("elsewhere/val.json");
    fs::create_dir_all(val.parent().unwrap()).unwrap();
    fs::copy(&job.data, &val).unwrap();
    Job { validation: Some(val), ..job }
}

fn change(json: &Path, change: impl FnOnce(&mut Value)) {
    let mut data = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    change(&mut data);
    fs::write(json, data.to_string()).unwrap();
}

#[test]
fn pictures_of_both_sets_are_checked_before_the_first_step() {
    let folder = folder("both_sets");
    let hidden = folder.join("hidden");
    let job = Job { images: Some(hidden.clone()), ..job(&folder) };
    fs::rename(folder.join("data"), &hidden).unwrap();
    let (outcome, _) = train(&job);
    let error = outcome.unwrap_err();
    assert!(error.code() == "io" && error.to_string().contains("3 of 3 pictures of"), "{error}");
    assert!(error.to_string().contains("val.json cannot be used"), "{error}");
    assert!(!job.out.exists(), "nothing is left behind");

    // In a folder that is named, and in one that is found.
    let with_folder = Job { validation_images: Some(hidden.clone()), ..job.clone() };
    let (outcome, warnings) = train(&with_folder);
    assert!(outcome.unwrap().validation.is_some());
    assert_eq!(warnings, [""; 0]);
    let images = folder.join("images");
    fs::rename(&hidden, &images).unwrap();
    let job = Job { images: None, ..job };
    let (outcome, _) = train(&Job { out: folder.join("other"), ..job.clone() });
    assert!(outcome.unwrap().validation.is_some());

    fs::write(images.join("1.png"), "not a picture").unwrap();
    let error = train(&Job { out: folder.join("third"), ..job }).0.unwrap_err().to_string();
    assert!(error.contains("1.png") && error.contains("1 of 3 pictures of"), "{error}");
}

#[test]
fn objects_with_boxes_only_teach_boxes() {
    let folder = folder("boxes_only");
    let job = run::job(&folder, &["schedule.steps=2"]);
    for without in [1, 3] {
        change(&job.data, |data| {
            for annotation in &mut data["annotations"].as_array_mut().unwrap()[..without] {
                annotation.as_object_mut().unwrap().remove("segmentation");
            }
        });
        let job = Job { out: folder.join(format!("run{without}")), ..job.clone() };
        let (outcome, warnings) = train(&job);
        assert!(outcome.unwrap().finished);
        assert_eq!(warnings.len(), usize::from(without < 3), "{warnings:?}");
        assert!(warnings.iter().all(|warning| warning.contains("bbox only") && warning.contains("annotation 1")));
        let text = fs::read_to_string(job.out.join("metrics.jsonl")).unwrap();
        let mut steps = 0;
        for line in text.lines() {
            let Record::Step(record) = serde_json::from_str(line).unwrap() else { continue };
            steps += 1;
            assert!(record.losses.named().all(|(_, value)| value.is_finite()), "{record:?}");
        }
        assert_eq!(steps, 2);
    }
}

#[test]
fn warnings_are_told_and_can_be_errors() {
    let folder = folder("warnings");
    let job = run::job(&folder, &["schedule.steps=1"]);
    change(&job.data, |data| data["annotations"][0]["image_id"] = json!(99));
    let (outcome, warnings) = train(&Job { strict: true, ..job.clone() });
    let error = outcome.unwrap_err();
    assert!(error.code() == "invalid-input" && error.to_string().contains("image that is not listed"), "{error}");
    assert_eq!((warnings.len(), job.out.exists()), (0, false));
    let (outcome, warnings) = train(&job);
    assert!(outcome.unwrap().finished);
    // Of both data sets, which are one: told once, with the file.
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("(ignored): 2, first: annotation 1: its image_id is 99 in"), "{warnings:?}");
}

#[test]
fn classes_that_nothing_uses_are_said() {
    let folder = folder("unused");
    let mut data = of_kinds(&["a"]);
    data["categories"] = json!([
        { "id": 0, "name": "cells", "supercategory": "none" },
        { "id": 1, "name": "thing", "supercategory": "cells" },
        { "id": 2, "name": "other", "supercategory": "cells" },
    ]);
    let path = write(&folder, &data);
    let mut warnings = Warnings::default();
    let dataset = Dataset::open(&path, None, CategoryIds::Contiguous, &mut warnings).unwrap();
    assert_eq!(dataset.labels(), ["background", "thing", "other"]);
    assert_eq!(dataset.sample(0).unwrap().objects[0].class_id, 1);
    let warning = warnings.get(WarningKind::UnusedCategory).unwrap();
    assert_eq!(warning.count, 2);
    assert!(warning.example.starts_with("cells (a group, not a class) in "), "{warning}");
}

#[test]
fn validation_has_the_training_s_classes() {
    let folder = folder("other_classes");
    let job = job(&folder);
    let job = Job { validation_images: Some(folder.join("data")), ..job };
    let val = job.validation.clone().unwrap();
    // The same category under another id.
    change(&val, |data| {
        data["categories"] = json!([{ "id": 1, "name": "unseen" }, { "id": 8, "name": "thing" }]);
        data["annotations"].as_array_mut().unwrap().iter_mut().for_each(|object| object["category_id"] = json!(8));
    });
    assert!(train(&job).0.unwrap().validation.unwrap().overall.box_ap.is_some());
    change(&val, |data| data["annotations"][0]["category_id"] = json!(1));
    let error = train(&Job { out: folder.join("other"), ..job }).0.unwrap_err().to_string();
    assert!(error.contains("val.json") && error.contains("\"unseen\" (id 1)") && error.contains("thing"), "{error}");
}
