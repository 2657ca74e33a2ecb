//! torch's zip archives: the archive itself, and the pickle within one.

#![no_main]

mod checkpoint;

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// Storages of the archive around a pickle, and the bytes of each.
const STORAGES: usize = 4;
const STORAGE: [u8; 1024] = [0; 1024];

// A pickle is packed here, so that no checksum keeps its changes out.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PK") { checkpoint::read_all(bytes) } else { checkpoint::read_all(&archive(bytes)) }
});

/// The archive of a pickle.
fn archive(pickle: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, content: &[u8]| {
        archive.start_file(name, SimpleFileOptions::default()).expect("a new entry");
        archive.write_all(content).expect("memory takes everything");
    };
    add("x/data.pkl", pickle);
    (0..STORAGES).for_each(|key| add(&format!("x/data/{key}"), &STORAGE));
    archive.finish().expect("memory takes everything").into_inner()
}
