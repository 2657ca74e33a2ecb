//! The objective where there is little or nothing to learn from, and what it refuses.

use burn::module::Module;
use burn::tensor::Tensor;
use maskrcnn_web::config::Norm;
use maskrcnn_web::model::MaskRcnn;
use maskrcnn_web::structures::BoundingBox;
use maskrcnn_web::train::{BalancedSampler, LabelledClasses, Losses, ObjectiveConfig, Random, Sample, parameters};
use maskrcnn_web::{Error, Result};

use crate::parity::{batch, gradient, network, objective};
use crate::reference::Reference;

fn run(model: &MaskRcnn, samples: &[Sample], seed: u64) -> Result<Losses> {
    let config = ObjectiveConfig { rpn_pre_nms: 100, rpn_post_nms: 50, box_batch: 32, ..ObjectiveConfig::default() };
    let mut sampler = BalancedSampler::new(Random::new(seed));
    objective(model, &config).losses(&batch(model, samples), samples, &mut sampler)
}

fn number(loss: &Tensor<1>) -> f32 {
    loss.clone().into_data().iter().next().unwrap()
}

fn numbers(losses: &Losses) -> [f32; 5] {
    let mask = losses.mask.as_ref().unwrap();
    [&losses.classifier, &losses.box_reg, mask, &losses.objectness, &losses.rpn_box_reg].map(number)
}

const FROZEN: Norm = Norm::Frozen { eps: 0.0 };

#[test]
fn pictures_without_objects_teach_that_there_is_nothing() {
    let model = network(FROZEN);
    let samples: Vec<_> =
        Reference::read().samples().into_iter().map(|sample| Sample { objects: vec![], ..sample }).collect();
    let losses = run(&model, &samples, 1).unwrap();
    let [classifier, box_reg, mask, objectness, rpn_box_reg] = numbers(&losses);
    assert!(classifier > 0.0 && classifier.is_finite() && objectness > 0.0 && objectness.is_finite());
    assert_eq!([box_reg, mask, rpn_box_reg], [0.0; 3]);
    let gradients = losses.total().backward();
    let of = |path: &str| gradient(&model, &gradients, path);
    assert!(of("rpn.head.cls_logits.weight").unwrap().iter().any(|&value| value != 0.0));
    assert!(of("backbone.body.conv1.weight").unwrap().iter().all(|value| value.is_finite()));
    for path in ["rpn.head.bbox_pred.weight", "roi_heads.mask_predictor.mask_fcn_logits.weight"] {
        assert!(of(path).is_none_or(|values| values.iter().all(|&value| value == 0.0)), "{path}");
    }
}

#[test]
fn all_of_a_picture_may_be_ignored() {
    let model = network(FROZEN);
    let everything = BoundingBox { x1: -1e4, y1: -1e4, x2: 1e4, y2: 1e4 };
    let samples: Vec<_> =
        Reference::read().samples().into_iter().map(|sample| Sample { ignored: vec![everything], ..sample }).collect();
    assert_eq!(numbers(&run(&model, &samples, 1).unwrap()), [0.0; 5]);
}

#[test]
fn one_picture_may_be_empty_and_masks_may_be_missing() {
    let model = network(FROZEN);
    let mut samples = Reference::read().samples();
    samples[0].objects.clear();
    let with_masks = numbers(&run(&model, &samples, 1).unwrap());
    assert!(with_masks.iter().all(|&loss| loss > 0.0 && loss.is_finite()), "{with_masks:?}");
    samples[1].objects.iter_mut().for_each(|object| object.mask = None);
    let [classifier, box_reg, mask, ..] = numbers(&run(&model, &samples, 1).unwrap());
    assert_eq!([classifier, box_reg, mask], [with_masks[0], with_masks[1], 0.0]);
}

/// The logits of classes whose objects are not all labelled have no gradient, but for those that an object has.
#[test]
fn classes_that_are_not_labelled_teach_nothing() {
    let model = network(FROZEN);
    let mut samples = Reference::read().samples();
    for sample in &mut samples {
        sample.labelled = LabelledClasses::of(vec![3, 1], 91);
        sample.objects.iter_mut().for_each(|object| object.class_id = 17);
    }
    let gradients = run(&model, &samples, 1).unwrap().classifier.backward();
    let weights = gradient(&model, &gradients, "roi_heads.box_predictor.cls_score.weight").unwrap();
    // Linear layers are stored as [inputs, outputs].
    let taught: Vec<usize> = (0..91).filter(|class| weights.chunks_exact(91).any(|row| row[*class] != 0.0)).collect();
    assert_eq!(taught, [0, 1, 3, 17]);
}

#[test]
fn regions_without_an_object_teach_nothing_where_it_could_be_missing() {
    let model = network(FROZEN);
    let samples: Vec<_> = Reference::read()
        .samples()
        .into_iter()
        .map(|sample| Sample { objects: vec![], labelled: LabelledClasses::of(vec![], 91), ..sample })
        .collect();
    // The background alone is left, which is certain.
    assert_eq!(numbers(&run(&model, &samples, 1).unwrap()), [0.0; 5]);
}

#[test]
fn all_classes_labelled_is_the_same_as_no_word_about_it() {
    let model = network(FROZEN);
    let mut samples = Reference::read().samples();
    let before = numbers(&run(&model, &samples, 1).unwrap());
    samples.iter_mut().for_each(|sample| sample.labelled = LabelledClasses::of((1..91).rev().collect(), 91));
    assert_eq!(numbers(&run(&model, &samples, 1).unwrap()), before);
    // One that is labelled in part leaves the losses of the other as they are.
    samples[0].labelled = LabelledClasses::of(vec![1], 91);
    let [classifier, .., objectness, _] = numbers(&run(&model, &samples, 1).unwrap());
    assert!(classifier < before[0] && classifier > 0.0 && objectness.is_finite(), "{classifier}, {before:?}");
}

#[test]
fn the_same_seed_gives_the_same_losses_and_gradients() {
    let samples = Reference::read().samples();
    let once = || {
        let model = network(Norm::Batch { eps: 1e-5, momentum: 0.1 });
        let losses = run(&model, &samples, 9).unwrap();
        let gradients = losses.total().backward();
        let gradient = gradient(&model, &gradients, "backbone.body.layer2.0.conv2.weight").unwrap();
        (numbers(&losses), gradient)
    };
    assert_eq!(once(), once());
}

/// Outside of training the losses can be computed as well, and change nothing.
#[test]
fn a_network_that_is_not_in_training_keeps_its_statistics() {
    let model = network(Norm::Batch { eps: 1e-5, momentum: 0.1 }).valid();
    let statistics = |model: &MaskRcnn| {
        let running = parameters(model).into_iter().filter(|parameter| parameter.path.contains("running_"));
        running.flat_map(|parameter| parameter.value.into_data().iter::<f32>().collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let before = statistics(&model);
    let losses = run(&model, &Reference::read().samples(), 1).unwrap();
    assert!(numbers(&losses).iter().all(|loss| loss.is_finite()));
    assert_eq!(statistics(&model), before);
}

#[test]
fn samples_that_do_not_fit_are_refused() {
    let model = network(FROZEN);
    let samples = Reference::read().samples();
    let message = |change: fn(&mut Vec<Sample>)| {
        let mut changed = samples.clone();
        change(&mut changed);
        let config = ObjectiveConfig::default();
        let mut sampler = BalancedSampler::new(Random::new(1));
        let error = objective(&model, &config).losses(&batch(&model, &samples), &changed, &mut sampler).unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)));
        error.to_string()
    };
    assert!(message(|samples| samples.truncate(1)).contains("2 images, but 1 samples"));
    assert!(message(|samples| samples.swap(0, 1)).contains("was resized"));
    assert!(message(|samples| samples[1].objects[0].class_id = 91).contains("1 to 90"));
    assert!(message(|samples| samples[1].objects[0].class_id = 0).contains("class 0"));
    assert!(message(|samples| samples[0].objects[1].bounding_box.x2 = -1.0).contains("empty box"));
    assert!(
        message(|samples| {
            samples[0].objects[0].mask.as_mut().unwrap().pixels.pop();
        })
        .contains("pixels")
    );
}
