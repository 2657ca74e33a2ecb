//! The parameters of COCO's evaluation (`Params` in pycocotools): IoU thresholds, recalls and area ranges.

/// How many overlaps there are.
pub(super) const IOU_THRESHOLDS: usize = 10;
/// Where 0.75 stands among them.
pub(super) const AT_75: usize = 5;
/// How many recalls there are.
pub(super) const RECALLS: usize = 101;

/// 0.5, 0.55, … 0.95.
pub(super) fn iou_thresholds() -> [f64; IOU_THRESHOLDS] {
    evenly(0.5, 0.95)
}

/// 0, 0.01, … 1.
pub(super) fn recalls() -> [f64; RECALLS] {
    evenly(0.0, 1.0)
}

/// With the rounding of `numpy.linspace`, which pycocotools takes: scores that lie on a threshold
/// must fall to the same side.
fn evenly<const N: usize>(first: f64, last: f64) -> [f64; N] {
    let step = (last - first) / (N - 1) as f64;
    core::array::from_fn(|i| if i + 1 == N { last } else { i as f64 * step + first })
}

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
