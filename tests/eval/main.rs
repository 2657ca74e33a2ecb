//! Scores against pycocotools, against counting by hand, and against brute force.

#![cfg(feature = "cli")]

mod categories;
mod coco_scores;
mod command;
mod evaluator;
mod instance_scores;
mod overlap;
mod picture_set;
mod pictures;
mod variants;
mod worst;
