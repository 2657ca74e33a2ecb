//! Which classes of an image are labelled exhaustively, so that it has no objects of them but those in its ground truth.

/// The classes whose every object in an image is among its ground truth. Of all others some objects are not: a region
/// without an object teaches nothing about them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LabelledClasses {
    /// All classes, as in most data sets.
    #[default]
    All,
    /// These ones, in ascending order; perhaps none.
    Only(Vec<usize>),
}

impl LabelledClasses {
    /// These classes, of a network with `num_classes` classes, the background included.
    pub fn of(mut classes: Vec<usize>, num_classes: usize) -> Self {
        classes.sort_unstable();
        classes.dedup();
        if (1..num_classes).all(|class| classes.binary_search(&class).is_ok()) {
            Self::All
        } else {
            Self::Only(classes)
        }
    }

    /// The classes that are labelled exhaustively in two images.
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, other) => other.clone(),
            (one, Self::All) => one,
            (Self::Only(one), other) => Self::Only(one.into_iter().filter(|&class| other.contains(class)).collect()),
        }
    }

    /// Whether all classes are labelled exhaustively.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// Whether a class, 1 or more, is labelled exhaustively.
    pub fn contains(&self, class_id: usize) -> bool {
        match self {
            Self::All => true,
            Self::Only(classes) => classes.binary_search(&class_id).is_ok(),
        }
    }
}
