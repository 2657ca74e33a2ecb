//! Names of the classes.

use std::path::Path;

use maskrcnn_web::{Error, Result};

use crate::files;

/// The class names of COCO as torchvision's checkpoints number them, the background first;
/// `N/A` where COCO left a number out.
#[rustfmt::skip]
const COCO: [&str; 91] = [
    "background", "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "N/A", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse",
    "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "N/A", "backpack", "umbrella", "N/A",
    "N/A", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat",
    "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "N/A", "wine glass", "cup", "fork", "knife",
    "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza",
    "donut", "cake", "chair", "couch", "potted plant", "bed", "N/A", "dining table", "N/A", "N/A",
    "toilet", "N/A", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven",
    "toaster", "sink", "refrigerator", "N/A", "book", "clock", "vase", "scissors", "teddy bear", "hair drier",
    "toothbrush",
];

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
    /// The names where none were given: COCO's for 91 classes, and for 81, which detectron2 numbers
    /// without gaps; else `class 1`, `class 2`…
    pub(crate) fn default_for(num_classes: usize) -> Self {
        let used: Vec<&str> = COCO.into_iter().filter(|&name| name != "N/A").collect();
        if num_classes == COCO.len() {
            Self(COCO.map(String::from).to_vec())
        } else if num_classes == used.len() {
            Self(used.into_iter().map(String::from).collect())
        } else {
            Self((0..num_classes).map(|class| format!("class {class}")).collect())
        }
    }

    /// Reads the names from a file: a JSON array of strings (`.json`), else one a line. The
    /// background's may be first or left out.
    ///
    /// # Errors
    /// `invalid-input` where the file holds another number of names than the network has classes.
    pub(crate) fn read(path: &Path, num_classes: usize) -> Result<Self> {
        let invalid = |reason: String| Error::InvalidInput(format!("{}: {reason}", path.display()));
        let bytes = files::read(path)?;
        let mut names: Vec<String> = if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            serde_json::from_slice(&bytes).map_err(|error| invalid(format!("not a JSON array of strings: {error}")))?
        } else {
            let text = String::from_utf8(bytes).map_err(|error| invalid(format!("not text: {error}")))?;
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

    /// The name of a class.
    pub(crate) fn name(&self, class: usize) -> &str {
        self.0.get(class).map_or("?", String::as_str)
    }
}
