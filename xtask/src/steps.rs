//! A run of many steps: prints each with its result and time, and the counts.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How the steps so far ended.
pub(crate) struct Steps {
    start: Instant,
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), passed: 0, failed: Vec::new(), skipped: Vec::new() }
    }

    /// Runs one step. A failure is printed and counted, and `None` returned, so that the others still run.
    pub(crate) fn run<T>(&mut self, what: &str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n── {what}");
        let start = Instant::now();
        let result = step();
        let took = duration(start.elapsed());
        match result {
            Ok(value) => {
                println!("── {what}: passed in {took}");
                self.passed += 1;
                Some(value)
            }
            Err(error) => {
                println!("── {what}: failed after {took}\n   {error:#}");
                self.failed.push(what.to_owned());
                None
            }
        }
    }

    /// Skips one step, for the reason given.
    pub(crate) fn skip(&mut self, what: &str, why: &str) {
        println!("\n── {what}: skipped. {why}");
        self.skipped.push(what.to_owned());
    }

    /// Prints a summary, then the counts alone on a line. A failed step fails the run.
    pub(crate) fn finish(self) -> ExitCode {
        let took = duration(self.start.elapsed());
        println!();
        if !self.skipped.is_empty() {
            println!("Skipped: {}.", self.skipped.join("; "));
        }
        if self.failed.is_empty() {
            println!("Everything that ran passed, in {took}.");
        } else {
            println!("Failed, after {took}: {}. Their output is above.", self.failed.join("; "));
        }
        println!("{}", counts(self.passed, self.failed.len(), self.skipped.len()));
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The closing line, in the form that test runners use.
fn counts(passed: usize, failed: usize, skipped: usize) -> String {
    let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    format!("{passed} passed, {failed} failed{skips}")
}

/// A duration for people.
pub(crate) fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;
    use std::time::Duration;

    use anyhow::bail;

    use super::{Steps, counts, duration};

    #[test]
    fn a_failed_step_fails_the_run_and_lets_the_others_go_on() {
        let mut steps = Steps::new();
        assert!(steps.run::<()>("breaks", || bail!("broken")).is_none());
        assert_eq!(steps.run("works", || Ok(3)), Some(3));
        assert_eq!((steps.passed, steps.failed.len()), (1, 1));
        assert_eq!(steps.finish(), ExitCode::FAILURE);
    }

    #[test]
    fn a_skipped_step_fails_nothing() {
        let mut steps = Steps::new();
        steps.skip("optional", "It is not here.");
        assert_eq!(steps.finish(), ExitCode::SUCCESS);
    }

    #[test]
    fn the_closing_line_counts() {
        assert_eq!(counts(12, 0, 0), "12 passed, 0 failed");
        assert_eq!(counts(10, 1, 2), "10 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(1300)), "1.3 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }
}
