//! The images that paths on the command line name, and what is left out of folders.

use std::path::{Path, PathBuf};

use maskrcnn_web::image::FileContent;
use maskrcnn_web::{Error, Result};
use walkdir::{DirEntry, WalkDir};

/// Endings of the image formats that are read.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "tif", "tiff"];
/// What operating systems put into folders, besides hidden files.
const LITTER: [&str; 6] =
    ["Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information", "__MACOSX"];
/// How many of the files that are left out are named.
const NAMED: usize = 3;

/// An image to look at.
#[derive(Debug, Clone)]
pub(crate) struct PictureFile {
    pub(crate) path: PathBuf,
    /// Its path within the folder that was named, or its file's name.
    pub(crate) name: PathBuf,
}

/// All images of a run.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    pub(crate) files: Vec<PictureFile>,
    /// What could not be looked at: dangling links, folders without permission.
    pub(crate) failures: Vec<Error>,
    not_pictures: Vec<PathBuf>,
    other_images: Vec<PathBuf>,
    loops: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    results: Vec<PathBuf>,
}

impl Pictures {
    /// The images that `paths` name: a file is taken as it is, a folder for the images in it, in the order of
    /// their names, with its sub-folders if `recursive`. Symbolic links are followed; hidden files are passed over.
    /// `outputs`, where results go, are not looked into, unless they are among `paths`.
    ///
    /// # Errors
    /// `io` where a folder of `paths` cannot be read, `invalid-input` where one holds no image.
    pub(crate) fn find(paths: &[PathBuf], recursive: bool, outputs: &[&Path]) -> Result<Self> {
        let outputs: Vec<PathBuf> = outputs.iter().filter_map(|output| output.canonicalize().ok()).collect();
        let mut pictures = Self::default();
        for path in paths {
            if path.is_dir() {
                pictures.add_folder(path, recursive, &outputs)?;
            } else {
                let name = path.file_name().unwrap_or_default().into();
                pictures.files.push(PictureFile { path: path.clone(), name });
            }
        }
        Ok(pictures)
    }

    fn add_folder(&mut self, folder: &Path, recursive: bool, outputs: &[PathBuf]) -> Result<()> {
        std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
        let before = self.files.len();
        let mut entries = WalkDir::new(folder).min_depth(1).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.add_failure(folder, &error);
                    continue;
                }
            };
            let is_folder = entry.file_type().is_dir();
            if is_passed_over(&entry) {
                if is_folder {
                    entries.skip_current_dir();
                }
            } else if !is_folder {
                self.add_file(folder, &entry);
            } else if entry.path().canonicalize().is_ok_and(|path| outputs.contains(&path)) {
                self.results.push(entry.into_path());
                entries.skip_current_dir();
            } else if !recursive {
                self.folders.push(entry.into_path());
                entries.skip_current_dir();
            }
        }
        if self.files.len() == before {
            let mut reason = format!("{} holds no picture (PNG, JPEG, WebP, TIFF)", folder.display());
            for note in self.notes().iter().chain(&self.failures.iter().map(Error::to_string).collect::<Vec<_>>()) {
                reason = format!("{reason}; {note}");
            }
            return Err(Error::InvalidInput(reason));
        }
        Ok(())
    }

    fn add_file(&mut self, folder: &Path, entry: &DirEntry) {
        let path = entry.path().to_path_buf();
        // A pipe or a device would be waited for.
        let content = if entry.file_type().is_file() { FileContent::read(&path) } else { Ok(FileContent::Unknown) };
        match content {
            // A file with the name of an image but other content is reported with the images.
            Ok(content)
                if matches!(content, FileContent::Picture | FileContent::Tiff)
                    || entry.file_type().is_file() && is_picture(&path) =>
            {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_path_buf();
                self.files.push(PictureFile { path, name });
            }
            Ok(FileContent::OtherImage(_)) => self.other_images.push(path),
            Ok(_) => self.not_pictures.push(path),
            Err(error) => self.failures.push(error),
        }
    }

    fn add_failure(&mut self, folder: &Path, error: &walkdir::Error) {
        let path = error.path().unwrap_or(folder);
        if error.loop_ancestor().is_some() {
            self.loops.push(path.to_path_buf());
        } else if !path.file_name().is_some_and(|name| is_hidden(&name.to_string_lossy())) {
            let reason = error.io_error().map_or_else(|| error.to_string(), std::io::Error::to_string);
            self.failures.push(Error::io(path, reason));
        }
    }

    /// What was left out, a sentence for each reason.
    pub(crate) fn notes(&self) -> Vec<String> {
        let reasons = [
            (&self.not_pictures, "file that is not a picture", "files that are not pictures", ""),
            (
                &self.other_images,
                "image of another format",
                "images of other formats",
                "; convert to PNG, JPEG, WebP or TIFF",
            ),
            (&self.loops, "link to a folder around it", "links to folders around them", ""),
            (&self.folders, "sub-folder", "sub-folders", "; --recursive looks into sub-folders"),
            (&self.results, "folder of results", "folders of results", ""),
        ];
        let told = reasons.into_iter().filter(|(paths, ..)| !paths.is_empty());
        told.map(|(paths, one, several, advice)| {
            let what = if paths.len() == 1 { one } else { several };
            let mut names: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
            names.extend((paths.len() > NAMED).then(|| "…".into()));
            format!("left out {} {what}: {}{advice}", paths.len(), names.join(", "))
        })
        .collect()
    }
}

/// Whether a file's ending is that of an image.
pub(crate) fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.iter().any(|&picture| ending == picture)
}

/// Whether nobody means an entry of a folder: hidden files and what operating systems leave.
fn is_passed_over(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    is_hidden(&name) || LITTER.iter().any(|litter| name.eq_ignore_ascii_case(litter))
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}
