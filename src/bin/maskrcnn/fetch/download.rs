//! A file from a server: resumed where an earlier download ended, and checked against its hash.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use maskrcnn_web::weights::WeightsFile;
use maskrcnn_web::{Error, Result};
use ureq::http::{HeaderMap, Response, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::source::Source;
use crate::files;

/// No checkpoint is larger, in bytes.
const MAX_BYTES: u64 = 4 << 30;

/// What has arrived of a file, beside the place where the whole one will be.
pub(super) struct Download<'a> {
    source: &'a Source,
    /// The whole file.
    path: PathBuf,
    /// For how long nothing may come.
    timeout: Duration,
}

impl<'a> Download<'a> {
    /// The file of `source`, into `folder`.
    pub(super) fn new(source: &'a Source, folder: &Path, timeout: Duration) -> Self {
        Self { source, path: folder.join(&source.file), timeout }
    }

    /// The whole file, checked, which is then in the folder: downloaded, unless it is there.
    ///
    /// # Errors
    /// `io` with the URL where the server cannot be reached, answers with something else or stops to; what has arrived
    /// stays there, and the next download resumes from it. `weights-integrity` for another hash, and then nothing
    /// stays. `invalid-input` while another download writes the same file.
    pub(super) fn run(&self) -> Result<(PathBuf, Vec<u8>)> {
        if self.path.exists() {
            let bytes = files::read(&self.path)?;
            self.check(&bytes).map_err(|found| {
                let path = self.path.display();
                Error::WeightsIntegrity(format!("{path} is there already, but {found}; remove it and run this again"))
            })?;
            return Ok((self.path.clone(), bytes));
        }
        let part = self.beside("part");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
        let mut file = open.map_err(|error| Error::io(&part, error))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::InvalidInput(format!("{} is being downloaded already", self.path.display())));
        }
        // All of it may have come before something else went wrong.
        let whole = files::read(&part).ok().filter(|bytes| self.check(bytes).is_ok());
        let bytes = match whole {
            Some(bytes) => bytes,
            None => self.receive_whole(&mut file, &part)?,
        };
        fs::rename(&part, &self.path).map_err(|error| Error::io(&part, error))?;
        self.remove_parts();
        Ok((self.path.clone(), bytes))
    }

    /// Receives what `file`, which is at `part`, lacks. Returns all of it, checked.
    fn receive_whole(&self, file: &mut File, part: &Path) -> Result<Vec<u8>> {
        let received = self.receive(file);
        if file.metadata().is_ok_and(|data| data.len() == 0) {
            self.remove_parts();
        }
        received?;
        let bytes = files::read(part)?;
        if let Err(found) = self.check(&bytes) {
            self.remove_parts();
            let url = &self.source.url;
            return Err(Error::WeightsIntegrity(format!(
                "{url}: {found}; the downloaded file was deleted; run this again to download it once more"
            )));
        }
        Ok(bytes)
    }

    /// Whether bytes have the hash; else what they are.
    fn check(&self, bytes: &[u8]) -> Result<(), String> {
        let WeightsFile { sha256, .. } = WeightsFile::of(&self.source.file, bytes);
        let wanted = &self.source.sha256;
        if sha256.starts_with(wanted) {
            return Ok(());
        }
        let length = bytes.len();
        Err(format!("the SHA-256 of its {length} bytes is {sha256}, and should be {wanted}"))
    }

    /// A file beside the whole one.
    fn beside(&self, ending: &str) -> PathBuf {
        self.path.with_file_name(format!("{}.{ending}", self.source.file))
    }

    /// What the server calls the version of the file that the part is of.
    fn version(&self) -> PathBuf {
        self.beside("part.version")
    }

    fn remove_parts(&self) {
        for path in [self.beside("part"), self.version()] {
            drop(fs::remove_file(path));
        }
    }

    /// Downloads what is missing.
    fn receive(&self, part: &mut File) -> Result<()> {
        let mut have = part.metadata().map_err(|error| self.failed(error))?.len();
        let mut response = self.ask(have)?;
        if have > 0 && response.status() == 416 {
            // It is longer than the file: another file's.
            have = 0;
            response = self.ask(have)?;
        }
        let headers = response.headers();
        let total = match response.status().as_u16() {
            206 => match content_range(headers) {
                Some((start, total)) if start == have => total,
                _ => return Err(self.failed("the server sent another part of the file than was asked for")),
            },
            200 => {
                have = 0;
                number(headers, header::CONTENT_LENGTH)
            }
            _ => return Err(self.failed(format!("HTTP {}", response.status()))),
        };
        if total.is_some_and(|total| total > MAX_BYTES) {
            return Err(self.failed("the file is too large to be a checkpoint"));
        }
        match version(headers) {
            Some(version) => files::write(&self.version(), version.as_bytes())?,
            None => drop(fs::remove_file(self.version())),
        }
        part.set_len(have).and_then(|()| part.seek(SeekFrom::End(0))).map_err(|error| self.failed(error))?;
        let bar = Transfer::new(have, total);
        let came = self.copy(response, part, &bar);
        bar.finish();
        let have = part.metadata().map_err(|error| self.failed(error))?.len();
        match came {
            Ok(()) if total.is_none_or(|total| have == total) => Ok(()),
            outcome => {
                let reason = outcome.err().unwrap_or_else(|| "the connection ended".into());
                Err(self
                    .failed(format!("{reason}; {} came and are kept: run this again to resume", amount(have, total))))
            }
        }
    }

    /// Asks for the file from byte `start` on.
    fn ask(&self, start: u64) -> Result<Response<Body>> {
        let timeout = Some(self.timeout);
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(tls)
            .timeout_resolve(timeout)
            .timeout_connect(timeout)
            .timeout_recv_response(timeout)
            .timeout_per_read(timeout);
        let agent: Agent = config.build().into();
        let mut request = agent.get(&self.source.url).header(header::ACCEPT_ENCODING, "identity");
        if start > 0 {
            request = request.header(header::RANGE, format!("bytes={start}-"));
            if let Ok(version) = fs::read_to_string(self.version()) {
                request = request.header(header::IF_RANGE, version);
            }
        }
        request.call().map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => {
                Error::InvalidInput(format!("{}: {error}", self.source.url))
            }
            error => self.failed(self.reason(error)),
        })
    }

    /// Appends what arrives to the part.
    fn copy(&self, response: Response<Body>, part: &mut File, bar: &Transfer) -> Result<(), String> {
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        let mut room = MAX_BYTES;
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.reason(error.into())),
            };
            room = room.checked_sub(count as u64).ok_or("it is too large to be a checkpoint")?;
            part.write_all(&buffer[..count]).map_err(|error| error.to_string())?;
            bar.add(count);
        }
    }

    fn reason(&self, error: ureq::Error) -> String {
        match error {
            ureq::Error::Timeout(_) => format!("nothing came for {} s", self.timeout.as_secs()),
            ureq::Error::HostNotFound => "the host was not found; is this machine online?".into(),
            error => error.to_string(),
        }
    }

    fn failed(&self, reason: impl ToString) -> Error {
        Error::Io { path: self.source.url.clone(), reason: reason.to_string() }
    }
}

/// Where a part of a file starts, and how long the whole is, where the server knows.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (part, total) = range.split_once('/')?;
    Some((part.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// What tells whether a file on the server is still the same: a strong ETag, or a date.
fn version(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    text(header::ETAG).filter(|tag| !tag.starts_with("W/")).or_else(|| text(header::LAST_MODIFIED))
}

fn number(headers: &HeaderMap, name: header::HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// How much of a file there is.
fn amount(have: u64, total: Option<u64>) -> String {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    match total {
        Some(total) => format!("{:.1} of {:.1} MB", megabytes(have), megabytes(total)),
        None => format!("{:.1} MB", megabytes(have)),
    }
}

/// Progress of a download, on standard error: a bar on a terminal, a line for each tenth elsewhere.
struct Transfer {
    bar: ProgressBar,
    total: Option<u64>,
}

impl Transfer {
    fn new(have: u64, total: Option<u64>) -> Self {
        let bar = match total {
            _ if !io::stderr().is_terminal() => ProgressBar::hidden(),
            Some(total) => {
                let template = "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}";
                let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
                ProgressBar::new(total).with_style(style)
            }
            None => ProgressBar::new_spinner(),
        };
        bar.set_position(have);
        bar.reset_eta();
        if have > 0 {
            bar.suspend(|| eprintln!("resuming: {} are here already", amount(have, total)));
        }
        Self { bar, total }
    }

    fn add(&self, count: usize) {
        let before = self.bar.position();
        self.bar.inc(count as u64);
        let have = self.bar.position();
        let Some(total) = self.total.filter(|_| self.bar.is_hidden()) else { return };
        let tenth = |bytes: u64| bytes * 10 / total.max(1);
        if tenth(have) > tenth(before) {
            eprintln!("{}", amount(have, Some(total)));
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
