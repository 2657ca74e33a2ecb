//! Where the images of a data set are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Finds the files of a data set's images, however its exporter lays them out and names them.
///
/// Folders are those that COCO (`annotations/instances_val2017.json`: `val2017/`), Roboflow (beside
/// `_annotations.coco.json`), CVAT and Label Studio (`images/`) and FiftyOne (`data/`) have, besides the one that is
/// named like the JSON file (`val.json`: `val/`). A name may have backslashes, be percent-encoded, be a URL or an
/// absolute path of another machine: then its end is looked for.
#[derive(Debug, Clone)]
pub struct ImageFiles {
    /// The one in which an image was found last is first: a data set has one folder, as a rule.
    folders: Vec<PathBuf>,
    /// The name for which a file was found by the end of the name only.
    by_end: HashMap<PathBuf, String>,
}

impl ImageFiles {
    /// For the images of the data set in the file `json`: in `images` only, where it is given.
    pub fn new(json: &Path, images: Option<&Path>) -> Self {
        let mut folders: Vec<PathBuf> = match images {
            Some(images) => vec![images.to_path_buf()],
            None => folders(json).into_iter().filter(|folder| folder.is_dir()).collect(),
        };
        let mut seen = Vec::new();
        folders.retain(|folder| {
            let is_new = !seen.contains(folder);
            seen.push(folder.clone());
            is_new
        });
        Self { folders, by_end: HashMap::new() }
    }

    /// The file of the image with this name in the data set.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the data set gives no name, and where two names would be the same file;
    /// [`Error::Io`] where no folder has such a file, with the folders.
    pub fn find(&mut self, file_name: &str) -> Result<PathBuf> {
        if file_name.is_empty() {
            return Err(Error::InvalidInput("the data set does not name its file; give it a file_name".into()));
        }
        let names = names(file_name);
        for (name, is_end) in &names {
            let Some(place) = self.folders.iter().position(|folder| folder.join(name).is_file()) else { continue };
            let path = self.folders[place].join(name);
            if *is_end {
                let owner = self.by_end.entry(path.clone()).or_insert_with(|| file_name.to_owned());
                if owner != file_name {
                    return Err(Error::InvalidInput(format!(
                        "{file_name:?} is missing, and {} is that of {owner:?}; keep the images' sub-folders",
                        path.display()
                    )));
                }
            }
            self.folders[..=place].rotate_right(1);
            return Ok(path);
        }
        let first = self.folders.first().map_or_else(|| PathBuf::from(file_name), |folder| folder.join(&names[0].0));
        let folders: Vec<String> = self.folders.iter().map(|folder| format!("{}/", folder.display())).collect();
        let reason =
            format!("no such image; looked for {file_name:?} in {}; name the folder of the images", folders.join(", "));
        Err(Error::io(&first, reason))
    }
}

/// The folders in which the images of a data set may be.
fn folders(json: &Path) -> Vec<PathBuf> {
    let own = json.parent().unwrap_or(Path::new(""));
    let own = if own.as_os_str().is_empty() { Path::new(".") } else { own };
    let parent = own.join("..");
    let stem = json.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    // `instances_val2017`: `val2017`; COCO's `image_info_test-dev2017` is of images in `test2017`.
    let ends = stem.match_indices('_').map(|(position, _)| stem[position + 1..].to_owned());
    let splits: Vec<String> = [stem.clone()]
        .into_iter()
        .chain(ends)
        .filter(|split| !split.is_empty())
        .flat_map(|split| [split.replace("-dev", ""), split].into_iter().rev())
        .collect();
    let mut folders = vec![own.join(&stem), own.to_path_buf()];
    for place in [own, &parent] {
        folders.extend(splits.iter().map(|split| place.join(split)));
        for name in ["images", "data"] {
            folders.extend(splits.iter().map(|split| place.join(name).join(split)));
            folders.extend(splits.iter().map(|split| place.join(split).join(name)));
            folders.push(place.join(name));
        }
    }
    folders.push(parent);
    folders
}

/// The paths that a name can mean, the likeliest first, and whether it is an end of the name only.
fn names(file_name: &str) -> Vec<(PathBuf, bool)> {
    let slashes = file_name.replace('\\', "/");
    let without_query = slashes.split(['?', '#']).next().unwrap_or_default();
    let mut spellings = vec![file_name.to_owned(), slashes.clone(), decoded(&slashes)];
    if slashes.contains("://") {
        spellings.push(decoded(without_query));
    }
    let mut names: Vec<(PathBuf, bool)> = Vec::new();
    for spelling in &spellings {
        names.push((PathBuf::from(spelling), false));
    }
    for spelling in &spellings[1..] {
        let ends = spelling.match_indices('/').map(|(position, _)| &spelling[position + 1..]);
        names.extend(ends.filter(|end| !end.is_empty()).map(|end| (PathBuf::from(end.trim_start_matches('/')), true)));
    }
    let mut seen = Vec::new();
    names.retain(|(name, _)| {
        let is_new = !seen.contains(name);
        seen.push(name.clone());
        is_new
    });
    names
}

/// A text without its percent-encoding; as it is where that is malformed.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
