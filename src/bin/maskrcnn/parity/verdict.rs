//! The outcome for one stage: a row of the table.

use super::stages::{Tensor, Unusable};
use crate::table::Align;

/// How far a stage of ours is from the reference's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) stage: String,
    pub(super) shape: Vec<usize>,
    /// The largest difference; `None` where nothing could be compared.
    pub(super) error: Option<f32>,
    /// The same, divided by the largest magnitude of the reference's stage.
    pub(super) relative: Option<f32>,
    /// What is allowed, in words.
    pub(super) tolerance: String,
    pub(super) ok: bool,
    /// What else there is to say.
    pub(super) note: String,
}

impl Verdict {
    /// The head of the table.
    pub(super) const HEAD: [(&str, Align); 7] = [
        ("stage", Align::Left),
        ("shape", Align::Left),
        ("largest error", Align::Right),
        ("relative", Align::Right),
        ("tolerance", Align::Left),
        ("", Align::Left),
        ("note", Align::Left),
    ];

    /// For a stage that the reference has and we have not.
    pub(super) fn missing(stage: &str, expected: &Tensor) -> Self {
        Self::incomparable(stage, expected, "missing".into())
    }

    /// For a stage that cannot be compared.
    pub(super) fn incomparable(stage: &str, expected: &Tensor, note: String) -> Self {
        Self {
            stage: stage.into(),
            shape: expected.shape.clone(),
            error: None,
            relative: None,
            tolerance: String::new(),
            ok: false,
            note,
        }
    }

    /// For a stage of ours that is not as it should be.
    pub(super) fn unusable(bad: Unusable, expected: &Tensor) -> Self {
        Self::incomparable(&bad.stage, expected, bad.why)
    }

    /// For a difference that may be at most `tolerance`, in the stage's own unit.
    pub(super) fn absolute(stage: &str, expected: &Tensor, error: f32, tolerance: f32, unit: &str) -> Self {
        Self {
            stage: stage.into(),
            shape: expected.shape.clone(),
            error: Some(error),
            relative: None,
            tolerance: format!("{tolerance}{unit}"),
            ok: error <= tolerance,
            note: String::new(),
        }
    }

    /// For a difference that may be at most `tolerance` of the stage's largest magnitude.
    pub(super) fn relative(stage: &str, expected: &Tensor, error: f32, tolerance: f32) -> Self {
        // A stage that is all zeros must be met exactly.
        let relative = if error == 0.0 { 0.0 } else { error / expected.magnitude() };
        Self {
            stage: stage.into(),
            shape: expected.shape.clone(),
            error: Some(error),
            relative: Some(relative),
            tolerance: format!("{tolerance} rel"),
            ok: relative <= tolerance,
            note: String::new(),
        }
    }

    /// With a remark.
    pub(super) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// With one more condition.
    pub(super) fn and(self, ok: bool) -> Self {
        Self { ok: self.ok && ok, ..self }
    }

    /// The cells of the table's row.
    pub(super) fn cells(&self) -> Vec<String> {
        let shape: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let number = |value: Option<f32>| value.map_or("-".into(), |value| format!("{value:.2e}"));
        vec![
            self.stage.clone(),
            shape.join("×"),
            number(self.error),
            number(self.relative),
            self.tolerance.clone(),
            if self.ok { "ok" } else { "FAIL" }.into(),
            self.note.clone(),
        ]
    }
}
