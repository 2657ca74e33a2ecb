//! Getting ready before the first picture.

use super::predict::pack;
use super::read_back::read_floats;
use crate::error::{Error, Result};
use crate::model::MaskRcnn;
use crate::structures::Image;

/// Side of the picture that is tried, in pixels: one cell of P5.
const SIDE: usize = 32;
/// Candidates of each level, and proposals.
const REGIONS: usize = 4;

impl MaskRcnn {
    /// Runs the whole network once on a very small picture, for what a device does only the first
    /// time: a GPU compiles its kernels, which do not depend on sizes.
    ///
    /// The device is waited for again and again, so that the thread is free meanwhile. `progress` is told
    /// after how many waits of how many it is, 0 at first, and says whether to go on.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`]; [`Error::Aborted`] where `progress` says no.
    pub async fn warm_up(&self, mut progress: impl FnMut(usize, usize) -> bool) -> Result<()> {
        let mut network = self.clone();
        let config = network.config_mut();
        config.transform.min_size = SIDE;
        config.transform.max_size = SIDE;
        config.transform.min_scale = 0.0;
        config.rpn.pre_nms_top_n = REGIONS;
        config.rpn.post_nms_top_n = REGIONS;
        config.roi_heads.detections_per_image = 1;
        let picture = Image::from_rgba(SIDE, SIDE, vec![0; SIDE * SIDE * 4])?;
        let (mut done, total) = (0, network.waits() + 1);
        let mut report = || {
            let goes_on = progress(done, total);
            done += 1;
            if goes_on { Ok(()) } else { Err(Error::Aborted) }
        };
        report()?;
        let (size, detections) = network.stage_by_stage(&picture, |_, _| report()).await?;
        read_floats(pack(&size, &detections)).await?;
        report()
    }
}
