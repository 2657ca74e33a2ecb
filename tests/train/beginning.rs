//! How a run begins: what is left behind where it fails before, and what is only warned of.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use maskrcnn_web::Error;
use maskrcnn_web::Result;
use maskrcnn_web::train::{Choice, Job, Observer, Outcome, Start, StepRecord, ValidationRecord};

use crate::fixtures::folder;
use crate::run::job;

/// Keeps the warnings, and stops a training at its beginning or after its first step.
#[derive(Default)]
struct Listener<'a> {
    warnings: Vec<String>,
    stop_at_once: bool,
    stop: Option<&'a AtomicBool>,
}

impl Listener<'_> {
    fn stop(&self) {
        if let Some(stop) = self.stop {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Observer for Listener<'_> {
    fn warned(&mut self, warning: &str) {
        self.warnings.push(warning.to_owned());
    }
    fn chosen(&mut self, _labels: &[String], choices: &[Choice]) {
        panic!("{choices:?}");
    }
    fn started(&mut self, _start: &Start) {}

    fn begin(&mut self, _step: u64, _steps: u64) {
        if self.stop_at_once {
            self.stop();
        }
    }
    fn step(&mut self, _record: &StepRecord) {
        self.stop();
    }
    fn validating(&mut self, _done: usize, _pictures: usize) {}
    fn validated(&mut self, _record: &ValidationRecord, _best: bool) {}
}

/// Trains for one step, or for none.
fn start(job: &Job, stop_at_once: bool) -> (Result<Outcome>, Vec<String>) {
    let stop = AtomicBool::new(false);
    let mut listener = Listener { stop_at_once, stop: Some(&stop), ..Listener::default() };
    (job.run(&mut listener, &stop), listener.warnings)
}

/// A job of which no image can be read, so that it fails in its first step.
fn broken(folder: &Path) -> Job {
    let job = job(folder, &[]);
    for picture in fs::read_dir(folder.join("data")).unwrap() {
        fs::write(picture.unwrap().path(), "not a picture").unwrap();
    }
    job
}

#[test]
fn a_run_that_fails_before_its_first_step_leaves_nothing_behind() {
    let folder = folder("beginning_failed");
    let mut job = broken(&folder);
    job.out = folder.join("runs/today/first");
    assert!(matches!(start(&job, false).0, Err(Error::InvalidInput(_))));
    assert!(!folder.join("runs").exists());

    // A folder that was there stays as it was, and what was there above the new one, too.
    fs::create_dir_all(folder.join("runs/today")).unwrap();
    fs::write(folder.join("runs/config.toml"), "seed = 3").unwrap();
    job.out = folder.join("runs");
    assert!(start(&job, false).0.is_err());
    job.out = folder.join("runs/today/second");
    assert!(start(&job, false).0.is_err());
    assert_eq!(fs::read_to_string(folder.join("runs/config.toml")).unwrap(), "seed = 3");
    assert_eq!(fs::read_dir(folder.join("runs")).unwrap().count(), 2);
    assert_eq!(fs::read_dir(folder.join("runs/today")).unwrap().count(), 0);
}

#[test]
fn the_folder_of_a_failed_run_can_be_used_with_and_without_resuming() {
    for resume in [false, true] {
        let folder = folder(&format!("beginning_again_{resume}"));
        assert!(start(&broken(&folder), false).0.is_err());
        let outcome = start(&Job { resume, ..job(&folder, &[]) }, false).0.unwrap();
        assert_eq!(outcome.step, 1);
        assert!(folder.join("run/config.toml").exists() && folder.join("run/checkpoint.safetensors").exists());
        let error = start(&job(&folder, &[]), false).0.unwrap_err();
        assert!(error.to_string().contains("--resume"), "{error}");
    }
}

#[test]
fn a_run_that_is_stopped_before_its_first_step_leaves_nothing_behind() {
    let folder = folder("beginning_stopped");
    let job = job(&folder, &[]);
    let outcome = start(&job, true).0.unwrap();
    assert_eq!((outcome.step, outcome.finished), (0, false));
    assert!(!job.out.exists());
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_told_before_the_first_step() {
    let folder = folder("beginning_unwritable");
    let mut job = job(&folder, &[]);
    fs::write(folder.join("file"), "").unwrap();
    job.out = folder.join("file/run");
    let (result, _) = start(&job, false);
    assert!(matches!(&result, Err(Error::Io { path, .. }) if path.ends_with("run")), "{result:?}");
}

#[test]
fn weights_of_kinds_that_are_not_there_are_only_warned_of() {
    let job = job(&folder("beginning_kinds"), &["loader.kind_weights={ a = 2.0, stained = 3.0, other = 1.0 }"]);
    let (outcome, warnings) = start(&job, false);
    assert_eq!(outcome.unwrap().step, 1);
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.contains("`other`, `stained`") && !warning.contains("`a`"), "{warning}");

    let folder = folder("beginning_no_kinds");
    let job = crate::run::job(&folder, &["loader.kind_weights={ a = 2.0 }"]);
    let mut data: serde_json::Value = serde_json::from_slice(&fs::read(&job.data).unwrap()).unwrap();
    for image in data["images"].as_array_mut().unwrap() {
        image.as_object_mut().unwrap().remove("kind");
    }
    fs::write(&job.data, data.to_string()).unwrap();
    let (outcome, warnings) = start(&job, false);
    assert_eq!((outcome.unwrap().step, warnings.len()), (1, 1), "{warnings:?}");
}
