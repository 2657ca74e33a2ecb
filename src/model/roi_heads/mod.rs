//! What happens for each region of interest: class, box and, in parallel, mask
//! (He et al. 2017, section 3; `torchvision/models/detection/roi_heads.py`).

mod box_head;
mod mask_head;

pub use box_head::BoxHeadConfig;
pub use mask_head::MaskHeadConfig;

/// How the features of a region of interest are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoiPooling {
    /// RoIAlign: bilinear samples at exact positions (He et al. 2017, section 3).
    #[default]
    Align,
    /// RoIPool: maxima over rounded cells (Girshick 2015), kept for the paper's comparison.
    Pool,
}

/// The layout of the heads, and how detections are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct RoiHeadsConfig {
    /// RoIAlign, or RoIPool.
    pub pooling: RoiPooling,
    /// Samples a side in each cell of RoIAlign.
    pub sampling_ratio: usize,
    /// The shared layers before class and box.
    pub box_head: BoxHeadConfig,
    /// The mask branch.
    pub mask_head: MaskHeadConfig,
    /// Only detections with a higher score (0..1) stay.
    pub score_threshold: f32,
    /// Of two detections of a class with a larger IoU, only the better one stays.
    pub nms_threshold: f32,
    /// At most so many detections come out.
    pub detections_per_image: usize,
    /// Detections with a side shorter than this, in pixels of the resized picture, are dropped.
    pub min_size: f32,
}

impl Default for RoiHeadsConfig {
    fn default() -> Self {
        Self {
            pooling: RoiPooling::Align,
            sampling_ratio: 2,
            box_head: BoxHeadConfig::default(),
            mask_head: MaskHeadConfig::default(),
            score_threshold: 0.05,
            nms_threshold: 0.5,
            detections_per_image: 100,
            min_size: 1e-2,
        }
    }
}
