//! How far a training is.

use std::io::IsTerminal;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use maskrcnn_web::train::{Accuracy, Choice, Observer, Start, StepRecord, ValidationRecord};

/// How far a training is, on standard error: a bar with the losses on a terminal, lines elsewhere.
pub(super) struct Display {
    bar: Option<ProgressBar>,
    steps: u64,
    shown: Option<Instant>,
}

/// Seconds between two lines.
const PAUSE: f64 = 10.0;

impl Display {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}\n{msg}");
            ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, steps: 0, shown: None }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}

impl Observer for Display {
    fn warned(&mut self, warning: &str) {
        self.line(&format!("warning: {warning}"));
    }

    fn chosen(&mut self, labels: &[String], choices: &[Choice]) {
        self.line("No --config: these values are taken for the data set; --set SECTION.KEY=VALUE changes one.");
        let objects = labels.get(1..).unwrap_or_default().join(", ");
        self.line(&format!("    {} classes: background, {objects} (the categories of the data set)", labels.len()));
        for Choice { key, value, reason } in choices {
            self.line(&format!("    {key} = {value} ({reason})"));
        }
    }

    fn started(&mut self, start: &Start) {
        let Start { kept, initialised, unused } = start;
        self.line(&format!("{} layers start with trained weights.", kept.len()));
        for (what, layers) in
            [("random weights", initialised), ("left out of the file, as no detector has them", unused)]
        {
            if !layers.is_empty() {
                self.line(&format!("    {what}: {}", layers.join(", ")));
            }
        }
    }

    fn begin(&mut self, step: u64, steps: u64) {
        self.steps = steps;
        if let Some(bar) = &self.bar {
            bar.set_length(steps);
            bar.set_position(step);
            bar.reset_eta();
        }
        if step > 0 {
            self.line(&format!("Resuming after step {step}."));
        }
    }

    fn step(&mut self, record: &StepRecord) {
        let losses: Vec<String> = record.losses.named().map(|(name, value)| format!("{name} {value:.3}")).collect();
        let line = format!(
            "{}, gradients {:.2}, rate {:.2e}, {:.1} images/s",
            losses.join(", "),
            record.gradient_norm,
            record.learning_rate,
            record.pictures_per_second
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position(record.step);
                bar.set_message(line);
            }
            None => {
                let due = self.shown.is_none_or(|shown| shown.elapsed().as_secs_f64() >= PAUSE);
                if due || record.step == self.steps {
                    eprintln!("step {}/{}: {line}", record.step, self.steps);
                    self.shown = Some(Instant::now());
                }
            }
        }
    }

    fn validating(&mut self, done: usize, pictures: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("measuring the accuracy: {done} of {pictures} images"));
        }
    }

    fn validated(&mut self, record: &ValidationRecord, best: bool) {
        let best = if best { " (the best so far)" } else { "" };
        self.line(&format!("step {}: {}{best}", record.step, numbers(&record.overall)));
        for (kind, accuracy) in &record.by_kind {
            self.line(&format!("    {kind}: {}", numbers(accuracy)));
        }
    }
}

fn numbers(accuracy: &Accuracy) -> String {
    let numbers: Vec<String> = accuracy.named().map(|(name, value)| format!("{name} {value:.4}")).collect();
    numbers.join(", ")
}
