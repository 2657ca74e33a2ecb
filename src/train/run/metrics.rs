//! `metrics.jsonl`: a line of JSON for each step that is logged and for each validation.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::train::run::folder::write_atomically;
use crate::{Error, Result};

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A step.
    Step(StepRecord),
    /// A validation.
    Validation(ValidationRecord),
}

/// What a training step was like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Number of steps taken, this one included.
    pub step: u64,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Its losses.
    pub losses: LossValues,
    /// The norm of all gradients together, before clipping.
    pub gradient_norm: f32,
    /// Images a second, all that happens in a step included.
    pub pictures_per_second: f64,
}

/// The losses of a step (`torchvision/models/detection/{rpn,roi_heads}.py`).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct LossValues {
    /// Which class a region is.
    pub classifier: f32,
    /// Where its box is.
    pub box_reg: f32,
    /// Where its mask is; not there for a Faster R-CNN.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mask: Option<f32>,
    /// Which anchors hold an object.
    pub objectness: f32,
    /// Where an anchor's box is.
    pub rpn_box_reg: f32,
    /// Their sum.
    pub total: f32,
}

impl LossValues {
    /// The losses with their names, the sum last.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, f32)> {
        let Self { classifier, box_reg, mask, objectness, rpn_box_reg, total } = *self;
        let all = [
            ("classifier", Some(classifier)),
            ("box_reg", Some(box_reg)),
            ("mask", mask),
            ("objectness", Some(objectness)),
            ("rpn_box_reg", Some(rpn_box_reg)),
            ("total", Some(total)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// How good the averaged weights were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationRecord {
    /// Number of steps taken before.
    pub step: u64,
    /// How long it took to measure.
    pub seconds: f64,
    /// On all images.
    pub overall: Accuracy,
    /// On the images of each kind that the data set tells.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub by_kind: BTreeMap<String, Accuracy>,
}

/// Scores, each 0..1. `None` where there is nothing to measure, such as masks of a Faster R-CNN.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Accuracy {
    /// COCO's average precision of the masks, with as many detections as the network makes.
    pub mask_ap: Option<f64>,
    /// The same at IoU 0.5.
    pub mask_ap50: Option<f64>,
    /// COCO's average precision of the boxes.
    pub box_ap: Option<f64>,
    /// The same at IoU 0.5.
    pub box_ap50: Option<f64>,
    /// TP / (TP + FP + FN) of the masks, the mean over images and IoU thresholds 0.5 to 0.95.
    pub cells: Option<f64>,
    /// The same at IoU 0.5.
    pub cells50: Option<f64>,
}

impl Accuracy {
    /// The scores that there are, with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let all = [
            ("mask AP", self.mask_ap),
            ("mask AP50", self.mask_ap50),
            ("box AP", self.box_ap),
            ("box AP50", self.box_ap50),
            ("cells AP", self.cells),
            ("cells AP@0.5", self.cells50),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Record {
    /// The step that the line is about.
    pub fn step(&self) -> u64 {
        match self {
            Record::Step(record) => record.step,
            Record::Validation(record) => record.step,
        }
    }
}

/// The file, and the lines of it that are kept.
#[derive(Debug)]
pub(crate) struct MetricsFile {
    path: PathBuf,
    /// For further lines; `None` until the run begins.
    file: Option<File>,
    records: Vec<Record>,
}

impl MetricsFile {
    /// Reads the file at `path`, if there is one, as far as the step `step`. What comes after that, lines of steps
    /// that were taken after the last checkpoint and what a killed program left of a line, does not count. The
    /// file itself stays as it is until [`MetricsFile::begin`].
    pub(crate) fn read(path: &Path, step: u64) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| Error::io(path, error))?,
        };
        let parsed = text.lines().map_while(|line| serde_json::from_str::<Record>(line).ok());
        let records = parsed.take_while(|record| record.step() <= step).collect();
        Ok(Self { path: path.to_owned(), file: None, records })
    }

    /// Writes the lines that are kept, and opens the file for more.
    pub(crate) fn begin(&mut self) -> Result<()> {
        let lines: Vec<String> = self.records.iter().map(line).collect::<Result<_>>()?;
        write_atomically(&self.path, lines.concat().as_bytes())?;
        let file = OpenOptions::new().append(true).open(&self.path);
        self.file = Some(file.map_err(|error| Error::io(&self.path, error))?);
        Ok(())
    }

    /// Adds a line. The run has begun.
    pub(crate) fn push(&mut self, record: Record) -> Result<()> {
        let line = line(&record)?;
        let mut file = self.file()?;
        file.write_all(line.as_bytes()).map_err(|error| Error::io(&self.path, error))?;
        self.records.push(record);
        Ok(())
    }

    /// Brings all lines to the disk. The run has begun.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file()?.sync_data().map_err(|error| Error::io(&self.path, error))
    }

    fn file(&self) -> Result<&File> {
        self.file.as_ref().ok_or_else(|| Error::Internal("the metrics: the run has not begun".into()))
    }

    /// The validations among the lines.
    pub(crate) fn validations(&self) -> impl Iterator<Item = &ValidationRecord> {
        self.records.iter().filter_map(|record| match record {
            Record::Validation(record) => Some(record),
            Record::Step(_) => None,
        })
    }

    /// All lines.
    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }
}

fn line(record: &Record) -> Result<String> {
    let json = serde_json::to_string(record);
    json.map(|json| json + "\n").map_err(|error| Error::Internal(format!("the metrics: {error}")))
}
