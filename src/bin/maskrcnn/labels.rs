//! Names of the classes.

use std::path::Path;

use maskrcnn_web::text;
use maskrcnn_web::weights::default_labels;
use maskrcnn_web::{Error, Result};

use crate::files;

/// A name for each class of a network, the background first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labels(Vec<String>);

impl From<Vec<String>> for Labels {
    /// These names, the background first.
    fn from(names: Vec<String>) -> Self {
        Self(names)
    }
}

impl From<Labels> for Vec<String> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}

impl Labels {
    /// The names where none were given.
    pub(crate) fn default_for(num_classes: usize) -> Self {
        Self(default_labels(num_classes))
    }

    /// Reads the names from a file: a JSON array of strings (`.json`), else one a line. The
    /// background's may be first or left out.
    ///
    /// # Errors
    /// `invalid-input` where the file is not UTF-8 text, or holds another number of names than the network has classes.
    pub(crate) fn read(path: &Path, num_classes: usize) -> Result<Self> {
        let invalid = |reason: String| Error::InvalidInput(format!("{}: {reason}", path.display()));
        let bytes = files::read(path)?;
        let text = text::utf8(&bytes).map_err(|error| invalid(error.to_string()))?;
        let mut names: Vec<String> = if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            serde_json::from_str(text).map_err(|error| invalid(format!("not a JSON array of strings: {error}")))?
        } else {
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
        };
        if names.len() + 1 == num_classes {
            names.insert(0, "background".into());
        }
        if names.len() != num_classes {
            let (found, objects) = (names.len(), num_classes - 1);
            return Err(invalid(format!(
                "{found} names; the network has {objects} classes of objects and the background"
            )));
        }
        Ok(Self(names))
    }

    /// All names, the background first.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// The name of a class.
    pub(crate) fn name(&self, class: usize) -> &str {
        self.0.get(class).map_or("?", String::as_str)
    }
}
