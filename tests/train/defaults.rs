//! The configuration that a training takes without one.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use maskrcnn_web::config::Settings;
use maskrcnn_web::train::{
    Choice, Configuration, Hardware, Job, Observer, Start, StartingPoint, StepRecord, TrainConfig, ValidationRecord,
};
use serde_json::json;

use crate::fixtures::{folder, write};
use crate::run::job;

/// Keeps what was chosen, and stops before the first step.
#[derive(Default)]
struct Listener {
    labels: Vec<String>,
    choices: Vec<Choice>,
    changes: Vec<String>,
}

impl Observer for Listener {
    fn warned(&mut self, warning: &str) {
        // The second class is there for its label only.
        assert!(warning.starts_with("categories that no annotation uses: "), "{warning}");
    }
    fn chosen(&mut self, labels: &[String], choices: &[Choice]) {
        (self.labels, self.choices) = (labels.to_vec(), choices.to_vec());
    }
    fn started(&mut self, _start: &Start) {}

    fn begin(&mut self, _step: u64, _steps: u64) {}
    fn step(&mut self, _record: &StepRecord) {}
    fn validating(&mut self, _done: usize, _pictures: usize) {}
    fn validated(&mut self, _record: &ValidationRecord, _best: bool) {}
}

const CPU: Hardware = Hardware::Cpu { memory: 64_000_000_000 };

/// What is chosen for images of a size, with objects of a side in pixels.
fn chosen(name: &str, (width, height): (u32, u32), sides: &[f64], hardware: Hardware, changes: &[&str]) -> Listener {
    let annotations: Vec<_> = (0..)
        .zip(sides)
        .map(|(id, side)| {
            let bbox = [0.0, 0.0, *side, *side];
            let outline = [[0.0, 0.0, *side, 0.0, *side, *side]];
            json!({ "id": id + 1, "image_id": 1, "category_id": 7, "iscrowd": 0, "area": side * side, "bbox": bbox,
                "segmentation": outline })
        })
        .collect();
    let images: Vec<_> = (1..=20)
        .map(|id| json!({ "id": id, "file_name": format!("{id}.png"), "width": width, "height": height }))
        .collect();
    let data = json!({ "images": images, "annotations": annotations,
        "categories": [{ "id": 7, "name": "cell" }, { "id": 9, "name": "spore" }] });
    let folder = folder(&format!("defaults_{name}"));
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    let config = Configuration::Suited { hardware, changes: changes.clone() };
    let job = Job { data: write(&folder, &data), validation: None, config, ..job(&folder.join("other"), &[]) };
    let mut listener = Listener { changes, ..Listener::default() };
    job.run(&mut listener, &AtomicBool::new(true)).unwrap();
    listener
}

/// What was chosen and given as a configuration.
fn config(listener: &Listener) -> TrainConfig {
    let chosen = listener.choices.iter().map(|choice| format!("{}={}", choice.key, choice.value));
    let all: Vec<String> = chosen.chain(listener.changes.clone()).collect();
    TrainConfig::from_toml("", &all).unwrap()
}

/// The settings that are trained with.
fn settings(config: &TrainConfig) -> Settings {
    config.build(2).unwrap().settings
}

#[test]
fn sizes_follow_the_pictures_and_their_objects() {
    // Small objects are enlarged to 32 pixels, as far as the image is not enlarged more than three times.
    let small = config(&chosen("small", (160, 120), &[16.0; 9], CPU, &[]));
    let input = settings(&small).input;
    assert_eq!((input.min_size, input.max_size), (256, 352));
    assert_eq!(settings(&small).anchors.sizes, [32.0, 64.0, 128.0, 256.0, 512.0]);
    let tiny = config(&chosen("tiny", (160, 120), &[4.0; 9], CPU, &[]));
    assert_eq!((settings(&tiny).input.min_size, settings(&tiny).anchors.sizes[0]), (352, 8.0));
    // Large ones need not be seen in all detail.
    let large = config(&chosen("large", (900, 600), &[60.0, 80.0, 200.0, 300.0], CPU, &[]));
    assert_eq!(settings(&large).input.min_size, 320);
    assert_eq!(settings(&large).anchors.sizes[0], 32.0);
    // A GPU takes larger images.
    let objects = [12.0; 4];
    let (cpu, gpu) =
        (chosen("cpu", (900, 600), &objects, CPU, &[]), chosen("gpu", (900, 600), &objects, Hardware::Gpu, &[]));
    assert_eq!([&cpu, &gpu].map(|listener| settings(&config(listener)).input.min_size), [512, 800]);
    assert_eq!(settings(&config(&cpu)).detections.max_detections, 100);
    let many = config(&chosen("many", (900, 600), &[12.0; 300], CPU, &[]));
    assert_eq!(settings(&many).detections.max_detections, 500);
    // A data set without any object is learnt from, too.
    config(&chosen("none", (90, 60), &[], CPU, &[]));
}

#[test]
fn the_batch_fits_the_device_and_the_steps_the_pictures() {
    let with = |name: &str, hardware: Hardware| config(&chosen(name, (160, 120), &[16.0; 9], hardware, &[]));
    let (cpu, gpu) = (with("batch_cpu", CPU), with("batch_gpu", Hardware::Gpu));
    assert_eq!((cpu.loader.batch, gpu.loader.batch), (4, 8));
    assert_eq!((cpu.schedule.steps, gpu.schedule.steps), (100, 300));
    let narrow = with("batch_narrow", Hardware::Cpu { memory: 300_000_000 });
    assert_eq!((narrow.loader.batch, narrow.schedule.steps), (1, 400));
    assert_eq!(narrow.network.norm, maskrcnn_web::train::NormKind::Frozen);
}

#[test]
fn every_value_that_differs_from_the_defaults_is_told_with_a_reason() {
    let listener = chosen("told", (160, 120), &[16.0; 9], CPU, &[]);
    assert_eq!(listener.labels, ["background", "cell", "spore"]);
    assert!(listener.choices.iter().all(|choice| choice.reason.len() > 5), "{:?}", listener.choices);
    let keys = ["start", "settings.input.min_size", "settings.anchors.sizes", "loader.batch", "schedule.steps"];
    assert!(keys.iter().all(|&key| listener.choices.iter().any(|choice| choice.key == key)));
    assert_eq!(config(&listener).start, StartingPoint::DefaultModel);
}

#[test]
fn what_is_given_is_not_chosen_and_what_depends_on_it_follows() {
    let changes = ["schedule.steps=40", "loader.batch=2", "settings.input.min_size=128", "start=scratch"];
    let listener = chosen("given", (160, 120), &[16.0; 9], CPU, &changes);
    assert!(listener.choices.iter().all(|choice| !changes.iter().any(|change| change.starts_with(choice.key))));
    let config = config(&listener);
    assert_eq!((config.schedule.warmup, config.validation.every, config.output.checkpoint_every), (4, 10, 4));
    assert_eq!(settings(&config).anchors.sizes[0], 16.0);
    assert!((config.optimizer.learning_rate - 3.5e-4).abs() < 1e-5, "{}", config.optimizer.learning_rate);
}

/// The values are in the run's configuration, with their reasons, and reproduce the same training.
#[test]
fn the_run_s_configuration_repeats_it() {
    let folder = folder("defaults_run");
    let changes =
        ["network.depths=[1, 1, 1, 1]", "start=scratch", "augment.crop=[32, 32]", "settings.input.min_size=32"];
    let config = Configuration::Suited {
        hardware: CPU,
        changes: changes.iter().chain(&["schedule.steps=2"]).map(|&change| change.to_owned()).collect(),
    };
    let first = Job { config, ..job(&folder, &[]) };
    assert!(first.run(&mut Listener::default(), &AtomicBool::new(false)).unwrap().finished);
    let read = |out: &Path, file: &str| fs::read_to_string(out.join(file)).unwrap();
    let text = read(&first.out, "config.toml");
    assert!(text.lines().any(|line| line.starts_with("# loader.batch = 3: ")), "{text}");
    let config = Configuration::Given(Box::new(TrainConfig::from_toml(&text, &[]).unwrap()));
    let second = Job { out: folder.join("again"), config, ..first.clone() };
    assert!(second.run(&mut Listener::default(), &AtomicBool::new(false)).unwrap().finished);
    let weights = |out: &Path| fs::read(out.join("checkpoint.safetensors")).unwrap();
    assert!(weights(&first.out) == weights(&second.out));
}
