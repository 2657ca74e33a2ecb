//! What torchvision computed: `tests/reference/training.safetensors`.

use std::path::Path;

use maskrcnn_web::image::Image;
use maskrcnn_web::structures::{BoundingBox, MaskRect};
use maskrcnn_web::train::{
    Candidates, LabelledClasses, Match, Object, ObjectMask, Quota, Sample, Sampled, Sampler, Stage,
};
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

    /// The two images and their objects.
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
        Sample {
            image: Image::from_rgb(width, height, &rgb).unwrap(),
            objects,
            ignored: vec![],
            labelled: LabelledClasses::All,
        }
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
    fn sample(&mut self, stage: Stage, entry: usize, candidates: Candidates<'_>, _quota: Quota) -> Sampled {
        let Candidates { boxes: candidates, matches } = candidates;
        let (name, case) = (if stage == Stage::Anchors { "anchors" } else { "regions" }, self.case);
        let [positive, negative] =
            ["positive", "negative"].map(|sign| self.reference.indices(&format!("{case}.{name}.{sign}.{entry}")));
        let sampled = if stage == Stage::Anchors {
            Sampled { positive, negative }
        } else {
            let mut order = self.reference.boxes(&format!("{case}.proposals.{entry}"));
            order.extend(self.reference.boxes(&format!("boxes.{entry}")));
            let own = own_indices(&order, candidates);
            let translate = |indices: Vec<usize>| indices.into_iter().map(|index| own[index]).collect();
            Sampled { positive: translate(positive), negative: translate(negative) }
        };
        assert!(sampled.positive.iter().all(|&index| matches!(matches[index], Match::Object(_))));
        assert!(sampled.negative.iter().all(|&index| matches[index] == Match::Background));
        sampled
    }
}

/// Where each of torchvision's candidates is among the own ones. All must be there; but two whose
/// scores differ by no more than single precision can tell may have changed places.
fn own_indices(theirs: &[BoundingBox], own: &[BoundingBox]) -> Vec<usize> {
    assert_eq!(theirs.len(), own.len());
    let distance = |a: &BoundingBox, b: &BoundingBox| {
        [a.x1 - b.x1, a.y1 - b.y1, a.x2 - b.x2, a.y2 - b.y2].iter().fold(0.0f32, |most, side| most.max(side.abs()))
    };
    let mut left: Vec<usize> = (0..own.len()).collect();
    let places = theirs.iter().map(|wanted| {
        let nearest = (0..left.len())
            .min_by(|&a, &b| distance(&own[left[a]], wanted).total_cmp(&distance(&own[left[b]], wanted)));
        let index = left.remove(nearest.expect("as many candidates as torchvision has"));
        let off = distance(&own[index], wanted);
        assert!(off < 0.01, "torchvision's proposal {wanted:?} is {off} pixels from the nearest");
        index
    });
    places.collect()
}
