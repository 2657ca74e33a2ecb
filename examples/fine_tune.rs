//! Fine-tunes the default model on a data set in COCO's format: here a tiny synthetic one, which it writes first.
//!
//! ```sh
//! cargo run --release --example fine_tune -- run 20    # the folder to write to, and how many steps to take
//! ```

use std::env;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use futures_lite::future::block_on;
use maskrcnn_web::image::Image;
use maskrcnn_web::train::synth::SynthConfig;
use maskrcnn_web::train::{Choice, Configuration, Hardware, Job, Observer, Start, StepRecord, ValidationRecord};
use maskrcnn_web::weights::{ModelFolder, WeightsOptions};
use maskrcnn_web::{Error, Model, Result};

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "run".into()));
    let steps = arguments.next().map_or("20".into(), |steps| steps.to_string_lossy().into_owned());

    // Your own data set would be given by its JSON; its images are found beside it, or in `Job::images`.
    let data = folder.join("cells.json");
    SynthConfig { pictures: 8, ..SynthConfig::default() }.write(0, &data, |_| ())?;

    let device = Device::flex();
    let job = Job {
        data: data.clone(),
        images: None,
        validation: Some(data),
        validation_images: None,
        strict: false,
        out: folder.join("model"),
        // Values that suit the data set, except for these: `maskrcnn train --help-config` lists all.
        config: Configuration::Suited {
            hardware: Hardware::cpu(),
            changes: vec![
                format!("schedule.steps={steps}"),
                "start=default_model".into(),
                "loader.batch=1".into(),
                "optimizer.learning_rate=1e-5".into(),
            ],
        },
        resume: false,
        weights: None,
        state_dict: None,
        device: device.clone(),
    };
    job.run(&mut Printer, &AtomicBool::new(false))?;

    // The folder is a model's: its manifest holds labels and settings.
    let folder = ModelFolder::open(&job.out)?;
    let Model { network, settings } = folder.load(&WeightsOptions::default(), &device)?;
    let image = Image::read(&SynthConfig::image_folder(&job.data).join("00001.png"))?;
    let found = block_on(network.predict(&[image], &settings))?.remove(0);
    println!("{} objects on the first image", found.items.len());
    if found.items.is_empty() { Err(Error::Internal("the fine-tuned model finds nothing".into())) } else { Ok(()) }
}

/// Prints the training's progress.
struct Printer;

impl Observer for Printer {
    fn warned(&mut self, warning: &str) {
        println!("warning: {warning}");
    }

    fn chosen(&mut self, _labels: &[String], choices: &[Choice]) {
        choices.iter().for_each(|choice| println!("{} = {} ({})", choice.key, choice.value, choice.reason));
    }

    fn started(&mut self, _start: &Start) {}

    fn begin(&mut self, _step: u64, steps: u64) {
        println!("{steps} steps");
    }

    fn step(&mut self, record: &StepRecord) {
        let losses: Vec<String> = record.losses.named().map(|(name, value)| format!("{name} {value:.3}")).collect();
        println!("step {}: {}", record.step, losses.join(", "));
    }

    fn validating(&mut self, _done: usize, _images: usize) {}

    fn validated(&mut self, record: &ValidationRecord, _best: bool) {
        println!("mask AP after step {}: {:.3}", record.step, record.overall.mask_ap.unwrap_or(f64::NAN));
    }
}
