//! Getting ready before the first picture.

use super::PredictOptions;
use crate::error::Result;
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
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn warm_up(&self) -> Result<()> {
        let mut network = self.clone();
        let config = network.config_mut();
        config.transform.min_size = SIDE;
        config.transform.max_size = SIDE;
        config.transform.min_scale = 0.0;
        config.rpn.pre_nms_top_n = REGIONS;
        config.rpn.post_nms_top_n = REGIONS;
        let picture = Image::from_rgba(SIDE, SIDE, vec![0; SIDE * SIDE * 4])?;
        let options = PredictOptions { max_detections: Some(1), ..PredictOptions::default() };
        network.predict(&[picture], &options).await?;
        Ok(())
    }
}
