//! `maskrcnn fetch`: a published checkpoint, downloaded and made into a model's folder.

mod download;
mod published;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use maskrcnn_web::weights::{Converted, ModelFolder, Precision, WeightsOptions, convert, file_stem};
use maskrcnn_web::{Error, Result};

use crate::convert::Choice;
use crate::files;
use download::Download;
use published::Published;
use source::Source;

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The checkpoint, such as maskrcnn_resnet50_fpn; without it, and without --from, those that there are are listed.
    #[arg(value_name = "NAME", requires = "out")]
    name: Option<String>,
    /// The model's folder, which holds no model yet.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Where the checkpoint is, instead of at torchvision's address: the URL of a folder with its file, or of a file.
    #[arg(long, value_name = "URL", requires = "out")]
    from: Option<String>,
    /// The file's SHA-256, or its first 8 digits or more [default: those in the file's name].
    #[arg(long, value_name = "HASH", requires = "out")]
    sha256: Option<String>,
    /// How the weights are stored. All are computed with in f32.
    #[arg(long, value_enum, default_value = "f16")]
    precision: Choice,
    /// Keep the downloaded checkpoint in the folder.
    #[arg(long)]
    keep: bool,
    /// Give up when nothing arrives for this many seconds; what has arrived is kept, and the same command resumes.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let published = arguments.name.as_deref().map(Published::find).transpose()?;
    let (Some(out), true) = (&arguments.out, published.is_some() || arguments.from.is_some()) else {
        print!("{}", published::list());
        return Ok(ExitCode::SUCCESS);
    };
    let source = Source::new(published, arguments.from.as_deref(), arguments.sha256.as_deref())?;
    let manifest = out.join(ModelFolder::MANIFEST);
    if manifest.exists() {
        return Err(Error::InvalidInput(format!("{} holds a model already; choose another folder", out.display())));
    }
    files::create_folder(out)?;
    let fetched = fetch(arguments, out, &source, published);
    if fetched.is_err() {
        // Only a folder that is empty can be removed; with a part of the checkpoint it stays.
        drop(fs::remove_dir(out));
    }
    let Converted { manifest, weights } = fetched?;
    let (architecture, file) = (&manifest.architecture, &manifest.weights[0].file);
    println!("{}: {architecture}, {file}, {:.2} MB", out.display(), weights.len() as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}

/// Downloads the checkpoint and converts it. The folder is a model's once its manifest is there, which comes last.
fn fetch(arguments: &Arguments, out: &Path, source: &Source, published: Option<&Published>) -> Result<Converted> {
    let timeout = Duration::from_secs(arguments.timeout);
    let (checkpoint, bytes) = Download::new(source, out, timeout).run()?;
    let name = match published {
        Some(published) => published.name.to_owned(),
        None => file_stem(&out.canonicalize().unwrap_or_default().file_name().unwrap_or_default().to_string_lossy()),
    };
    let made = convert(bytes, Precision::from(arguments.precision), &name, None, &WeightsOptions::default()).and_then(
        |mut converted| {
            converted.manifest.source = format!("{}, SHA-256 {}", source.url, source.sha256);
            if let Some(published) = published {
                converted.manifest.description = published.description();
            }
            write_whole(&out.join(&converted.manifest.weights[0].file), &converted.weights)?;
            write_whole(&out.join(ModelFolder::MANIFEST), &converted.manifest.to_json()?)?;
            Ok(converted)
        },
    );
    if !arguments.keep {
        fs::remove_file(&checkpoint).map_err(|error| Error::io(&checkpoint, error))?;
    }
    made
}

/// Writes a file that is never seen half written.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    files::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path).map_err(|error| Error::io(path, error)))
        .inspect_err(|_| drop(fs::remove_file(&part)))
}
