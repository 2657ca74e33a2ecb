//! COCO's JSON: what is read, what is refused, and masks against pycocotools.

#![cfg(feature = "coco")]

mod annotations;
mod class_map;
mod dataset_reader;
mod image_files;
mod polygons;
mod results;
