//! What libraries write to standard error while a device is opened: the Vulkan loader, graphics drivers, wgpu.
//!
//! A machine without a GPU works well on the CPU, but the look-up for one may print errors. They are written by
//! C libraries to file descriptor 2 itself, so that only redirecting the descriptor keeps them out.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether `--verbose` was given.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows all that libraries write.
pub(crate) fn show() {
    IS_SHOWN.store(true, Ordering::Relaxed);
}

/// Runs `work` without showing what libraries write meanwhile, unless it fails or panics, or [`show`] was called.
/// Where standard error cannot be redirected, all is shown.
pub(crate) fn withhold<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    if IS_SHOWN.load(Ordering::Relaxed) {
        return work();
    }
    let redirection = redirection::Redirection::start();
    let result = work();
    if let (Ok(_), Ok(redirection)) = (&result, redirection) {
        redirection.discard();
    }
    result
}

#[cfg(unix)]
mod redirection {
    use std::io::{PipeReader, Read, Write, pipe, stderr};
    use std::os::fd::{AsFd, OwnedFd};

    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use nix::unistd::{dup, dup2_stderr};

    /// Standard error, redirected to a pipe until this is dropped; then what was written is shown.
    pub(super) struct Redirection {
        original: OwnedFd,
        written: PipeReader,
        is_wanted: bool,
    }

    impl Redirection {
        pub(super) fn start() -> std::io::Result<Self> {
            let (written, writer) = pipe()?;
            // A library that writes more than a pipe holds loses the rest, instead of waiting for a reader.
            for end in [written.as_fd(), writer.as_fd()] {
                fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
            }
            let original = dup(stderr())?;
            dup2_stderr(&writer)?;
            Ok(Self { original, written, is_wanted: true })
        }

        /// Ends it and forgets what was written.
        pub(super) fn discard(mut self) {
            self.is_wanted = false;
        }
    }

    impl Drop for Redirection {
        fn drop(&mut self) {
            // Failures are left alone here and below: there is no standard error to report them on.
            if dup2_stderr(&self.original).is_ok() && self.is_wanted {
                let mut text = Vec::new();
                // It ends with an error where a library has kept the pipe; what came before is in `text`.
                let _ = self.written.read_to_end(&mut text);
                let _ = stderr().write_all(&text);
            }
        }
    }
}

#[cfg(not(unix))]
mod redirection {
    /// Elsewhere nothing is redirected.
    pub(super) struct Redirection;

    impl Redirection {
        pub(super) fn start() -> std::io::Result<Self> {
            Ok(Self)
        }

        pub(super) fn discard(self) {}
    }
}
