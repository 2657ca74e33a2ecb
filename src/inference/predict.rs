//! From pictures to detections.

use burn::tensor::Tensor;

use super::read_back::read_floats;
use crate::error::{Error, Result};
use crate::model::roi_heads::RoiPooling;
use crate::model::{DetectionTensors, MaskRcnn, PictureSize};
use crate::ops::join::join;
use crate::ops::pack_detections::{HEAD, pack_detections};
use crate::ops::{ABSENT, top_k};
use crate::structures::{BoundingBox, Detection, Detections, Image, Mask};

/// Choices for one call; what is `None` is as the network's configuration says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PredictOptions {
    /// Only detections with a higher score come back, 0..1.
    pub score_threshold: Option<f32>,
    /// At most so many detections come back for each picture, the best ones.
    pub max_detections: Option<usize>,
}

impl PredictOptions {
    /// The most detections of a picture that can be asked for.
    pub const MOST_DETECTIONS: usize = 1000;
}

impl MaskRcnn {
    /// Finds the objects on pictures of any sizes. The device is waited for once, at the end.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for options out of range or a network input that would be too large;
    /// [`Error::DeviceLost`] or [`Error::OutOfMemory`] when the device gave up.
    pub async fn predict(&self, images: &[Image], options: &PredictOptions) -> Result<Vec<Detections>> {
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let network = self.with_options(options)?;
        network.check_input(images)?;
        let device = self.device();
        let pictures = network.forward(images, &device);
        let packed = pictures.iter().map(|(size, detections)| pack(size, detections)).collect();
        let aligned = self.config().roi_heads.pooling == RoiPooling::Aligned;
        let values = read_floats(join(packed, 0)).await?;

        let mut rest = values.as_slice();
        let pictures = pictures.iter().map(|(size, detections)| {
            let mask_size = detections.masks.as_ref().map(|masks| masks.dims()[1]);
            let [n] = detections.scores.dims();
            let (own, others) = rest.split_at((HEAD + mask_size.map_or(0, |size| size * size)) * n);
            rest = others;
            unpack(own, n, mask_size, aligned, size)
        });
        Ok(pictures.collect())
    }

    fn with_options(&self, options: &PredictOptions) -> Result<MaskRcnn> {
        let mut network = self.clone();
        let heads = &mut network.config_mut().roi_heads;
        if let Some(threshold) = options.score_threshold {
            if !(0.0..=1.0).contains(&threshold) {
                return Err(Error::InvalidInput(format!("the score threshold is {threshold}; it must be in 0..1")));
            }
            heads.score_threshold = threshold;
        }
        if let Some(detections) = options.max_detections {
            let most = PredictOptions::MOST_DETECTIONS;
            if !(1..=most).contains(&detections) {
                return Err(Error::InvalidInput(format!(
                    "at most {detections} detections were asked for; ask for 1 to {most}"
                )));
            }
            heads.detections_per_image = detections;
        }
        Ok(network)
    }

    /// Refuses pictures whose resized size has more anchors on a level than can be sorted.
    pub(super) fn check_input(&self, images: &[Image]) -> Result<()> {
        let transform = &self.config().transform;
        let longest = |side: fn((usize, usize)) -> usize| {
            let sides = images.iter().map(|image| side(transform.resized((image.height(), image.width()))));
            sides.max().unwrap_or(0)
        };
        let (height, width) = (longest(|size| size.0), longest(|size| size.1));
        let anchors = height.div_ceil(4) * width.div_ceil(4) * self.config().rpn.aspect_ratios.len();
        if anchors > top_k::MAX_ROW {
            return Err(Error::InvalidInput(format!(
                "the picture would be resized to {width}×{height} pixels, which is too large; use a smaller min_size"
            )));
        }
        Ok(())
    }
}

/// All that comes back of one picture, `[n × (6 + size × size)]`: for each detection its box in
/// pixels of the original picture, its score, its label and its mask's probabilities.
pub(super) fn pack(size: &PictureSize, detections: &DetectionTensors) -> Tensor<1> {
    let DetectionTensors { boxes, scores, labels, masks } = detections.clone();
    pack_detections(boxes, scores, labels, masks, size.box_scale())
}

fn unpack(values: &[f32], n: usize, mask_size: Option<usize>, aligned: bool, size: &PictureSize) -> Detections {
    let (height, width) = size.original;
    let items = values
        .chunks_exact((values.len() / n).max(1))
        .filter(|row| row[4] > ABSENT)
        .map(|row| Detection {
            bounding_box: BoundingBox { x1: row[0], y1: row[1], x2: row[2], y2: row[3] },
            score: row[4],
            class_id: row[5] as usize,
            mask: mask_size.map(|size| Mask { size, probabilities: row[HEAD..].to_vec(), aligned }),
        })
        .collect();
    Detections { width, height, items }
}
