//! How good a network is: COCO's average precision and recall for boxes and masks, and the average
//! precision that the literature on cells reports. Native only.
//!
//! ```no_run
//! use maskrcnn_web::coco::{CocoDataset, CocoResults, Warnings};
//! use maskrcnn_web::eval::{EvaluationOptions, Evaluator};
//!
//! # fn main() -> maskrcnn_web::Result<()> {
//! let mut warnings = Warnings::default();
//! let dataset = CocoDataset::read("val.json".as_ref(), &mut warnings)?;
//! let mut evaluator = Evaluator::new(&dataset, EvaluationOptions::default())?;
//! let results = CocoResults::read("results.json".as_ref(), &mut warnings)?;
//! evaluator.add_results(&results, &mut warnings)?;
//! println!("{}", evaluator.finish());
//! warnings.iter().for_each(|warning| eprintln!("{warning}"));
//! # Ok(())
//! # }
//! ```

mod case;
mod coco_scores;
mod detect;
mod evaluation;
mod evaluator;
mod instance_scores;
mod matching;
mod options;
mod overlap;
mod params;
mod picture;
mod picture_set;
mod table;

pub use coco_scores::CocoScores;
pub use detect::{Detected, detect};
pub use evaluation::{CategoryScores, Evaluation, GroupScores, PictureScores, RegionScores};
pub use evaluator::Evaluator;
pub use instance_scores::{InstanceCounts, InstancePrecision, InstanceScores};
pub use options::EvaluationOptions;
pub use overlap::{box_overlap, mask_overlap};
pub use picture_set::PictureSet;
