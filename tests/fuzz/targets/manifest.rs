//! A model's `manifest.json`.

#![no_main]

mod same_json;

use maskrcnn_web::weights::Manifest;

// What is accepted can be written, and is the same when it is read again.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::from_json(bytes) {
        let written = manifest.to_json().expect("an accepted manifest can be written");
        let again = Manifest::from_json(&written).expect("a written manifest can be read");
        same_json::check(&written, &again.to_json().expect("it could be written before"));
    }
});
