//! State dicts out of a training and into one, initial weights, frozen stages.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use maskrcnn_web::Layout;
use maskrcnn_web::config::{InputSettings, Norm, NormedParts, Preset, ResNetConfig};
use maskrcnn_web::image::Image;
use maskrcnn_web::model::MaskRcnn;
use maskrcnn_web::train::{
    BalancedSampler, ObjectiveConfig, Random, folded, freeze, initialise, map_parameters, parameters, read_parameters,
    start_from, state_dict,
};
use maskrcnn_web::weights::{StateDict, Weights, WeightsOptions, half_precision, load, read, single_precision};

use crate::parity::{batch, gradient, network, objective};
use crate::reference::{Reference, file, tiny};

const BATCH: Norm = Norm::Batch { eps: 1e-5, momentum: 0.1 };
const FROZEN: Norm = Norm::Frozen { eps: 0.0 };

/// Objectness, deltas and box outputs of a network, for the reference's first image.
fn outputs(model: &MaskRcnn) -> Vec<f32> {
    let image: Image = Reference::read().samples().remove(0).image;
    let batch = InputSettings::default().normalise(&[image], &Device::flex()).unwrap();
    let pyramid = model.pyramid(model.stages(batch.input));
    let outputs = model.rpn(&pyramid);
    let features = pyramid[1].clone().slice([0..1, 0..pyramid[1].dims()[1], 0..7, 0..7]);
    let boxes = model.roi_heads().boxes(features.clone());
    let masks = model.roi_heads().masks(Tensor::cat(vec![features.clone(), features], 2).repeat_dim(3, 2)).unwrap();
    let mut numbers: Vec<f32> = boxes.logits.into_data().iter().collect();
    numbers.extend(masks.into_data().iter::<f32>());
    for output in outputs {
        numbers.extend(output.objectness.into_data().iter::<f32>());
        numbers.extend(output.deltas.into_data().iter::<f32>());
    }
    numbers
}

fn assert_alike(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let farthest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(farthest <= tolerance * largest, "{farthest} of {largest}");
}

/// A small network with norms everywhere, in training, after a step that moved its statistics.
fn trained(norm: Norm) -> MaskRcnn {
    let Weights { layout, .. } = read(file("tests/reference/tiny_v2.safetensors"), &WeightsOptions::default()).unwrap();
    assert_eq!(layout.normed, NormedParts { fpn: true, box_head: true, mask_head: true });
    let mut random = Random::new(4);
    let model = initialise(Layout { norm, ..layout }.init(&Device::flex()), &mut random);
    let model = map_parameters(model, |parameter| {
        let of_norm = parameter.path.contains(".norm.");
        of_norm.then(|| {
            let values = parameter.shape[0];
            let values: Vec<f32> = (0..values).map(|_| random.between(0.5, 1.5)).collect();
            Tensor::from_floats(values.as_slice(), &Device::flex())
        })
    });
    let model = model.train();
    let mut samples = Reference::read().samples();
    samples.iter_mut().flat_map(|sample| &mut sample.objects).for_each(|object| object.class_id = 1);
    let config = ObjectiveConfig { rpn_pre_nms: 50, rpn_post_nms: 20, box_batch: 16, ..ObjectiveConfig::default() };
    let mut sampler = BalancedSampler::new(Random::new(1));
    objective(&model, &config).losses(&batch(&model, &samples), &samples, &mut sampler).unwrap();
    model
}

#[test]
fn a_network_in_training_is_deployed_with_its_running_statistics() {
    for norm in [BATCH, Norm::Batch { eps: 1e-3, momentum: 0.5 }, Norm::Frozen { eps: 1e-5 }, FROZEN] {
        let model = trained(norm);
        let expected = outputs(&model.valid());
        let deployed = folded(&model, &Device::flex()).unwrap();
        assert_eq!(deployed.layout(), &Layout { norm: Norm::Folded, ..model.layout().clone() });
        assert_alike(&outputs(&deployed), &expected, 1e-4);

        let bytes = single_precision(&state_dict(&model).unwrap()).unwrap();
        let loaded = load(bytes, &WeightsOptions::default(), &Device::flex()).unwrap().network;
        assert_eq!(loaded.layout(), deployed.layout());
        assert_eq!(outputs(&loaded), outputs(&deployed));
    }
}

#[test]
fn a_state_dict_has_the_names_and_shapes_of_torchvision() {
    let names = |state: &StateDict| -> Vec<(String, Vec<usize>)> {
        let tensors = state.iter().filter(|(name, _)| !name.ends_with("num_batches_tracked"));
        tensors.map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect()
    };
    assert_eq!(names(&state_dict(&network(FROZEN)).unwrap()), names(&tiny()));
    let state = state_dict(&network(BATCH)).unwrap();
    assert_eq!(names(&state), names(&tiny()));
    let counter = state.get("backbone.body.layer1.0.downsample.1.num_batches_tracked").unwrap();
    assert_eq!((counter.shape(), counter.to_bytes().unwrap()), (&[][..], vec![0; 8]));
    assert!(state_dict(&network(FROZEN)).unwrap().get("backbone.body.bn1.num_batches_tracked").is_none());
}

#[test]
fn a_state_dict_comes_back_as_it_went() {
    for norm in [FROZEN, BATCH, Norm::Folded] {
        let model = network(norm);
        let state = StateDict::from_bytes(single_precision(&state_dict(&model).unwrap()).unwrap()).unwrap();
        let (again, start) = start_from(model.layout().init(&Device::flex()), state).unwrap();
        assert!(start.initialised.is_empty() && start.kept.contains(&"rpn.head.conv.0.0".to_owned()));
        assert_eq!(read_parameters(&again.train()), read_parameters(&model));
    }
}

#[test]
fn whatever_becomes_of_the_norms_the_network_says_the_same() {
    let expected = outputs(
        &load(file("models/reference-tiny.safetensors"), &Default::default(), &Device::flex()).unwrap().network,
    );
    for norm in [FROZEN, BATCH, Norm::Folded, Norm::Frozen { eps: 1e-5 }] {
        assert_alike(&outputs(&network(norm).valid()), &expected, 2e-4);
    }
    let half = half_precision(&state_dict(&network(FROZEN)).unwrap()).unwrap();
    assert_alike(&outputs(&load(half, &Default::default(), &Device::flex()).unwrap().network), &expected, 2e-2);
}

#[test]
fn other_classes_get_other_predictors() {
    let Weights { layout, .. } = read(file("models/reference-tiny.safetensors"), &WeightsOptions::default()).unwrap();
    let model = Layout { num_classes: 2, norm: FROZEN, ..layout }.init(&Device::flex());
    let model = initialise(model, &mut Random::new(1));
    let before = read_parameters(&model);
    let (model, start) = start_from(model, tiny()).unwrap();
    let predictors = [
        "roi_heads.box_predictor.cls_score",
        "roi_heads.box_predictor.bbox_pred",
        "roi_heads.mask_predictor.mask_fcn_logits",
    ];
    assert_eq!(start.initialised, predictors);
    let after = read_parameters(&model);
    for name in predictors {
        let path = format!("{name}.weight");
        assert_eq!(after[&path], before[&path]);
    }
    assert_ne!(after["backbone.body.conv1.weight"], before["backbone.body.conv1.weight"]);
}

#[test]
fn a_classifier_gives_its_backbone() {
    let backbone: StateDict = tiny()
        .into_iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix("backbone.body.")?.to_owned(), tensor)))
        .chain(
            tiny()
                .into_iter()
                .filter(|(name, _)| name.contains("cls_score"))
                .map(|(name, tensor)| (name.replace("roi_heads.box_predictor.cls_score", "fc"), tensor)),
        )
        .collect();
    assert!(backbone.get("fc.weight").is_some() && backbone.get("bn1.running_var").is_some());
    let Weights { layout, .. } = read(file("models/reference-tiny.safetensors"), &WeightsOptions::default()).unwrap();
    let model = initialise(Layout { norm: BATCH, ..layout }.init(&Device::flex()), &mut Random::new(1));
    let (model, start) = start_from(model, backbone).unwrap();
    assert!(start.kept.iter().all(|name| name.starts_with("backbone.body.")));
    assert!(start.initialised.iter().all(|name| !name.starts_with("backbone.body.")));
    assert_eq!((start.kept.len(), start.initialised.len()), (53, 8 + 3 + 4 + 6));
    let expected = read_parameters(&network(BATCH))["backbone.body.layer4.2.conv2.weight"].clone();
    assert_eq!(read_parameters(&model)["backbone.body.layer4.2.conv2.weight"], expected);
}

#[test]
fn another_backbone_is_refused() {
    let config =
        Layout { backbone: ResNetConfig::resnet18().into(), norm: FROZEN, ..Preset::named("nuclei").unwrap().layout };
    let error = start_from(config.init(&Device::flex()), tiny()).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible");
}

/// Means and deviations of the initial values against what torchvision's initialisers have.
#[test]
fn initial_weights_have_torchvisions_deviations() {
    let config = Layout { norm: BATCH, ..Preset::named("nuclei").unwrap().layout };
    let model = initialise(config.init(&Device::flex()), &mut Random::new(1));
    let values = read_parameters(&model);
    let of = |path: &str| -> Vec<f64> { values[path].iter::<f32>().map(f64::from).collect() };
    let assert_deviation = |path: &str, expected: f64| {
        let values = of(path);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!((deviation / expected - 1.0).abs() < 6.0 / count.sqrt(), "{path}: {deviation} for {expected}");
        assert!(mean.abs() < 6.0 * expected / count.sqrt(), "{path}: {mean}");
    };
    // He et al. 2015, by the outputs; a uniform distribution within ±b has deviation b / √3.
    assert_deviation("backbone.body.conv1.weight", (2.0 / (48.0 * 49.0f64)).sqrt());
    assert_deviation("backbone.body.layer4.1.conv2.weight", (2.0 / (192.0 * 9.0f64)).sqrt());
    assert_deviation("backbone.fpn.layer_blocks.0.weight", (1.0 / (64.0 * 9.0f64)).sqrt());
    assert_deviation("rpn.head.conv.0.weight", 0.01);
    assert_deviation("rpn.head.bbox_pred.weight", 0.01);
    assert_deviation("roi_heads.box_head.fcs.0.weight", (1.0 / (3.0 * 64.0 * 49.0f64)).sqrt());
    assert_deviation("roi_heads.box_head.fcs.1.bias", (1.0 / (3.0 * 256.0f64)).sqrt());
    assert_deviation("roi_heads.mask_head.convs.2.weight", (2.0 / (64.0 * 9.0f64)).sqrt());
    assert_deviation("roi_heads.mask_predictor.conv5_mask.weight", (2.0 / (64.0 * 4.0f64)).sqrt());
    assert_deviation("roi_heads.mask_predictor.conv5_mask.bias", (1.0 / (3.0 * 64.0 * 4.0f64)).sqrt());
    for (path, value) in
        [("norm.weight", 1.0), ("norm.running_var", 1.0), ("norm.bias", 0.0), ("norm.running_mean", 0.0)]
    {
        assert!(of(&format!("backbone.body.layer2.0.downsample.{path}")).iter().all(|&found| found == value), "{path}");
    }
    assert!(of("rpn.head.cls_logits.bias").iter().all(|&value| value == 0.0));
    let again = initialise(config.init(&Device::flex()), &mut Random::new(1));
    assert_eq!(read_parameters(&again), values);
}

#[test]
fn frozen_stages_have_no_gradients_and_keep_their_statistics() {
    let model = freeze(network(BATCH), 2);
    let samples = Reference::read().samples();
    let before = read_parameters(&model);
    let config = ObjectiveConfig { rpn_pre_nms: 50, rpn_post_nms: 20, box_batch: 16, ..ObjectiveConfig::default() };
    let mut sampler = BalancedSampler::new(Random::new(1));
    let losses = objective(&model, &config).losses(&batch(&model, &samples), &samples, &mut sampler).unwrap();
    let gradients = losses.total().backward();
    let after = read_parameters(&model);
    for parameter in parameters(&model) {
        let path = parameter.path.as_str();
        let frozen = path.starts_with("backbone.body.conv1.") || path.starts_with("backbone.body.layer1.");
        let statistic = path.contains(".running_");
        assert_eq!(parameter.trained, !frozen && !statistic, "{path}");
        assert_eq!(gradient(&model, &gradients, path).is_some(), parameter.trained, "{path}");
        assert_eq!(before[path] != after[path], statistic && !frozen, "{path}");
    }
    let frozen = |stages| parameters(&freeze(network(BATCH), stages)).iter().filter(|one| !one.trained).count();
    assert!(frozen(0) < frozen(1) && frozen(4) < frozen(5) && frozen(5) == frozen(9));
}
