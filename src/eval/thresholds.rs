//! Where precision is measured: the overlaps from which on a detection counts as right, and the recalls.

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
