//! A training from the first step, or from where it was interrupted, to the last.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use sha2::{Digest, Sha256};

use crate::coco::{ClassMap, Warnings};
use crate::train::config::defaults::suited;
use crate::train::data::order::unused_weights;
use crate::train::data::statistics::Statistics;
use crate::train::run::checkpoint::{About, Checkpoint};
use crate::train::run::folder::RunFolder;
use crate::train::run::metrics::{MetricsFile, Record, StepRecord, ValidationRecord};
use crate::train::run::plot::plot;
use crate::train::run::validation::Validation;
use crate::train::{
    Augment, CategoryIds, Choice, Dataset, Hardware, Loader, Start, StartingPoint, TrainConfig, Trainer,
    ValidationConfig,
};
use crate::weights::{CheckpointFile, Manifest, Precision, StateDict, WeightsFile, default_model, single_precision};
use crate::{Error, Result};

/// Where the configuration of a training comes from.
#[derive(Debug, Clone)]
pub enum Configuration {
    /// It is this one.
    Given(Box<TrainConfig>),
    /// It is chosen for the data set, see [`Choice`].
    Suited {
        /// What computes the steps.
        hardware: Hardware,
        /// Values that are not chosen but given, each `section.key=value`.
        changes: Vec<String>,
    },
}

/// What is to be trained on what, and where.
#[derive(Debug, Clone)]
pub struct Job {
    /// The data set to learn from, COCO's JSON.
    pub data: PathBuf,
    /// The folder of its images; `None`: where [`ImageFiles`](crate::coco::ImageFiles) finds them.
    pub images: Option<PathBuf>,
    /// The data set to measure the accuracy on; `None`: it is not measured.
    pub validation: Option<PathBuf>,
    /// The folder of its images; `None`: where [`ImageFiles`](crate::coco::ImageFiles) finds them.
    pub validation_images: Option<PathBuf>,
    /// Whether a warning about the data sets is an error.
    pub strict: bool,
    /// The run's folder.
    pub out: PathBuf,
    /// The configuration.
    pub config: Configuration,
    /// Whether to resume the training in `out`, if one was begun there.
    pub resume: bool,
    /// A checkpoint of torchvision's, to start from; `None`: what the configuration says.
    pub weights: Option<PathBuf>,
    /// Which state dict of it is taken, as [`CheckpointFile::select`] has it.
    pub state_dict: Option<String>,
    /// Where the network is trained.
    pub device: Device,
}

/// Receives the progress of a training.
pub trait Observer {
    /// Something about the data or the configuration is not as it should be, but the training continues.
    fn warned(&mut self, warning: &str);
    /// No configuration was given: this one is taken, whose values were chosen for the data set.
    fn chosen(&mut self, labels: &[String], choices: &[Choice]);
    /// It starts with trained weights: what became of the layers.
    fn started(&mut self, start: &Start);
    /// It begins, after `step` of its `steps`.
    fn begin(&mut self, step: u64, steps: u64);
    /// A step is done.
    fn step(&mut self, record: &StepRecord);
    /// The accuracy is being measured: `done` of `pictures` images are done.
    fn validating(&mut self, done: usize, pictures: usize);
    /// The accuracy is measured.
    fn validated(&mut self, record: &ValidationRecord, best: bool);
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Number of steps taken.
    pub step: u64,
    /// Whether that is all of them; else it was stopped.
    pub finished: bool,
    /// The last validation, if there was one.
    pub validation: Option<ValidationRecord>,
}

impl Job {
    /// Trains. When `stop` is set, the step at hand is finished and a checkpoint written.
    ///
    /// The run begins with its first step: nothing is written before that, and a folder that was created for it
    /// is removed again if it fails before.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for data or a configuration that is refused, or a folder in use;
    /// [`Error::Diverged`]; [`Error::Io`]; those of the weights.
    pub fn run(&self, observer: &mut dyn Observer, stop: &AtomicBool) -> Result<Outcome> {
        Run::open(self, observer)?.run(observer, stop)
    }

    /// Opens the data set to measure on, if there is one, for a network with these classes.
    fn open_validation(
        &self,
        config: &ValidationConfig,
        classes: &ClassMap,
        warnings: &mut Warnings,
    ) -> Result<Option<Validation>> {
        let images = self.validation_images.as_deref();
        let json = self.validation.as_deref();
        json.map(|json| Validation::open(json, images, config, classes, warnings)).transpose()
    }
}

/// A training under way.
struct Run {
    config: TrainConfig,
    /// Why the configuration is as it is, if it was chosen.
    choices: Vec<Choice>,
    folder: RunFolder,
    dataset: Arc<Dataset>,
    /// SHA-256 of the data set's JSON.
    digest: String,
    validation: Option<Validation>,
    trainer: Trainer,
    /// What is said of the weights. It names no files yet.
    manifest: Manifest,
    metrics: MetricsFile,
}

impl Run {
    fn open(job: &Job, observer: &mut dyn Observer) -> Result<Self> {
        if let Configuration::Given(config) = &job.config {
            config.check()?;
        }
        let mut warnings = Warnings::default();
        let dataset = Dataset::open(&job.data, job.images.as_deref(), CategoryIds::default(), &mut warnings)?;
        let dataset = Arc::new(dataset);
        let (config, choices) = match &job.config {
            Configuration::Given(config) => (TrainConfig::clone(config), Vec::new()),
            Configuration::Suited { hardware, changes } => suited(&Statistics::of(&dataset), *hardware, changes)?,
        };
        if !choices.is_empty() {
            observer.chosen(dataset.labels(), &choices);
        }
        if let Some(warning) = unused_weights(&dataset, &config.loader.kind_weights) {
            observer.warned(&warning);
        }
        let digest = format!("{:x}", Sha256::digest(read(&job.data)?));
        let validation = job.open_validation(&config.validation, dataset.classes(), &mut warnings)?;
        if job.strict {
            warnings.refuse()?;
        }
        warnings.iter().for_each(|warning| observer.warned(&warning.to_string()));
        let folder = RunFolder::create(&job.out)?;
        if !job.resume && folder.is_used() {
            return Err(Error::InvalidInput(format!(
                "{} holds a training already; continue it with --resume, or choose another folder",
                job.out.display()
            )));
        }
        let checkpoint = if job.resume { folder.read_checkpoint()? } else { None };
        let start = match (&job.weights, &checkpoint) {
            (Some(path), None) => {
                Some(CheckpointFile::read(read(path)?)?.select(job.state_dict.as_deref(), None)?.state)
            }
            (None, None) if config.start == StartingPoint::DefaultModel => {
                Some(StateDict::from_bytes(default_model()?.1)?)
            }
            _ => None,
        };
        let mut trainer = Trainer::new(config.clone(), dataset.num_classes(), start, &job.device)?;
        if let Some(start) = trainer.start() {
            observer.started(start);
        }
        let resumes = checkpoint.is_some();
        if let Some(bytes) = checkpoint {
            let checkpoint = Checkpoint::from_bytes(&bytes)?;
            config.check_resumes(&TrainConfig::from_toml(&checkpoint.about.config, &[])?)?;
            if checkpoint.about.data != digest {
                return Err(Error::InvalidInput(format!(
                    "{} is not what this training was started with; a training can be resumed on the same data only",
                    job.data.display()
                )));
            }
            trainer.restore(checkpoint)?;
        }
        let metrics = MetricsFile::read(&folder.metrics(), trainer.step())?;
        let name = job.out.file_name().unwrap_or_default().to_string_lossy();
        let manifest =
            Manifest::new(&name, trainer.model().layout(), trainer.settings().clone(), dataset.labels().to_vec());
        manifest.check()?;
        let mut run = Self { config, choices, folder, dataset, digest, validation, trainer, manifest, metrics };
        if resumes {
            run.begin()?;
        }
        Ok(run)
    }

    /// Makes the folder this run's: writes its configuration, and its metrics up to where it continues.
    fn begin(&mut self) -> Result<()> {
        self.folder.keep();
        let comments =
            self.choices.iter().map(|Choice { key, value, reason }| format!("# {key} = {value}: {reason}\n"));
        let config = comments.collect::<String>() + &self.config.to_toml()?;
        self.folder.write(&self.folder.config(), config.as_bytes())?;
        self.metrics.begin()
    }

    fn run(mut self, observer: &mut dyn Observer, stop: &AtomicBool) -> Result<Outcome> {
        let config = self.config.clone();
        let (first, steps) = (self.trainer.step(), config.schedule.steps);
        observer.begin(first, steps);
        let augment = Augment::new(config.augment.clone(), &self.trainer.settings().input)?;
        let mut loader = Loader::new(self.dataset.clone(), augment, &config.loader, config.seed.into(), first)?;
        let (mut saved, mut begun) = (first, first > 0);
        loop {
            let step = self.trainer.step();
            if saved != step
                && config.output.checkpoint_every > 0
                && step.is_multiple_of(config.output.checkpoint_every)
            {
                self.save()?;
                saved = step;
            }
            self.validate(observer, stop)?;
            if step >= steps || stop.load(Ordering::Relaxed) {
                if saved != step {
                    self.save()?;
                }
                break;
            }
            let started = Instant::now();
            let samples = loader.next_batch()?;
            let outcome = self.trainer.train(&samples)?;
            let record = StepRecord {
                step: outcome.step,
                learning_rate: outcome.learning_rate,
                losses: outcome.losses,
                gradient_norm: outcome.gradient_norm,
                pictures_per_second: samples.len() as f64 / started.elapsed().as_secs_f64(),
            };
            if !begun {
                self.begin()?;
                begun = true;
            }
            observer.step(&record);
            if outcome.step.is_multiple_of(config.output.log_every) {
                self.metrics.push(Record::Step(record))?;
            }
        }
        let step = self.trainer.step();
        if step >= steps {
            self.write_weights(&self.folder.last())?;
        }
        if begun {
            self.draw()?;
        }
        let validations = self.metrics.validations();
        Ok(Outcome { step, finished: step >= steps, validation: validations.last().cloned() })
    }

    /// Measures the accuracy, if that is due and was not done before an interruption, and keeps the
    /// weights if they are the best.
    fn validate(&mut self, observer: &mut dyn Observer, stop: &AtomicBool) -> Result<()> {
        let Some(validation) = &self.validation else { return Ok(()) };
        let (step, config) = (self.trainer.step(), &self.config);
        let ValidationConfig { every, metric, .. } = config.validation;
        let due = step >= config.schedule.steps || (every > 0 && step > 0 && step.is_multiple_of(every));
        if !due || self.metrics.validations().any(|record| record.step == step) {
            return Ok(());
        }
        let model = self.trainer.deployed()?;
        let Some(record) = validation.run(&model, step, stop, |done, all| observer.validating(done, all))? else {
            return Ok(());
        };
        let best = self.metrics.validations().map(|record| record.overall.metric(metric)).fold(-1.0, f64::max);
        let is_best = record.overall.metric(metric) > best;
        if is_best {
            self.write_weights(&self.folder.best())?;
        }
        observer.validated(&record, is_best);
        self.metrics.push(Record::Validation(record))?;
        self.draw()
    }

    /// Writes the averaged weights, which hold their manifest, and the manifest by itself, so that the folder is a
    /// model's: that of the best weights, where there are such.
    fn write_weights(&self, path: &Path) -> Result<()> {
        let weights = self.manifest.embed(&single_precision(&self.trainer.weights()?)?)?;
        self.folder.write(path, &weights)?;
        let best = self.folder.best();
        if path != best && best.exists() {
            return Ok(());
        }
        let file = WeightsFile::of(&path.file_name().unwrap_or_default().to_string_lossy(), &weights);
        let manifest = Manifest { weights: vec![file], precision: Some(Precision::F32), ..self.manifest.clone() };
        self.folder.write(&self.folder.manifest(), &manifest.to_json()?)
    }

    /// Writes a checkpoint, once the lines of its steps are on the disk.
    fn save(&self) -> Result<()> {
        self.metrics.sync()?;
        let about = About { step: self.trainer.step(), config: self.config.to_toml()?, data: self.digest.clone() };
        self.folder.write(&self.folder.checkpoint(), &self.trainer.checkpoint(about)?.to_bytes()?)
    }

    fn draw(&self) -> Result<()> {
        self.folder.write(&self.folder.plot(), plot(self.metrics.records())?.as_bytes())
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io(path, error))
}
