//! The one error type of the crate, with codes that stay the same from Rust to TypeScript.

use std::path::Path;

/// What can go wrong, from loading weights to reading the results back.
///
/// Each variant has a stable [`code`](Error::code) that the npm package hands on unchanged;
/// the message says what happened and, where something can be done, what to do. It does not repeat
/// the code: wherever an error is shown, the code stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No WebGPU device (or, natively, no wgpu adapter) could be opened.
    #[error("no WebGPU device: {0}; use the CPU backend instead")]
    WebGpuUnavailable(String),
    /// The device went away while it was computing.
    #[error("{0}; load the model again")]
    DeviceLost(String),
    /// The image and the network do not fit into the device's memory.
    #[error("{0}; use a smaller image or a smaller `min_size`")]
    OutOfMemory(String),
    /// The bytes of a checkpoint are damaged: truncated, altered, or not a checkpoint at all.
    #[error("{0}")]
    WeightsIntegrity(String),
    /// The checkpoint is intact but holds another network than the one asked for.
    #[error("{0}")]
    WeightsIncompatible(String),
    /// An argument is outside of what is allowed.
    #[error("{0}")]
    InvalidInput(String),
    /// A file could not be read or written (native only).
    #[error("{path}: {reason}")]
    Io {
        /// The file's path.
        path: String,
        /// The operating system's message.
        reason: String,
    },
    /// Training diverged: a loss or a gradient became infinite or NaN.
    #[error(
        "the training diverged in step {step}: {what}; the last checkpoint is kept, \
         but another run needs a smaller learning rate or a longer warm-up"
    )]
    Diverged {
        /// Number of the step, 1 and more.
        step: u64,
        /// Which number is not finite.
        what: String,
    },
    /// Cancelled by the caller.
    #[error("stopped by the caller")]
    Aborted,
    /// An internal invariant was violated, which is a bug; please report it.
    #[error("{0}; this is a bug, please report it")]
    Internal(String),
}

impl Error {
    /// [`Error::Io`] of the file at `path`.
    pub fn io(path: &Path, error: impl ToString) -> Self {
        Self::Io { path: path.display().to_string(), reason: error.to_string() }
    }

    /// The stable code of this error, the same in Rust, in JSON and in TypeScript.
    pub fn code(&self) -> &'static str {
        match self {
            Error::WebGpuUnavailable(_) => "webgpu-unavailable",
            Error::DeviceLost(_) => "device-lost",
            Error::OutOfMemory(_) => "out-of-memory",
            Error::WeightsIntegrity(_) => "weights-integrity",
            Error::WeightsIncompatible(_) => "weights-incompatible",
            Error::InvalidInput(_) => "invalid-input",
            Error::Io { .. } => "io",
            Error::Diverged { .. } => "diverged",
            Error::Aborted => "aborted",
            Error::Internal(_) => "internal",
        }
    }
}

/// `Result` with this crate's [`enum@Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;
