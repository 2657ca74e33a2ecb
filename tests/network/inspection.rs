//! What lies between an image and its detections.

use maskrcnn_web::image::Image;
use maskrcnn_web::inference::{Inspection, Stage, StageData};
use maskrcnn_web::weights::{Model, WeightsOptions};

use crate::{devices, predict, tiny, with};

struct Stages(Vec<Stage>);

impl Stages {
    fn of(model: &Model, image: &Image) -> Self {
        Self(inspect(model, image).stages)
    }

    fn get(&self, name: &str) -> &Stage {
        self.0.iter().find(|stage| stage.name == name).unwrap_or_else(|| panic!("{name} is missing"))
    }

    fn shape(&self, name: &str) -> &[usize] {
        &self.get(name).shape
    }

    fn floats(&self, name: &str) -> &[f32] {
        let StageData::F32(values) = &self.get(name).data else { panic!("{name} has no floats") };
        values
    }

    fn integers(&self, name: &str) -> &[i32] {
        let StageData::I32(values) = &self.get(name).data else { panic!("{name} has no integers") };
        values
    }
}

fn inspect(model: &Model, image: &Image) -> Inspection {
    futures_lite::future::block_on(model.network.inspect(image, &model.settings)).expect("stages")
}

fn picture() -> Image {
    let bytes: Vec<u8> = (0..96 * 128 * 3).map(|i| (i * 7919 % 251) as u8).collect();
    Image::from_rgb(128, 96, &bytes).expect("a picture")
}

#[test]
fn every_stage_has_as_many_values_as_its_shape_says() {
    for device in devices() {
        for stage in Stages::of(&tiny(&WeightsOptions::default(), &device), &picture()).0 {
            let count = match &stage.data {
                StageData::F32(values) => values.len(),
                StageData::I32(values) => values.len(),
            };
            assert_eq!(count, stage.shape.iter().product::<usize>(), "{}", stage.name);
        }
    }
}

#[test]
fn proposals_are_some_of_the_candidates() {
    for device in devices() {
        let stages = Stages::of(&tiny(&WeightsOptions::default(), &device), &picture());
        let count = stages.shape("rpn.candidates")[0];
        assert_eq!(stages.shape("rpn.candidates"), [count, 4]);
        let (scores, levels) = (stages.floats("rpn.candidate_scores"), stages.integers("rpn.candidate_levels"));
        assert_eq!((scores.len(), levels.len()), (count, count));
        assert!(levels.is_sorted() && levels[0] == 0 && levels[count - 1] == 4, "on {device:?}");
        for level in 0..5 {
            let of_level: Vec<f32> = (0..count).filter(|&i| levels[i] == level).map(|i| scores[i]).collect();
            assert!(of_level.is_sorted_by(|a, b| a >= b) && of_level.len() <= 500, "level {level} on {device:?}");
            assert!(of_level.iter().all(|score| (0.0..=1.0).contains(score)));
        }

        let boxes = stages.floats("rpn.candidates").as_chunks::<4>().0;
        let proposals = stages.floats("rpn.proposals").as_chunks::<4>().0;
        assert!(proposals.len() < count, "some are suppressed on {device:?}");
        for (proposal, score) in proposals.iter().zip(stages.floats("rpn.proposal_scores")) {
            let mut candidates = boxes.iter().zip(scores);
            assert!(candidates.any(|candidate| candidate == (proposal, score)), "{proposal:?} on {device:?}");
        }
    }
}

/// Lin et al. 2017, equation 1, as in torchvision.
#[test]
fn regions_are_pooled_from_the_level_of_their_size() {
    for device in devices() {
        // Large enough for proposals of every level.
        let model = with(tiny(&WeightsOptions::default(), &device), |settings| settings.input.min_size = 480);
        let stages = Stages::of(&model, &picture());
        let levels = stages.integers("roi.levels");
        let proposals = stages.floats("rpn.proposals").as_chunks::<4>().0;
        assert_eq!(levels.len(), proposals.len());
        for (level, [x1, y1, x2, y2]) in levels.iter().zip(proposals) {
            let side = f64::from((x2 - x1) * (y2 - y1)).sqrt();
            let expected = (4.0 + (side / 224.0).log2() + 1e-6).floor().clamp(2.0, 5.0) as i32 - 2;
            assert_eq!(*level, expected, "{side} px on {device:?}");
        }
        for level in 0..4 {
            assert!(levels.contains(&level), "no proposal of level {level} on {device:?}");
        }
    }
}

#[test]
fn class_scores_are_those_of_the_proposal_behind_a_detection() {
    for device in devices() {
        let stages = Stages::of(&tiny(&WeightsOptions::default(), &device), &picture());
        let (scores, labels) = (stages.floats("det.scores"), stages.integers("det.labels"));
        assert_eq!(stages.shape("det.class_scores"), [labels.len(), 91]);
        for ((row, &label), &score) in stages.floats("det.class_scores").chunks_exact(91).zip(labels).zip(scores) {
            let own = row[label as usize];
            assert!((own - score).abs() < 1e-6, "{own} is not {score} on {device:?}");
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn the_own_class_has_its_mask_among_those_of_all_classes() {
    for device in devices() {
        let stages = Stages::of(&tiny(&WeightsOptions::default(), &device), &picture());
        let labels = stages.integers("det.labels");
        assert_eq!(stages.shape("mask.logits"), [labels.len(), 28, 28]);
        assert_eq!(stages.shape("mask.logits_all"), [labels.len(), 91, 28, 28]);
        let (all, own) = (stages.floats("mask.logits_all"), stages.floats("mask.logits"));
        for ((all, own), &label) in all.chunks_exact(91 * 784).zip(own.chunks_exact(784)).zip(labels) {
            for (a, b) in all[label as usize * 784..][..784].iter().zip(own) {
                assert!((a - b).abs() <= 1e-4 * b.abs().max(1.0), "{a} and {b} on {device:?}");
            }
        }
    }
}

#[test]
fn the_stages_end_in_what_is_predicted() {
    for device in devices() {
        let model = tiny(&WeightsOptions::default(), &device);
        let inspection = inspect(&model, &picture());
        let found = &predict(&model, &[picture()]).expect("detections")[0];
        assert_eq!(&inspection.detections, found, "on {device:?}");
        assert_eq!((inspection.size.original, inspection.size.resized), ((96, 128), (128, 170)));
        let stages = Stages(inspection.stages);
        let labels: Vec<i32> = found.items.iter().map(|item| item.class_id as i32).collect();
        let scores: Vec<f32> = found.items.iter().map(|item| item.score).collect();
        assert_eq!((stages.integers("det.labels"), stages.floats("det.scores")), (&labels[..], &scores[..]));
    }
}

#[test]
fn without_masks_there_are_no_mask_stages() {
    for device in devices() {
        let network = tiny(&WeightsOptions { masks: Some(false), ..WeightsOptions::default() }, &device);
        let stages = Stages::of(&network, &picture());
        assert!(stages.0.iter().all(|stage| !stage.name.starts_with("mask.")), "on {device:?}");
        assert_eq!(stages.0.last().expect("stages").name, "det.class_scores");
    }
}
