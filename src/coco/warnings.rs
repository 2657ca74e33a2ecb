//! What is odd about a data set or its results but can be lived with.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};

/// What is odd, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WarningKind {
    /// An image is listed twice.
    DuplicateImage,
    /// A category is listed twice.
    DuplicateCategory,
    /// An annotation has the id of another one; both are kept, as pycocotools does.
    DuplicateAnnotation,
    /// An annotation is of an image that is not listed.
    UnlistedImage,
    /// An annotation or result is of a category that is not listed.
    UnlistedCategory,
    /// An annotation has no id.
    MissingId,
    /// An annotation has no box; it is taken from its mask.
    MissingBox,
    /// An annotation has no area, or an invalid one; it is computed from its mask, else its box.
    MissingArea,
    /// A box has negative sides or is not four numbers; it is taken from the mask.
    InvalidBox,
    /// An annotation has neither a box nor a mask.
    NoExtent,
    /// A polygon has fewer than three corners.
    ShortPolygon,
    /// A polygon has an odd number of coordinates; the last one is ignored, as pycocotools does.
    OddPolygon,
    /// A polygon has coordinates that are null, NaN, infinite or far outside of any image.
    InvalidPolygon,
    /// The data set has annotations without masks beside those with masks.
    BoxOnly,
    /// The data set has no annotations.
    NoAnnotations,
    /// The data set has no categories; the network's classes are their own.
    NoCategories,
    /// No annotation is of this category.
    UnusedCategory,
    /// An image is stored turned, and annotated as it is stored.
    StoredOrientation,
    /// An image cannot be read, or has another size than the data set says.
    UnreadablePicture,
}

impl WarningKind {
    fn text(self) -> &'static str {
        match self {
            Self::DuplicateImage => "images that are listed twice (the second one is ignored)",
            Self::DuplicateCategory => "categories that are listed twice (the second one is ignored)",
            Self::DuplicateAnnotation => "annotations with the id of another one (kept; give each its own id)",
            Self::UnlistedImage => "annotations of an image that is not listed (ignored)",
            Self::UnlistedCategory => "annotations or results of a category that is not listed (ignored)",
            Self::MissingId => "annotations without an id (numbered here)",
            Self::MissingBox => "annotations without a bbox (taken from the mask)",
            Self::MissingArea => "annotations without a valid area (computed from the mask, else the bbox)",
            Self::InvalidBox => "annotations whose bbox is not four numbers with sides of 0 or more (ignored)",
            Self::NoExtent => "annotations with neither a valid bbox nor a mask (ignored)",
            Self::ShortPolygon => "polygons with fewer than three corners (dropped)",
            Self::OddPolygon => "polygons with an odd number of coordinates (the last one is ignored)",
            Self::InvalidPolygon => "polygons with coordinates that are not finite or far off (dropped)",
            Self::BoxOnly => "annotations with a bbox only (not part of the mask scores, nor of the mask loss)",
            Self::NoAnnotations => "data sets without annotations (nothing to compare with)",
            Self::NoCategories => "data sets without categories (category_id is the network's class)",
            Self::UnusedCategory => "categories that no annotation uses",
            Self::StoredOrientation => {
                "images whose EXIF orientation is ignored, because the data set has the size of the stored pixels"
            }
            Self::UnreadablePicture => "images that could not be read (left out)",
        }
    }
}

/// How often something odd was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What.
    pub kind: WarningKind,
    /// How often, 1 or more.
    pub count: usize,
    /// Where it was met first, and what was found there.
    pub example: String,
}

impl Display for Warning {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}, first: {}", self.kind.text(), self.count, self.example)
    }
}

/// The warnings about data, one of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warnings(BTreeMap<WarningKind, Warning>);

impl Warnings {
    /// Counts one more of a kind; `example` is called for the first one only.
    pub fn add(&mut self, kind: WarningKind, example: impl FnOnce() -> String) {
        let new = || Warning { kind, count: 0, example: example() };
        self.0.entry(kind).or_insert_with(new).count += 1;
    }

    /// Adds those about the file at `path`, which their examples name.
    pub(super) fn add_all_of(&mut self, path: &Path, others: Self) {
        for (kind, other) in others.0 {
            let new = || Warning { kind, count: 0, example: format!("{} in {}", other.example, path.display()) };
            self.0.entry(kind).or_insert_with(new).count += other.count;
        }
    }

    /// The warning of a kind, if there is one.
    pub fn get(&self, kind: WarningKind) -> Option<&Warning> {
        self.0.get(&kind)
    }

    /// The warnings.
    pub fn iter(&self) -> impl Iterator<Item = &Warning> {
        self.0.values()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes warnings for errors (`--strict`).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with all of them, unless there are none.
    pub fn refuse(&self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let warnings: Vec<String> = self.iter().map(Warning::to_string).collect();
        Err(Error::InvalidInput(format!("the data is not as strict reading needs it: {}", warnings.join("; "))))
    }
}
