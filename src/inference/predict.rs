//! From images to detections.

use burn::tensor::Tensor;

use super::read_back::read_floats;
use crate::config::{RoiPooling, Settings};
use crate::error::{Error, Result};
use crate::image::Image;
use crate::model::rpn::ANCHORS;
use crate::model::{Batch, DetectionTensors, MaskRcnn, Observer, Unobserved};
use crate::ops::join;
use crate::ops::pack_detections::{HEAD, pack_detections};
use crate::ops::resize::DeviceImage;
use crate::ops::{ABSENT, top_k};
use crate::structures::{BoundingBox, Detection, Detections, Mask, Size};

/// The detections of one image, on the device.
#[derive(Debug, Clone)]
pub struct PackedDetections {
    /// `[count × (6 + mask_size²)]`, best score first: for each detection its box, x1, y1, x2, y2 in pixels of the image,
    /// over whose edge it may reach by less than a pixel of the resized image; its score,
    /// [`ABSENT`](crate::ops::ABSENT) where there is no detection; its class; the probabilities of its mask, row by row.
    pub values: Tensor<1>,
    /// Number of rows.
    pub count: usize,
    /// Side of a mask; `None` for a Faster R-CNN.
    pub mask_size: Option<usize>,
    /// Whether masks lie over the exact edges of their boxes, as in detectron2.
    pub aligned: bool,
}

impl MaskRcnn {
    /// Finds the objects on images of any sizes. The device is waited for once, at the end.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for settings out of range or a network input that would be too large;
    /// [`Error::DeviceLost`] or [`Error::OutOfMemory`] when the device gave up.
    pub async fn predict(&self, images: &[Image], settings: &Settings) -> Result<Vec<Detections>> {
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let batch = self.input(images, settings)?;
        self.detect(&batch, settings, &mut Unobserved).await
    }

    /// Finds the objects on an image that is on the network's device. The device is waited for once, at the end.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn predict_on_device(&self, image: &DeviceImage, settings: &Settings) -> Result<Detections> {
        let batch = Self::input_on_device(image, settings)?;
        let found = self.detect(&batch, settings, &mut Unobserved).await?.pop();
        found.ok_or_else(|| Error::Internal("an image has no result".into()))
    }

    /// Finds the objects on an image that is on the network's device, and leaves them there: nothing is waited for.
    ///
    /// # Errors
    /// As [`MaskRcnn::predict`].
    pub async fn pack_on_device(&self, image: &DeviceImage, settings: &Settings) -> Result<PackedDetections> {
        let batch = Self::input_on_device(image, settings)?;
        let found = self.run(&batch, settings, &mut Unobserved).await?.pop();
        let found = found.ok_or_else(|| Error::Internal("an image has no result".into()))?;
        let mask_size = found.masks.as_ref().map(|masks| masks.dims()[1]);
        let [count] = found.scores.dims();
        let aligned = settings.detections.pooling == RoiPooling::Aligned;
        Ok(PackedDetections { values: pack(&found), count, mask_size, aligned })
    }

    /// The network's input, whose size is checked.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for settings out of range, or where a level of the resized image has more anchors than
    /// can be sorted.
    pub(super) fn input(&self, images: &[Image], settings: &Settings) -> Result<Batch> {
        Self::check_input(images.iter().map(|image| (image.height(), image.width())), settings)?;
        settings.input.batch(images, &self.device())
    }

    /// As [`input`](Self::input), of an image that is on the device.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub(super) fn input_on_device(image: &DeviceImage, settings: &Settings) -> Result<Batch> {
        let Size { height, width } = image.size();
        Self::check_input(core::iter::once((height, width)), settings)?;
        Ok(settings.input.batch_on_device(image))
    }

    fn check_input(images: impl Iterator<Item = (usize, usize)> + Clone, settings: &Settings) -> Result<()> {
        settings.check()?;
        let longest = |side: fn((usize, usize)) -> usize| {
            let sides = images.clone().map(|size| side(settings.input.resized(size)));
            sides.max().unwrap_or(0)
        };
        let (height, width) = (longest(|size| size.0), longest(|size| size.1));
        if height.div_ceil(4) * width.div_ceil(4) * ANCHORS > top_k::MAX_ROW {
            return Err(Error::InvalidInput(format!(
                "the image would be resized to {width}×{height} pixels, which is too large; use a smaller min_size"
            )));
        }
        Ok(())
    }

    /// Runs the network on a batch, and reads its detections back.
    pub(super) async fn detect(
        &self,
        batch: &Batch,
        settings: &Settings,
        observer: &mut impl Observer,
    ) -> Result<Vec<Detections>> {
        let images = self.run(batch, settings, observer).await?;
        let values = read_floats(join(images.iter().map(pack).collect(), 0)).await?;
        let aligned = settings.detections.pooling == RoiPooling::Aligned;
        let mut rest = values.as_slice();
        let images = images.iter().map(|detections| {
            let mask_size = detections.masks.as_ref().map(|masks| masks.dims()[1]);
            let [n] = detections.scores.dims();
            let (own, others) = rest.split_at((HEAD + mask_size.map_or(0, |size| size * size)) * n);
            rest = others;
            let (height, width) = detections.size.original;
            let rows = own.chunks_exact((own.len() / n).max(1));
            let mut items: Vec<Detection> = rows.filter_map(|row| detection(row, mask_size, aligned)).collect();
            for Detection { bounding_box, .. } in &mut items {
                // The last pixel that the network sees may lie in part beyond the image.
                let BoundingBox { x1, y1, x2, y2 } = bounding_box;
                (*x2, *y2) = (x2.min(width as f32), y2.min(height as f32));
                (*x1, *y1) = (x1.min(*x2), y1.min(*y2));
            }
            Detections { width, height, items }
        });
        Ok(images.collect())
    }
}

/// Everything that is read back of one image, `[n × (6 + size × size)]`: for each detection its box in
/// pixels of the original image, its score, its class and the probabilities of its mask.
pub(super) fn pack(detections: &DetectionTensors) -> Tensor<1> {
    let DetectionTensors { size, boxes, scores, labels, masks } = detections.clone();
    pack_detections(boxes, scores, labels, masks, size.box_scale())
}

/// A row of what [`pack`] made; `None` for padding.
fn detection(row: &[f32], mask_size: Option<usize>, aligned: bool) -> Option<Detection> {
    (row[4] > ABSENT).then(|| Detection {
        bounding_box: BoundingBox { x1: row[0], y1: row[1], x2: row[2], y2: row[3] },
        score: row[4],
        class_id: row[5] as usize,
        mask: mask_size.map(|size| Mask { size, probabilities: row[HEAD..].to_vec(), aligned }),
    })
}
