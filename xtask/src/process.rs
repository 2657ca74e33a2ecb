//! Runs other programs: with their output shown, or kept for the error.

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs a program and shows its output.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("   $ {line}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("{line} could not be started"))?;
    if !status.success() {
        bail!("{line} exited with {status}.");
    }
    Ok(())
}

/// Runs a program, shows its output, and stops it after `limit`.
///
/// # Errors
/// As [`run`], or when the time is up.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let line = line(command);
    println!("   $ {line}");
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| format!("{line} could not be started"))?;
    match wait(&mut child, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("{line} exited with {status}."),
        None => bail!("{line} was stopped after {} minutes.", limit.as_secs() / 60),
    }
}

/// Runs a program without showing its output, and returns what it wrote to standard output.
///
/// # Errors
/// When it cannot be started or does not succeed; the error holds all that it wrote.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{line} could not be started"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{line} exited with {}:\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(said)
}

/// Whether a program, run without showing its output, succeeds within `limit`.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        return false;
    };
    matches!(wait(&mut child, limit), Ok(Some(status)) if status.success())
}

/// Waits for a program, and stops it after `limit`; `None` then.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The first of these programs that is on the `PATH`.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// The command as a reader would type it.
fn line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{line, run_within, succeeds_within};

    #[test]
    fn a_command_reads_as_typed() {
        assert_eq!(line(Command::new("/some/where/cargo").args(["doc", "--no-deps"])), "cargo doc --no-deps");
    }

    #[test]
    fn a_program_that_hangs_is_stopped() {
        let error = run_within(Command::new("sleep").arg("60"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("stopped after"), "{error}");
        assert!(run_within(&mut Command::new("true"), Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn a_program_past_its_limit_has_not_succeeded() {
        assert!(!succeeds_within(Command::new("sleep").arg("60"), Duration::from_millis(1)));
        assert!(!succeeds_within(&mut Command::new("no-such-program-anywhere"), Duration::from_secs(1)));
    }
}
