//! Where results go: checked before a network runs, which takes long.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use maskrcnn_web::{Error, Result};

use crate::files;
use crate::pictures::{PictureFile, is_picture};

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

/// Where each image's drawing goes: to `out` itself for a single image, if `out` has the ending of an image, else
/// into the folder `out`, as a `.png` under the image's name; sub-folders stay. Where that would be one file for
/// several images (`a.jpg` and `a.webp`), the ending stays in the name (`a.jpg.png`), or a number makes it another.
///
/// # Errors
/// `invalid-input` where `out` is a file and there are several images.
pub(crate) fn drawings(pictures: &[PictureFile], out: &Path) -> Result<Vec<PathBuf>> {
    if is_picture(out) && !out.is_dir() {
        return match pictures {
            [_] => Ok(vec![out.to_owned()]),
            _ => {
                let reason = format!("--out {} is a file; several pictures need a folder", out.display());
                Err(Error::InvalidInput(reason))
            }
        };
    }
    let plain = |picture: &PictureFile| picture.name.with_extension("png");
    let mut wanted: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for picture in pictures {
        *wanted.entry(plain(picture)).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let name = |picture: &PictureFile| {
        let plain = plain(picture);
        // A .png keeps its name also where others would have it.
        let first = if wanted[&plain] == 1 || plain == picture.name { plain } else { appended(&picture.name, ".png") };
        let stem = first.with_extension("");
        let others = (2..).map(|number| appended(&stem, &format!("-{number}.png")));
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
