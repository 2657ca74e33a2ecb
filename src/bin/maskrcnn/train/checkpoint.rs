//! What the checkpoint is that a training resumes from, for `maskrcnn inspect`.

use std::path::Path;

use maskrcnn_web::Result;
use maskrcnn_web::train::{CheckpointSummary, RunFolder};

use crate::table::line;

/// Says what the checkpoint of a training is, and which files hold the network; `false` for other bytes.
pub(crate) fn describe(path: &Path, bytes: &[u8]) -> Result<bool> {
    let Some(summary) = CheckpointSummary::read(bytes)? else { return Ok(false) };
    let CheckpointSummary { step, config, layout, parameters } = &summary;
    let run = RunFolder::at(path.parent().unwrap_or(Path::new("")));
    let weights: Vec<String> = [run.best(), run.last()]
        .into_iter()
        .filter(|file| file.exists())
        .map(|file| file.display().to_string())
        .collect();
    let weights = match weights.is_empty() {
        true => "none yet: the training writes them after a validation and at its end".into(),
        false => format!("{}: use one of these for predict, eval and convert", weights.join(", ")),
    };
    println!("{}", path.display());
    for (what, value) in [
        ("what", "checkpoint that `maskrcnn train --resume` continues from, not a network's weights".into()),
        ("step", format!("{step} of {}", config.schedule.steps)),
        ("architecture", layout.architecture()),
        ("classes", format!("{} and the background", layout.num_classes.saturating_sub(1))),
        ("size", format!("{:.1} MB", bytes.len() as f64 / 1e6)),
        ("parameters", parameters.to_string()),
        ("weights", weights),
    ] {
        line(what, &value);
    }
    Ok(true)
}
