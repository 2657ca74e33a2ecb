//! Getting ready before the first picture.

use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};

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
    /// The kernels of a stage are generated here while the device compiles those of the stages before, and
    /// nothing is waited for until all are. Each stage is two steps: that its work is with the device, and
    /// that the device has done it. `progress` is told after how many steps of how many it is, 0 at first,
    /// and says whether to go on; meanwhile it can leave the thread to others.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`]; [`Error::Aborted`] where `progress` says no.
    pub async fn warm_up(&self, mut progress: impl AsyncFnMut(usize, usize) -> bool) -> Result<()> {
        let network = self.for_small_work();
        let picture = Image::from_rgba(SIDE, SIDE, vec![0; SIDE * SIDE * 4])?;
        let outputs = network.stage_outputs() + 1;
        let mut done = 0;
        let mut report = async || {
            let goes_on = progress(done, 2 * outputs).await;
            done += 1;
            if goes_on { Ok(()) } else { Err(Error::Aborted) }
        };
        let mut waits = FuturesOrdered::new();
        let run = async {
            report().await?;
            let mut given = async |values| {
                waits.push_back(read_floats(values));
                // This has the device asked for the values now, behind the work it has been given so far.
                while let Some(Some(over)) = waits.next().now_or_never() {
                    over?;
                    report().await?;
                }
                report().await
            };
            let (size, detections) =
                network.stage_by_stage(&picture, async |output| given(output.values).await).await?;
            given(pack(&size, &detections)).await?;
            while let Some(over) = waits.next().await {
                over?;
                report().await?;
            }
            Ok(())
        };
        let outcome = run.await;
        // Where it ended early, its waits have not: the buffer of one that is given up would be used again meanwhile.
        while waits.next().await.is_some() {}
        outcome
    }

    /// The same network, which takes little time for a picture.
    fn for_small_work(&self) -> MaskRcnn {
        let mut network = self.clone();
        let config = network.config_mut();
        config.transform.min_size = SIDE;
        config.transform.max_size = SIDE;
        config.transform.min_scale = 0.0;
        config.rpn.pre_nms_top_n = REGIONS;
        config.rpn.post_nms_top_n = REGIONS;
        config.roi_heads.detections_per_image = 1;
        network
    }
}
