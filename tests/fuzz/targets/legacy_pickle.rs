//! Checkpoints that are bare pickles: torch's legacy format, and detectron2's `.pkl`.

#![no_main]

mod checkpoint;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checkpoint::read_all(bytes));
