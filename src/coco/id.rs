//! What images, annotations and results are referred to by.

use std::fmt::{Display, Formatter};

use serde::Serialize;

/// An id, as the file has it: COCO's own are numbers, other programs write texts, such as file names.
///
/// Numbers come before texts, as a list of images is sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum CocoId {
    /// A number; `17.0` is 17.
    Number(i64),
    /// A text, which may hold a number.
    Text(String),
}

impl CocoId {
    /// The other way of writing the same id: a string that holds a number as that number, a number as a string.
    pub(super) fn rewritten(&self) -> Option<Self> {
        match self {
            Self::Number(number) => Some(Self::Text(number.to_string())),
            Self::Text(text) => text.trim().parse().ok().map(Self::Number),
        }
    }
}

impl From<u64> for CocoId {
    /// The number, or its text where it is 2⁶³ or more.
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Self::Text(number.to_string()), Self::Number)
    }
}

impl From<&str> for CocoId {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Display for CocoId {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => write!(formatter, "{text:?}"),
        }
    }
}
