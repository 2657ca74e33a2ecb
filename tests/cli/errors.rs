//! How errors are printed: their code once, and then what happened.

use maskrcnn_web::Error;

use crate::{maskrcnn, stderr};

#[test]
fn a_message_does_not_repeat_its_code() {
    let text = || String::from("`x` is 3; give 1 or 2");
    let errors = [
        Error::WebGpuUnavailable(text()),
        Error::DeviceLost(text()),
        Error::OutOfMemory(text()),
        Error::WeightsIntegrity(text()),
        Error::WeightsIncompatible(text()),
        Error::InvalidInput(text()),
        Error::Io { path: "a.png".into(), reason: text() },
        Error::Internal(text()),
    ];
    for error in errors {
        let (code, message) = (error.code().replace('-', " "), error.to_string().to_lowercase());
        assert!(!message.starts_with(&code) && message.contains("`x` is 3"), "error[{}]: {message}", error.code());
    }
}

#[test]
fn the_command_line_prints_the_code_once() {
    let output = maskrcnn(&["predict", "www/example.png", "--max-size", "100", "--backend", "cpu"]);
    let stderr = stderr(&output);
    assert!(stderr.starts_with("error[invalid-input]: `input.maxSize` is 100, "), "{stderr}");
}
