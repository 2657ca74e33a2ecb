//! Small, medium and large.

/// Which objects are looked at; the others are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AreaRange {
    /// All.
    All,
    /// Up to 32² square pixels.
    Small,
    /// 32² to 96² square pixels.
    Medium,
    /// From 96² square pixels on.
    Large,
}

impl AreaRange {
    pub(super) const EACH: [Self; 4] = [Self::All, Self::Small, Self::Medium, Self::Large];

    /// Whether an area belongs to the range; both of its ends do, as in pycocotools.
    pub(super) fn contains(self, area: f64) -> bool {
        let (low, high) = match self {
            Self::All => (0.0, 1e10),
            Self::Small => (0.0, 1024.0),
            Self::Medium => (1024.0, 9216.0),
            Self::Large => (9216.0, 1e10),
        };
        (low..=high).contains(&area)
    }
}
