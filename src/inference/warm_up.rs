//! Getting ready before the first image.

use burn::tensor::{DType, Int, Tensor};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt, TryFutureExt};

use super::predict::pack;
use super::read_back::{read_floats, read_integers};
use crate::config::{DetectionSettings, InputSettings, ProposalSettings, Settings};
use crate::error::{Error, Result};
use crate::image::Image;
use crate::model::{MaskRcnn, Observer, StageOutput};
use crate::ops::image_statistics::{PixelLayout, image_statistics};
use crate::ops::resize::DeviceImage;

/// Side of the image that is tried, in pixels: one cell of P5.
const SIDE: usize = 32;
/// Candidates of each level, and proposals.
const REGIONS: usize = 4;

impl MaskRcnn {
    /// Runs the whole network once on a very small image, for what a device does only the first
    /// time: a GPU compiles its kernels, which do not depend on sizes.
    ///
    /// The kernels of a stage are generated here while the device compiles those of the stages before, and
    /// nothing is waited for until all are. Each stage is two steps: that its work is with the device, and
    /// that the device has done it. `progress` is called with the number of steps done, 0 at first, and of
    /// all steps, and returns whether to continue; meanwhile it can yield the thread to others.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`]; [`Error::Aborted`] where `progress` returns `false`.
    pub async fn warm_up(&self, settings: &Settings, progress: impl AsyncFnMut(usize, usize) -> bool) -> Result<()> {
        let needs_statistics = settings.input.contrast.is_some();
        let settings = for_small_work(settings);
        let image = Image::from_rgba(SIDE, SIDE, vec![0; SIDE * SIDE * 4])?;
        let outputs = StageOutput::count(self.layout().masks) + 1 + usize::from(needs_statistics);
        let mut steps = Steps { progress, done: 0, total: 2 * outputs, waits: FuturesOrdered::new() };
        let outcome = async {
            steps.report().await?;
            if needs_statistics {
                steps.given(read_integers(self.first_statistics()).map_ok(drop).boxed_local()).await?;
            }
            self.run_in_steps(&image, &settings, &mut steps).await
        }
        .await;
        // Where it ended early, its waits have not: the buffer of one that is given up would be used again meanwhile.
        while steps.waits.next().await.is_some() {}
        outcome
    }

    /// What is counted of an image that is on the device for its contrast, of one whose samples do not matter.
    fn first_statistics(&self) -> Tensor<1, Int> {
        let row_words = DeviceImage::row_words(SIDE);
        let words = Tensor::<1, Int>::empty([row_words * SIDE], (&self.device(), DType::I32));
        image_statistics(words, PixelLayout { height: SIDE, width: SIDE, row_words, inputs: [0, 1, 2] })
    }

    async fn run_in_steps<P: AsyncFnMut(usize, usize) -> bool>(
        &self,
        image: &Image,
        settings: &Settings,
        steps: &mut Steps<P>,
    ) -> Result<()> {
        let batch = self.input(core::slice::from_ref(image), settings)?;
        for detections in self.run(&batch, settings, steps).await? {
            steps.given(read_floats(pack(&detections)).map_ok(drop).boxed_local()).await?;
        }
        while let Some(finished) = steps.waits.next().await {
            finished?;
            steps.report().await?;
        }
        Ok(())
    }
}

/// The steps of a warm-up, and what is yet to be waited for.
struct Steps<P> {
    progress: P,
    done: usize,
    total: usize,
    waits: FuturesOrdered<LocalBoxFuture<'static, Result<()>>>,
}

impl<P: AsyncFnMut(usize, usize) -> bool> Steps<P> {
    async fn report(&mut self) -> Result<()> {
        let goes_on = (self.progress)(self.done, self.total).await;
        self.done += 1;
        if goes_on { Ok(()) } else { Err(Error::Aborted) }
    }

    async fn given(&mut self, values: LocalBoxFuture<'static, Result<()>>) -> Result<()> {
        self.waits.push_back(values);
        // This has the device asked for the values now, behind the work it has been given so far.
        while let Some(Some(finished)) = self.waits.next().now_or_never() {
            finished?;
            self.report().await?;
        }
        self.report().await
    }
}

impl<P: AsyncFnMut(usize, usize) -> bool> Observer for Steps<P> {
    async fn after(&mut self, output: StageOutput<'_>) -> Result<()> {
        self.given(read_floats(output.last_tensor()).map_ok(drop).boxed_local()).await
    }
}

/// The settings with which the network takes little time for an image.
fn for_small_work(settings: &Settings) -> Settings {
    let Settings { anchors, proposals, detections, .. } = settings.clone();
    Settings {
        input: InputSettings { min_size: SIDE, max_size: SIDE, ..InputSettings::default() },
        anchors,
        proposals: ProposalSettings { pre_nms_top_n: REGIONS, post_nms_top_n: REGIONS, ..proposals },
        detections: DetectionSettings { max_detections: 1, ..detections },
    }
}
