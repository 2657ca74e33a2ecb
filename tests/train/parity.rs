//! Losses and gradients against torchvision's, for the same weights, images, objects and samples.

use std::sync::LazyLock;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use maskrcnn_web::Layout;
use maskrcnn_web::config::{InputSettings, Norm, Settings};
use maskrcnn_web::image::Image;
use maskrcnn_web::model::{Batch, MaskRcnn};
use maskrcnn_web::train::{Losses, Objective, ObjectiveConfig, Sample, parameters, start_from};
use maskrcnn_web::weights::{Weights, WeightsOptions, read};

use crate::devices::devices;
use crate::reference::{FixedSampler, Reference, file, tiny};

/// The tiny network in training, with its weights from the checkpoint.
pub(crate) fn network(norm: Norm) -> MaskRcnn {
    network_on(&Device::flex(), norm)
}

fn network_on(device: &Device, norm: Norm) -> MaskRcnn {
    let Weights { layout, .. } = read(file("models/reference-tiny.safetensors"), &WeightsOptions::default()).unwrap();
    let model = Layout { norm, ..layout }.init(device);
    let (model, start) = start_from(model, tiny()).unwrap();
    assert_eq!(start.initialised, Vec::<String>::new());
    model.train()
}

pub(crate) fn batch(model: &MaskRcnn, samples: &[Sample]) -> Batch {
    let images: Vec<Image> = samples.iter().map(|sample| sample.image.clone()).collect();
    InputSettings::default().normalise(&images, &model.device()).unwrap()
}

/// What the references were made with: torchvision's settings.
pub(crate) fn objective<'a>(network: &'a MaskRcnn, config: &'a ObjectiveConfig) -> Objective<'a> {
    static SETTINGS: LazyLock<Settings> = LazyLock::new(Settings::default);
    Objective { network, settings: &SETTINGS, config }
}

fn run(model: &MaskRcnn, reference: &Reference, case: &str) -> Losses {
    let samples = reference.samples();
    let config = ObjectiveConfig { rpn_pre_nms: 500, rpn_post_nms: 200, box_batch: 64, ..ObjectiveConfig::default() };
    objective(model, &config).losses(&batch(model, &samples), &samples, &mut FixedSampler { reference, case }).unwrap()
}

/// Collects the gradient of a parameter.
struct Collector<'a> {
    path: Vec<String>,
    wanted: &'a str,
    gradients: &'a Gradients,
    found: Option<Vec<f32>>,
}

impl ModuleVisitor for Collector<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        // The kind of a body does not appear in a path.
        if !container.starts_with("Enum:") {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        if !container.starts_with("Enum:") {
            self.path.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.path.join(".") == self.wanted {
            self.found = param.val().grad(self.gradients).map(|gradient| gradient.into_data().iter().collect());
        }
    }
}

pub(crate) fn gradient(model: &MaskRcnn, gradients: &Gradients, path: &str) -> Option<Vec<f32>> {
    let mut collector = Collector { path: vec![], wanted: path, gradients, found: None };
    model.visit(&mut collector);
    collector.found
}

/// Asserts that `found` is no farther from `expected` than the share `tolerance` of its length, both
/// taken as vectors.
pub(crate) fn assert_near(what: &str, found: &[f32], expected: &[f32], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let length = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let distance = length(&mut found.iter().zip(expected).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let relative = distance / length(&mut expected.iter().map(|value| f64::from(*value)));
    println!("{what}: {relative:.1e}");
    assert!(relative <= tolerance, "{what} is off by {relative:.1e} of its length");
}

fn assert_as_torchvision(model: &MaskRcnn, case: &str, layers: &[(&str, &str)]) {
    let reference = Reference::read();
    let losses = run(model, &reference, case);
    let gradients = losses.total().backward();
    let named = [
        ("loss_classifier", losses.classifier),
        ("loss_box_reg", losses.box_reg),
        ("loss_mask", losses.mask.unwrap()),
        ("loss_objectness", losses.objectness),
        ("loss_rpn_box_reg", losses.rpn_box_reg),
    ];
    for (name, loss) in named {
        let found: Vec<f32> = loss.into_data().iter().collect();
        assert_near(name, &found, &reference.floats(&format!("{case}.{name}")), 1e-4);
    }
    for (path, name) in layers {
        let found = gradient(model, &gradients, path).unwrap_or_else(|| panic!("{path} has no gradient"));
        assert_near(name, &found, &reference.floats(&format!("{case}.gradient.{name}")), 1e-3);
    }
}

const LAYERS: [(&str, &str); 4] = [
    ("backbone.body.layer1.0.conv1.weight", "backbone.body.layer1.0.conv1.weight"),
    ("rpn.head.conv.0.weight", "rpn.head.conv.0.0.weight"),
    ("roi_heads.mask_predictor.conv5_mask.weight", "roi_heads.mask_predictor.conv5_mask.weight"),
    ("roi_heads.mask_predictor.mask_fcn_logits.weight", "roi_heads.mask_predictor.mask_fcn_logits.weight"),
];

#[test]
fn frozen_normalisation_gives_torchvisions_losses_and_gradients() {
    for device in devices() {
        let model = network_on(&device, Norm::Frozen { eps: 0.0 });
        assert_as_torchvision(&model, "frozen", &LAYERS);
        assert!(parameters(&model).iter().all(|parameter| !parameter.path.contains(".norm.") || !parameter.trained));
    }
}

#[test]
fn batch_normalisation_gives_torchvisions_losses_gradients_and_statistics() {
    let model = network(Norm::Batch { eps: 1e-5, momentum: 0.1 });
    let norms = [
        ("backbone.body.layer1.0.conv1.norm.weight", "backbone.body.layer1.0.bn1.weight"),
        ("backbone.body.layer3.2.conv2.norm.bias", "backbone.body.layer3.2.bn2.bias"),
    ];
    assert_as_torchvision(&model, "batch", &[&LAYERS[..], &norms[..]].concat());

    let reference = Reference::read();
    let all = parameters(&model);
    for (path, name) in [("conv1", "bn1"), ("layer4.2.conv3", "layer4.2.bn3")] {
        for (of, tolerance) in [("mean", 1e-4), ("var", 1e-3)] {
            let path = format!("backbone.body.{path}.norm.running_{of}");
            let found = all.iter().find(|parameter| parameter.path == path).unwrap();
            let found: Vec<f32> = found.value.clone().into_data().iter().collect();
            let expected = reference.floats(&format!("batch.after.backbone.body.{name}.running_{of}"));
            assert_near(&path, &found, &expected, tolerance);
        }
    }
}
