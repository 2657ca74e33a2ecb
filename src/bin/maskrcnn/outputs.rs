//! Where results go: checked before a network runs, which takes long.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use maskrcnn_web::{Error, Result};

use crate::files;
use crate::pictures::PictureFile;

/// Makes sure that files can be written: that nothing but a file is in their place, their folders are there or can be
/// made, none is written twice, and none of `inputs` is written over. All is left as it was.
///
/// # Errors
/// `io` where one cannot be written, `invalid-input` where it would be written over another one or an input.
pub(crate) fn check<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    let inputs: BTreeSet<PathBuf> = inputs.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut taken = BTreeSet::new();
    for output in outputs {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<&Path> = output.ancestors().skip(1).take_while(is_missing).collect();
        if let Some(folder) = missing.first() {
            files::create_folder(folder)?;
        }
        let is_there = output.exists();
        if is_there && !output.is_file() && !output.is_dir() {
            // A pipe or a device, such as /dev/stdout, is not opened twice.
            continue;
        }
        OpenOptions::new().append(true).create(true).open(output).map_err(|error| Error::io(output, error))?;
        let place = output.canonicalize().map_err(|error| Error::io(output, error))?;
        if !is_there {
            std::fs::remove_file(output).map_err(|error| Error::io(output, error))?;
        }
        for folder in missing {
            std::fs::remove_dir(folder).map_err(|error| Error::io(folder, error))?;
        }
        if inputs.contains(&place) {
            let reason = format!("{} is an input and would be written over; choose another output", output.display());
            return Err(Error::InvalidInput(reason));
        }
        if !taken.insert(place) {
            let reason = format!("{} would be written twice; choose different outputs", output.display());
            return Err(Error::InvalidInput(reason));
        }
    }
    Ok(())
}

/// Files of which each image has one.
#[derive(Debug)]
pub(crate) struct FileKind {
    /// The option that says where they go.
    option: &'static str,
    /// The endings of such files; in folders they have the first one.
    endings: &'static [&'static str],
}

/// Drawn images.
pub(crate) const DRAWINGS: FileKind = FileKind { option: "--out", endings: &["png", "jpg", "jpeg", "webp"] };
/// Label images.
pub(crate) const LABEL_IMAGES: FileKind = FileKind { option: "--label-image", endings: &["tif", "tiff", "png"] };
/// Archives of ImageJ's ROIs.
pub(crate) const ROIS: FileKind = FileKind { option: "--rois", endings: &["zip"] };
/// GeoJSON for QuPath.
pub(crate) const GEOJSON: FileKind = FileKind { option: "--geojson", endings: &["geojson", "json"] };

/// Where each image's file goes: to `out` itself for a single image, if `out` has the ending of such a file, else into
/// the folder `out`, under the image's name with the first ending; sub-folders stay. Where that would be one file for
/// several images (`a.jpg` and `a.webp`), the ending stays in the name (`a.jpg.png`), or a number makes it another.
///
/// # Errors
/// `invalid-input` where `out` is a file and there are several images.
pub(crate) fn each(pictures: &[PictureFile], out: &Path, kind: &FileKind) -> Result<Vec<PathBuf>> {
    let is_such = |ending: &std::ffi::OsStr| kind.endings.iter().any(|known| ending.eq_ignore_ascii_case(known));
    if out.extension().is_some_and(is_such) && !out.is_dir() {
        return match pictures {
            [_] => Ok(vec![out.to_owned()]),
            _ => {
                let reason = format!("{} {} is a file; several pictures need a folder", kind.option, out.display());
                Err(Error::InvalidInput(reason))
            }
        };
    }
    let ending = kind.endings[0];
    let plain = |picture: &PictureFile| picture.name.with_extension(ending);
    let mut wanted: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for picture in pictures {
        *wanted.entry(plain(picture)).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let name = |picture: &PictureFile| {
        let plain = plain(picture);
        // An image with the ending keeps its name also where others would have it.
        let first = if wanted[&plain] == 1 || plain == picture.name {
            plain
        } else {
            appended(&picture.name, &format!(".{ending}"))
        };
        let stem = first.with_extension("");
        let others = (2..).map(|number| appended(&stem, &format!("-{number}.{ending}")));
        let is_free = |name: &PathBuf| !taken.contains(name) && (*name == first || !wanted.contains_key(name));
        let name = std::iter::once(first.clone()).chain(others).find(is_free).unwrap_or_default();
        taken.insert(name.clone());
        out.join(name)
    };
    Ok(pictures.iter().map(name).collect())
}

fn appended(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}
