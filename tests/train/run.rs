//! Whole trainings: what they leave behind, and how they resume after an interruption.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use burn::tensor::Device;
use maskrcnn_web::train::{
    Choice, Configuration, Job, Observer, Outcome, Record, Start, StepRecord, TrainConfig, ValidationRecord,
};
use maskrcnn_web::weights::{self, WeightsOptions};
use maskrcnn_web::{Error, Result};

use crate::fixtures::{folder, of_kinds, write};
use crate::trainer::MICRO;

/// Stops a training after a step.
struct StopAfter<'a> {
    step: u64,
    stop: &'a AtomicBool,
}

impl Observer for StopAfter<'_> {
    fn warned(&mut self, warning: &str) {
        panic!("{warning}");
    }
    fn chosen(&mut self, _labels: &[String], choices: &[Choice]) {
        panic!("{choices:?}");
    }
    fn started(&mut self, _start: &Start) {}

    fn begin(&mut self, _step: u64, _steps: u64) {}
    fn step(&mut self, record: &StepRecord) {
        self.stop.store(record.step >= self.step, Ordering::Relaxed);
    }
    fn validating(&mut self, _done: usize, _pictures: usize) {}
    fn validated(&mut self, _record: &ValidationRecord, _best: bool) {}
}

pub(crate) fn job(folder: &Path, changes: &[&str]) -> Job {
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    let data = write(folder, &of_kinds(&["a", "b", "a"]));
    Job {
        validation: Some(data.clone()),
        data,
        images: None,
        validation_images: None,
        strict: false,
        out: folder.join("run"),
        config: Configuration::Given(Box::new(TrainConfig::from_toml(MICRO, &changes).unwrap())),
        resume: false,
        weights: None,
        state_dict: None,
        device: Device::flex(),
    }
}

fn run_until(job: &Job, step: u64) -> Result<Outcome> {
    let stop = AtomicBool::new(false);
    job.run(&mut StopAfter { step, stop: &stop }, &stop)
}

fn run(job: &Job) -> Result<Outcome> {
    run_until(job, u64::MAX)
}

fn records(out: &Path) -> Vec<Record> {
    let text = fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The records without what no two runs have in common: times.
fn without_times(out: &Path) -> Vec<Record> {
    let timeless = records(out).into_iter().map(|record| match record {
        Record::Step(record) => Record::Step(StepRecord { pictures_per_second: 0.0, ..record }),
        Record::Validation(record) => Record::Validation(ValidationRecord { seconds: 0.0, ..record }),
    });
    timeless.collect()
}

/// Asserts that two trainings took the same steps and reached the same weights, bit by bit.
#[track_caller]
fn assert_same(out: &Path, other: &Path) {
    assert_eq!(without_times(out), without_times(other));
    for file in ["final.safetensors", "best.safetensors", "checkpoint.safetensors"] {
        let bytes = |out: &Path| fs::read(out.join(file)).unwrap();
        assert!(bytes(out) == bytes(other), "{file} differs");
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, word: &str) {
    match result {
        Err(Error::InvalidInput(reason)) => assert!(reason.contains(word), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_training_leaves_its_weights_and_how_it_went() {
    let job = job(&folder("run_files"), &["validation.every=3"]);
    let outcome = run(&job).unwrap();
    assert_eq!((outcome.step, outcome.finished), (6, true));

    let records = records(&job.out);
    let order: Vec<(u64, bool)> =
        records.iter().map(|record| (record.step(), matches!(record, Record::Validation(_)))).collect();
    let steps = |steps: [u64; 3]| steps.map(|step| (step, false));
    assert_eq!(order, [&steps([1, 2, 3])[..], &[(3, true)], &steps([4, 5, 6]), &[(6, true)]].concat());
    let Some(Record::Validation(last)) = records.last() else { panic!("{records:?}") };
    assert_eq!(outcome.validation.as_ref(), Some(last));
    assert_eq!(last.by_kind.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert!(last.overall.mask_ap.is_some() && last.overall.cells50.is_some());

    let config = fs::read_to_string(job.out.join("config.toml")).unwrap();
    let Configuration::Given(given) = &job.config else { panic!("{:?}", job.config) };
    assert_eq!(TrainConfig::from_toml(&config, &[]).as_ref(), Ok(&**given));
    let plot = fs::read_to_string(job.out.join("plot.svg")).unwrap();
    assert!(plot.starts_with("<svg") && plot.contains("objectness") && plot.contains("mask AP50"));
    for file in ["best.safetensors", "final.safetensors"] {
        let bytes = fs::read(job.out.join(file)).unwrap();
        let model = weights::load(bytes, &WeightsOptions::default(), &Device::flex()).unwrap().network;
        assert_eq!(model.layout().num_classes, 2);
        assert_eq!(model.layout().backbone.as_resnet().unwrap().planes, [4, 4, 8, 8]);
    }
    let partial = fs::read_dir(&job.out)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "partial"));
    assert_eq!(partial.count(), 0);
}

#[test]
fn a_stopped_training_goes_on_as_if_it_had_not_been() {
    let unbroken = job(&folder("run_unbroken"), &["validation.every=3"]);
    run(&unbroken).unwrap();

    let mut stopped = job(&folder("run_stopped"), &["validation.every=3"]);
    stopped.resume = true;
    for (until, finished) in [(1, false), (3, false), (4, false), (9, true)] {
        let outcome = run_until(&stopped, until).unwrap();
        assert_eq!((outcome.step, outcome.finished), (until.min(6), finished));
    }
    assert_same(&stopped.out, &unbroken.out);
}

#[test]
fn steps_past_the_checkpoint_are_taken_again() {
    let folder = folder("run_past");
    let mut job = job(&folder, &[]);
    run_until(&job, 4).unwrap();
    // As a program leaves the file that is killed while it writes a line.
    let metrics = job.out.join("metrics.jsonl");
    let lines = fs::read_to_string(&metrics).unwrap();
    let last = lines.lines().last().unwrap();
    let more = format!("{lines}{}\n{}", last.replace("\"step\":4", "\"step\":5"), &last[..30]);
    fs::write(&metrics, more).unwrap();

    job.resume = true;
    run(&job).unwrap();
    let steps: Vec<u64> =
        records(&job.out).iter().filter(|record| matches!(record, Record::Step(_))).map(Record::step).collect();
    assert_eq!(steps, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_training_goes_on_only_as_it_was_started() {
    let folder = folder("run_changed");
    let first = job(&folder, &[]);
    run_until(&first, 2).unwrap();
    refused(run(&first), "--resume");

    let with = |changes: &[&str]| Job { resume: true, ..job(&folder, changes) };
    refused(run(&with(&["optimizer.learning_rate=0.5"])), "optimizer.learning_rate was 0.001 and is 0.5 now");
    refused(run(&with(&["network.norm=frozen", "seed=8"])), "network.norm was");
    let mut other = with(&[]);
    other.data = write(&folder.join("other"), &of_kinds(&["a", "b"]));
    refused(run(&other), "the same data");

    let longer = with(&["schedule.steps=7", "validation.every=2", "loader.threads=2", "output.checkpoint_every=1"]);
    assert_eq!(run(&longer).unwrap().step, 7);
    // There is nothing left to do.
    assert_eq!(run(&longer).unwrap().step, 7);
}

#[test]
fn a_damaged_checkpoint_is_told() {
    let folder = folder("run_damaged");
    let mut job = job(&folder, &[]);
    run_until(&job, 2).unwrap();
    job.resume = true;
    let path = job.out.join("checkpoint.safetensors");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(run(&job), Err(Error::WeightsIntegrity(_))));
    run_until(&Job { out: folder.join("whole"), resume: false, ..job.clone() }, 6).unwrap();
    fs::copy(folder.join("whole/final.safetensors"), &path).unwrap();
    assert!(matches!(run(&job), Err(Error::WeightsIncompatible(_))));
}

#[test]
fn a_diverged_training_keeps_its_last_checkpoint() {
    let folder = folder("run_diverged");
    let job = job(&folder, &["optimizer.learning_rate=1e30", "output.checkpoint_every=1"]);
    let error = run(&job).unwrap_err();
    let Error::Diverged { step, .. } = error else { panic!("{error:?}") };
    let steps = records(&job.out).len() as u64;
    assert_eq!(steps, step - 1);
    assert_eq!(job.out.join("checkpoint.safetensors").exists(), step > 1);
}

/// A training with the command line, in a program of its own.
struct Program {
    folder: PathBuf,
    steps: u64,
}

impl Program {
    fn new(name: &str, steps: u64) -> Self {
        let folder = folder(name);
        write(&folder, &of_kinds(&["a", "b", "a"]));
        fs::write(folder.join("micro.toml"), MICRO).unwrap();
        Self { folder, steps }
    }

    fn out(&self) -> PathBuf {
        self.folder.join("run")
    }

    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maskrcnn"));
        command.args(["train", "--resume", "--backend", "flex", "--steps", &self.steps.to_string()]);
        for (option, name) in [("--data", "data.json"), ("--config", "micro.toml"), ("--out", "run")] {
            command.arg(option).arg(self.folder.join(name));
        }
        command.stderr(Stdio::piped()).spawn().unwrap()
    }

    fn finish(&self) -> Output {
        self.start().wait_with_output().unwrap()
    }

    /// Waits until at least `steps` steps are taken.
    fn wait_for(&self, child: &mut Child, steps: usize) {
        let lines = || fs::read_to_string(self.out().join("metrics.jsonl")).map_or(0, |text| text.lines().count());
        while lines() < steps {
            assert!(child.try_wait().unwrap().is_none(), "the training ended before step {steps}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    stderr
}

fn same_losses(program: &Program) {
    let whole = Program::new(&format!("{}_whole", program.folder.file_name().unwrap().display()), program.steps);
    succeeds(&whole.finish());
    assert_eq!(without_times(&program.out()), without_times(&whole.out()));
    let last = |program: &Program| fs::read(program.out().join("final.safetensors")).unwrap();
    assert!(last(program) == last(&whole));
}

#[test]
fn a_killed_training_goes_on_with_the_same_losses() {
    let program = Program::new("run_killed", 12);
    for steps in [1, 4, 7] {
        let mut child = program.start();
        program.wait_for(&mut child, steps);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    succeeds(&program.finish());
    same_losses(&program);
}

#[cfg(unix)]
#[test]
fn a_training_that_is_told_to_end_saves_what_it_has() {
    let program = Program::new("run_terminated", 2000);
    let mut child = program.start();
    program.wait_for(&mut child, 3);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    // As a shell says of a program that Ctrl-C ended: `train && convert` does not convert.
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("--resume"), "{stderr}");
    let steps = records(&program.out()).len() as u64;
    assert!(steps < program.steps);

    let program = Program { steps: steps + 1, ..program };
    let stderr = succeeds(&program.finish());
    assert!(stderr.contains(&format!("Resuming after step {steps}.")), "{stderr}");
    assert_eq!(records(&program.out()).len() as u64, steps + 1);
}

#[test]
fn a_backend_that_is_not_built_in_says_how_to_build_it() {
    if cfg!(feature = "cuda") {
        return;
    }
    let program = Program::new("run_cuda", 1);
    let mut command = Command::new(env!("CARGO_BIN_EXE_maskrcnn"));
    command.args(["train", "--backend", "cuda", "--data", "data.json", "--config", "micro.toml", "--out", "run"]);
    let output = command.current_dir(&program.folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--features cuda"));
}
