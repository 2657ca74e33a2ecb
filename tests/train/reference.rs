//! What torchvision computed: `tests/reference/training.safetensors`.

use std::path::Path;

use maskrcnn_web::structures::{BoundingBox, Image, MaskRect};
use maskrcnn_web::train::{Match, Object, ObjectMask, Quota, Sample, Sampled, Sampler, Stage};
use maskrcnn_web::weights::StateDict;
use safetensors::SafeTensors;

/// A file of the repository.
pub(crate) fn file(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The tiny network's state dict.
pub(crate) fn tiny() -> StateDict {
    StateDict::from_bytes(file("models/reference-tiny.safetensors")).unwrap()
}

/// The tensors of the reference.
pub(crate) struct Reference(Vec<u8>);

impl Reference {
    pub(crate) fn read() -> Self {
        Self(file("tests/reference/training.safetensors"))
    }

    fn tensor(&self, name: &str) -> (Vec<usize>, Vec<u8>) {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        (tensor.shape().to_vec(), tensor.data().to_vec())
    }

    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        self.tensor(name).1.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }

    pub(crate) fn indices(&self, name: &str) -> Vec<usize> {
        self.tensor(name).1.as_chunks().0.iter().map(|&bytes| i32::from_le_bytes(bytes) as usize).collect()
    }

    pub(crate) fn boxes(&self, name: &str) -> Vec<BoundingBox> {
        let boxes = self.floats(name);
        boxes.as_chunks().0.iter().map(|&[x1, y1, x2, y2]| BoundingBox { x1, y1, x2, y2 }).collect()
    }

    /// The two pictures and their objects.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        (0..2).map(|picture| self.sample(picture)).collect()
    }

    fn sample(&self, picture: usize) -> Sample {
        let (shape, rgb) = self.tensor(&format!("image.{picture}"));
        let (height, width) = (shape[0], shape[1]);
        let (_, masks) = self.tensor(&format!("masks.{picture}"));
        let objects = self
            .boxes(&format!("boxes.{picture}"))
            .into_iter()
            .zip(self.indices(&format!("labels.{picture}")))
            .zip(masks.chunks_exact(height * width))
            .map(|((bounding_box, class_id), mask)| {
                let mask = Some(cut(mask, width, &bounding_box));
                Object { bounding_box, class_id, mask }
            })
            .collect();
        Sample { image: Image::from_rgb(width, height, &rgb).unwrap(), objects, ignored: vec![] }
    }
}

/// The part of a mask that its box holds.
fn cut(mask: &[u8], width: usize, bounding_box: &BoundingBox) -> ObjectMask {
    let [x1, y1, x2, y2] =
        [bounding_box.x1, bounding_box.y1, bounding_box.x2, bounding_box.y2].map(|side| side as usize);
    let rows = mask.chunks_exact(width).skip(y1).take(y2 - y1);
    ObjectMask {
        part: MaskRect { x: x1, y: y1, width: x2 - x1, height: y2 - y1 },
        pixels: rows.flat_map(|row| row[x1..x2].to_vec()).collect(),
    }
}

/// Takes the anchors and proposals that torchvision took.
pub(crate) struct FixedSampler<'a> {
    pub(crate) reference: &'a Reference,
    pub(crate) case: &'a str,
}

impl Sampler for FixedSampler<'_> {
    fn sample(&mut self, stage: Stage, picture: usize, matches: &[Match], _quota: Quota) -> Sampled {
        let stage = match stage {
            Stage::Anchors => "anchors",
            Stage::Proposals => "regions",
        };
        let indices = |sign: &str| self.reference.indices(&format!("{}.{stage}.{sign}.{picture}", self.case));
        let sampled = Sampled { positive: indices("positive"), negative: indices("negative") };
        // The same candidates in the same order: what torchvision took for objects is one here, too.
        assert!(sampled.positive.iter().all(|&index| matches!(matches[index], Match::Object(_))));
        assert!(sampled.negative.iter().all(|&index| matches[index] == Match::Background));
        sampled
    }
}
