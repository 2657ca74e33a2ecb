//! A training from the first step, or from where it was interrupted, to the last.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use sha2::{Digest, Sha256};

use super::checkpoint::{About, Checkpoint};
use super::folder::RunFolder;
use super::metrics::{MetricsFile, Record, StepRecord, ValidationRecord};
use super::order::unused_weights;
use super::plot::plot;
use super::validation::Validation;
use super::{Augment, CategoryIds, Dataset, Loader, TrainConfig, Trainer, ValidationConfig};
use crate::weights::{StateDict, single_precision};
use crate::{Error, Result};

/// What is to be trained on what, and where.
#[derive(Debug, Clone)]
pub struct Job {
    /// The data set to learn from, COCO's JSON.
    pub data: PathBuf,
    /// The folder of its pictures; `None`: the one beside it, named like it.
    pub images: Option<PathBuf>,
    /// The data set to measure the accuracy on, with its pictures beside it; `None`: it is not measured.
    pub validation: Option<PathBuf>,
    /// The run's folder.
    pub out: PathBuf,
    /// The configuration.
    pub config: TrainConfig,
    /// Whether to go on with the training in `out`, if one was begun there.
    pub resume: bool,
    /// A checkpoint of torchvision's, to start from; `None`: fresh weights.
    pub weights: Option<PathBuf>,
    /// Where the network is trained.
    pub device: Device,
}

/// Is told how far a training is.
pub trait Observer {
    /// Something about the data or the configuration is not as it should be, but the training goes on.
    fn warned(&mut self, warning: &str);
    /// It begins, after so many of its steps.
    fn begin(&mut self, step: u64, steps: u64);
    /// A step is done.
    fn step(&mut self, record: &StepRecord);
    /// The accuracy is being measured: so many pictures of all are done.
    fn validating(&mut self, done: usize, pictures: usize);
    /// The accuracy is measured.
    fn validated(&mut self, record: &ValidationRecord, best: bool);
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Number of steps taken.
    pub step: u64,
    /// Whether that is all of them; else it was told to stop.
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
}

/// A training under way.
struct Run<'a> {
    job: &'a Job,
    folder: RunFolder,
    dataset: Arc<Dataset>,
    /// SHA-256 of the data set's JSON.
    digest: String,
    validation: Option<Validation>,
    trainer: Trainer,
    metrics: MetricsFile,
}

impl<'a> Run<'a> {
    fn open(job: &'a Job, observer: &mut dyn Observer) -> Result<Self> {
        job.config.check()?;
        let dataset = Arc::new(Dataset::open(&job.data, job.images.as_deref(), CategoryIds::default())?);
        if let Some(warning) = unused_weights(&dataset, &job.config.loader.kind_weights) {
            observer.warned(&warning);
        }
        let digest = format!("{:x}", Sha256::digest(read(&job.data)?));
        let validation = job.validation.as_deref().map(|json| Validation::open(json, &job.config.validation));
        let validation = validation.transpose()?;
        let folder = RunFolder::create(&job.out)?;
        if !job.resume && folder.is_used() {
            return Err(Error::InvalidInput(format!(
                "{} holds a training already; go on with it with --resume, or take another folder",
                job.out.display()
            )));
        }
        let checkpoint = if job.resume { folder.read_checkpoint()? } else { None };
        let start = match (&job.weights, &checkpoint) {
            (Some(path), None) => Some(StateDict::from_bytes(read(path)?)?),
            _ => None,
        };
        let mut trainer = Trainer::new(job.config.clone(), dataset.num_classes(), start, &job.device)?;
        let resumes = checkpoint.is_some();
        if let Some(bytes) = checkpoint {
            let checkpoint = Checkpoint::from_bytes(&bytes)?;
            job.config.check_resumes(&TrainConfig::from_toml(&checkpoint.about.config, &[])?)?;
            if checkpoint.about.data != digest {
                return Err(Error::InvalidInput(format!(
                    "{} is not what this training was started with; a training can be resumed on the same data only",
                    job.data.display()
                )));
            }
            trainer.restore(checkpoint)?;
        }
        let metrics = MetricsFile::read(&folder.metrics(), trainer.step())?;
        let mut run = Self { job, folder, dataset, digest, validation, trainer, metrics };
        if resumes {
            run.begin()?;
        }
        Ok(run)
    }

    /// Has the folder hold this run from now on: its configuration, and its metrics up to where it goes on.
    fn begin(&mut self) -> Result<()> {
        self.folder.keep();
        self.folder.write(&self.folder.config(), self.job.config.to_toml()?.as_bytes())?;
        self.metrics.begin()
    }

    fn run(mut self, observer: &mut dyn Observer, stop: &AtomicBool) -> Result<Outcome> {
        let config = &self.job.config;
        let (first, steps) = (self.trainer.step(), config.schedule.steps);
        observer.begin(first, steps);
        let augment = Augment::new(config.augment.clone(), &self.trainer.model().config().transform)?;
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
            self.folder.write(&self.folder.last(), &single_precision(&self.trainer.weights()?)?)?;
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
        let (step, config) = (self.trainer.step(), &self.job.config);
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
            self.folder.write(&self.folder.best(), &single_precision(&self.trainer.weights()?)?)?;
        }
        observer.validated(&record, is_best);
        self.metrics.push(Record::Validation(record))?;
        self.draw()
    }

    /// Writes a checkpoint, once the lines of its steps are on the disk.
    fn save(&self) -> Result<()> {
        self.metrics.sync()?;
        let about = About { step: self.trainer.step(), config: self.job.config.to_toml()?, data: self.digest.clone() };
        self.folder.write(&self.folder.checkpoint(), &self.trainer.checkpoint(about)?.to_bytes()?)
    }

    fn draw(&self) -> Result<()> {
        self.folder.write(&self.folder.plot(), plot(self.metrics.records())?.as_bytes())
    }
}

fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io(path, error))
}
