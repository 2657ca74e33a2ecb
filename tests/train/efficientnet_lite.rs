//! An EfficientNet-Lite body against torch: `tests/reference/make_efficientnet_lite.py`.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::Layout;
use maskrcnn_web::config::{EfficientNetLiteConfig, Norm, Preset};
use maskrcnn_web::model::MaskRcnn;
use maskrcnn_web::train::{Random, Start, folded, freeze, initialise, parameters, start_from, state_dict};
use maskrcnn_web::weights::{StateDict, StateTensor};
use safetensors::SafeTensors;

use crate::devices::devices;
use crate::parity::{assert_near, gradient};
use crate::reference::file;

const BATCH: Norm = Norm::Batch { eps: 1e-3, momentum: 0.01 };
const FROZEN: Norm = Norm::Frozen { eps: 1e-3 };

struct Reference(Vec<u8>);

impl Reference {
    fn read() -> Self {
        Self(file("tests/reference/efficientnet_lite.safetensors"))
    }

    fn data(&self, name: &str) -> TensorData {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let values = tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect::<Vec<_>>();
        TensorData::new(values, tensor.shape().to_vec())
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        self.data(name).iter().collect()
    }

    fn tensor(&self, name: &str, device: &Device) -> Tensor<4> {
        Tensor::from_data(self.data(name), device)
    }

    /// The state dict of the network for classification.
    fn state(&self) -> StateDict {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let names = file.names().into_iter().filter_map(|name| name.strip_prefix("state."));
        let tensors = names.map(|name| {
            let data = match name.ends_with("num_batches_tracked") {
                true => TensorData::new(vec![0i64], [0usize; 0]),
                false => self.data(&format!("state.{name}")),
            };
            (name.to_owned(), StateTensor::from_data(name.to_owned(), data))
        });
        tensors.collect()
    }
}

fn layout(norm: Norm) -> Layout {
    let body = EfficientNetLiteConfig { stem: 32, channels: [4, 6, 8, 10, 12, 14, 16], depths: [1, 2, 2, 2, 2, 2, 1] };
    Layout { backbone: body.into(), norm, ..Preset::named("everyday").unwrap().layout }
}

fn started(norm: Norm, device: &Device) -> (MaskRcnn, Start) {
    start_from(layout(norm).init(device), Reference::read().state()).unwrap()
}

/// What the reference calls a parameter, and its path here.
fn path(name: &str) -> String {
    let (layer, parameter) = name.rsplit_once('.').unwrap();
    let names = [("_expand_conv", "expand"), ("_depthwise_conv", "depthwise"), ("_project_conv", "project")];
    let norms = [("_bn0", "expand.norm"), ("_bn1", "depthwise.norm"), ("_bn2", "project.norm")];
    let layer = match layer.rsplit_once('.') {
        None => if layer == "_bn0" { "stem.norm" } else { "stem" }.to_owned(),
        Some((block, layer)) => {
            let (_, own) = names.iter().chain(&norms).find(|(theirs, _)| *theirs == layer).unwrap();
            format!("{}.{own}", block.trim_start_matches('_'))
        }
    };
    format!("backbone.body.{layer}.{parameter}")
}

#[test]
fn its_feature_maps_are_torchs() {
    let reference = Reference::read();
    for device in devices() {
        let (batch, _) = started(BATCH, &device);
        let deployed = folded(&batch.train(), &device).unwrap();
        let models = [deployed, started(Norm::Folded, &device).0, started(Norm::Frozen { eps: 1e-5 }, &device).0];
        for (index, model) in models.into_iter().enumerate() {
            for case in ["even", "odd"] {
                let maps = model.stages(reference.tensor(&format!("{case}.input"), &device));
                for (level, map) in (2..).zip(maps) {
                    let name = format!("{case}.c{level}");
                    assert_eq!(map.dims()[..], reference.data(&name).shape()[..], "{name}");
                    let found: Vec<f32> = map.into_data().iter().collect();
                    assert_near(&format!("{name} of {index} on {device:?}"), &found, &reference.floats(&name), 5e-5);
                }
            }
        }
    }
}

#[test]
fn its_gradients_and_statistics_are_torchs() {
    let reference = Reference::read();
    for device in devices() {
        for (norm, case) in [(FROZEN, "even.frozen"), (FROZEN, "odd.frozen"), (BATCH, "even.batch")] {
            let model = started(norm, &device).0.train();
            let input = reference.tensor(&format!("{}.input", &case[..case.find('.').unwrap()]), &device);
            let noise = |level: usize| reference.tensor(&format!("{case}.noise{level}"), &device);
            let maps = model.stages(Tensor::from_inner(input));
            let losses = (2..).zip(maps).map(|(level, map)| (map * Tensor::from_inner(noise(level))).mean());
            let loss = losses.reduce(|sum, loss| sum + loss).unwrap();
            let found: Vec<f32> = loss.clone().into_data().iter().collect();
            assert_near(&format!("{case}.loss"), &found, &reference.floats(&format!("{case}.loss")), 1e-4);
            let gradients = loss.backward();
            let file = SafeTensors::deserialize(&reference.0).unwrap();
            let prefix = format!("{case}.gradient.");
            let names: Vec<&str> = file.names().into_iter().filter_map(|name| name.strip_prefix(&prefix)).collect();
            assert_eq!(names.len(), if norm == BATCH { 11 } else { 7 });
            for name in names {
                let found = gradient(&model, &gradients, &path(name)).unwrap_or_else(|| panic!("{name} has none"));
                let expected = reference.floats(&format!("{prefix}{name}"));
                assert_near(&format!("{case}, {name} on {device:?}"), &found, &expected, 1e-4);
            }
            if norm == BATCH {
                let all = parameters(&model);
                for name in file.names().into_iter().filter_map(|name| name.strip_prefix("batch.after.")) {
                    let found = all.iter().find(|parameter| parameter.path == path(name)).expect(name);
                    let found: Vec<f32> = found.value.clone().into_data().iter().collect();
                    assert_near(name, &found, &reference.floats(&format!("batch.after.{name}")), 1e-4);
                }
            }
        }
    }
}

#[test]
fn of_a_classifier_every_tensor_is_accounted_for() {
    let (model, start) = started(BATCH, &Device::flex());
    // One convolution at the start, two for the first block and three for each of the other 11.
    assert_eq!(start.kept.len(), 1 + 2 + 3 * 11);
    assert!(start.kept.iter().all(|layer| layer.starts_with("backbone.body._")));
    assert!(start.initialised.iter().all(|layer| !layer.starts_with("backbone.body.")));
    assert_eq!(start.unused, ["_bn1", "_conv_head", "_fc"]);

    let names = |state: &StateDict, prefix: &str| -> Vec<(String, Vec<usize>)> {
        let tensors = state.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?, tensor)));
        tensors.map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect()
    };
    let body: StateDict = Reference::read()
        .state()
        .into_iter()
        .filter(|(name, _)| !["_conv_head", "_bn1", "_fc"].iter().any(|head| name.starts_with(head)))
        .collect();
    assert_eq!(names(&state_dict(&model).unwrap(), "backbone.body."), names(&body, ""));

    let refused = |change: &dyn Fn(StateDict) -> StateDict| {
        let error = start_from(layout(BATCH).init(&Device::flex()), change(Reference::read().state())).unwrap_err();
        assert_eq!(error.code(), "weights-incompatible");
        error.to_string()
    };
    let more = refused(&|state| {
        let tensor = state.get("_fc.bias").unwrap().clone();
        state.into_iter().chain([("_blocks.12._se_reduce.bias".to_owned(), tensor)]).collect()
    });
    assert!(more.contains("`backbone.body._blocks.12._se_reduce.bias` has no place"), "{more}");
    let fewer = refused(&|state| state.into_iter().filter(|(name, _)| name != "_blocks.3._bn1.running_var").collect());
    assert!(fewer.contains("`backbone.body._blocks.3._depthwise_conv` is missing"), "{fewer}");
}

#[test]
fn another_kind_of_body_is_refused() {
    let nuclei = Preset::named("nuclei").unwrap().layout.init(&Device::flex());
    let error = start_from(nuclei, Reference::read().state()).unwrap_err();
    assert!(error.to_string().contains("not of the same kind"), "{error}");
}

#[test]
fn it_is_frozen_stage_by_stage() {
    // Blocks of the stages, the first group with the stem.
    for (stages, blocks) in [(0, 0), (1, 1), (2, 3), (3, 5), (4, 9), (5, 12)] {
        let model = initialise(layout(BATCH).init(&Device::flex()), &mut Random::new(1));
        let model = freeze(model, stages).train();
        for parameter in parameters(&model).into_iter().filter(|parameter| !parameter.path.contains("running")) {
            let expected = match parameter.path.strip_prefix("backbone.body.") {
                None => true,
                Some(path) if path.starts_with("stem.") => stages == 0,
                Some(path) => path.split('.').nth(1).unwrap().parse::<usize>().unwrap() >= blocks,
            };
            assert_eq!(parameter.trained, expected, "{} with {stages} frozen stages", parameter.path);
        }
    }
}

/// The published weights, which the repository does not have: EFFICIENTNET_LITE0 is the file, and
/// EFFICIENTNET_LITE0_MAPS what `make_efficientnet_lite.py --weights FILE --out FILE` makes of it.
#[test]
#[ignore = "needs the published weights"]
fn the_published_networks_feature_maps_are_torchs() {
    let read = |variable: &str| std::fs::read(std::env::var(variable).expect(variable)).unwrap();
    let state = StateDict::from_bytes(read("EFFICIENTNET_LITE0")).unwrap();
    let reference = Reference(read("EFFICIENTNET_LITE0_MAPS"));
    for device in devices() {
        let layout = Layout { norm: FROZEN, ..Preset::named("everyday").unwrap().layout };
        let (model, start) = start_from(layout.init(&device), state.clone()).unwrap();
        assert_eq!((start.kept.len(), start.unused.len()), (1 + 2 + 3 * 15, 3));
        let maps = folded(&model, &device).unwrap().stages(reference.tensor("input", &device));
        for (level, map) in (2..).zip(maps) {
            let found: Vec<f32> = map.into_data().iter().collect();
            let expected = reference.floats(&format!("c{level}"));
            let most = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("c{level} on {device:?}: off by {most:.1e} at most");
            assert_near(&format!("c{level} on {device:?}"), &found, &expected, 1e-4);
            assert!(most < 1e-3, "{most}");
        }
    }
}
