//! The network in half precision against itself in single precision.

use maskrcnn_web::Error;
use maskrcnn_web::image::Image;
use maskrcnn_web::inference::StageData;
use maskrcnn_web::model::{Dtype, DtypeChoice};
use maskrcnn_web::ops::kernel_family::KernelFamily;
#[cfg(feature = "cli")]
use maskrcnn_web::structures::Detection;
use maskrcnn_web::weights::{self, Model, WeightsOptions};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use crate::devices::device_with_f16;
use crate::{devices, file, predict, tiny, with};

fn half() -> WeightsOptions {
    WeightsOptions { dtype: Dtype::F16, ..WeightsOptions::default() }
}

fn picture() -> Image {
    let bytes: Vec<u8> = (0..96 * 128 * 3).map(|i| (i * 7919 % 251) as u8).collect();
    Image::from_rgb(128, 96, &bytes).expect("a picture")
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[cfg(feature = "cli")]
#[test]
fn a_trained_network_finds_the_same_objects() {
    use maskrcnn_web::weights::ModelFolder;
    let Some(device) = device_with_f16() else { return };
    let path = |path: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let folder = ModelFolder::open(&path("models/nuclei")).expect("the model is there");
    let image = Image::read(&path("tests/chromium/pictures/nuclei-fluorescence.png")).expect("a picture");
    let [single, half] = [WeightsOptions::default(), half()].map(|options| {
        // Less than the model's own, for software adapters.
        let model = folder.load(&options, &device).expect("it loads");
        let model = with(model, |settings| settings.input.min_size = 256);
        assert_eq!(model.network.dtype(), options.dtype);
        predict(&model, std::slice::from_ref(&image)).expect("detections").remove(0).items
    });
    assert!(single.len() > 5, "{} objects", single.len());
    assert_eq!(single.len(), half.len());
    for (single, half) in single.iter().zip(&half) {
        assert_eq!(single.class_id, half.class_id);
        assert!((single.score - half.score).abs() < 2e-3, "{} instead of {}", half.score, single.score);
        let edges = |found: &Detection| {
            let area = &found.bounding_box;
            [area.x1, area.y1, area.x2, area.y2]
        };
        let off = largest_difference(&edges(single), &edges(half));
        assert!(off < 0.1, "a box is off by {off} pixels");
        let [single, half] = [single, half].map(|found| &found.mask.as_ref().expect("a mask").probabilities);
        let off = largest_difference(single, half);
        assert!(off < 0.05, "a mask is off by {off}");
    }
}

#[test]
fn every_stage_comes_close() {
    let Some(device) = device_with_f16() else { return };
    let [single, half] = [WeightsOptions::default(), half()].map(|options| {
        let Model { network, settings } = tiny(&options, &device);
        futures_lite::future::block_on(network.inspect(&picture(), &settings)).expect("stages").stages
    });
    for (single, half) in single.iter().zip(&half) {
        let (StageData::F32(wanted), StageData::F32(values)) = (&single.data, &half.data) else { continue };
        // From the proposals on, the same place may hold another region.
        if single.name.starts_with("rpn.candidates") {
            break;
        }
        let largest = wanted.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
        let error = largest_difference(wanted, values);
        assert!(error < 1e-2 * largest, "{}: off by {error} of {largest}", single.name);
    }
}

#[test]
fn the_cpu_computes_in_single_precision_all_the_same() {
    let device = devices().remove(0);
    assert_eq!(Dtype::F16.on(&device), Dtype::F32);
    let [single, asked] = [WeightsOptions::default(), half()].map(|options| tiny(&options, &device));
    assert_eq!(asked.network.dtype(), Dtype::F32);
    let [single, asked] = [single, asked].map(|network| predict(&network, &[picture()]).expect("detections"));
    assert_eq!(single, asked);
}

/// In portable kernels it would not be faster.
#[test]
fn auto_is_half_precision_where_tiled_kernels_have_it() {
    for device in devices() {
        let has_f16 = Dtype::F16.on(&device) == Dtype::F16;
        let is_tiled = KernelFamily::of(&device) == Some(KernelFamily::Tiled);
        let wanted = if has_f16 && is_tiled { Dtype::F16 } else { Dtype::F32 };
        assert_eq!(DtypeChoice::Auto.on(&device), wanted, "{device:?}");
        assert_eq!(DtypeChoice::default().on(&device), Dtype::F32, "{device:?}");
        assert_eq!(DtypeChoice::F16.on(&device), Dtype::F16.on(&device), "{device:?}");
    }
}

#[test]
fn a_weight_that_half_precision_has_not_is_refused() {
    let Some(device) = device_with_f16() else { return };
    let bytes = file("models/reference-tiny.safetensors");
    let tensors = SafeTensors::deserialize(&bytes).expect("the checkpoint is intact");
    let name = "rpn.head.bbox_pred.weight";
    let large = tensors.tensor(name).expect("the weight is there");
    assert_eq!(large.dtype(), safetensors::Dtype::F32);
    let numbers = [1e6_f32.to_le_bytes().as_slice(), &large.data()[4..]].concat();
    let with_large = tensors.tensors().into_iter().map(|(other, view)| match other == name {
        true => (other, TensorView::new(large.dtype(), large.shape().to_vec(), &numbers).expect("a tensor")),
        false => (other, view),
    });
    let bytes = safetensors::serialize(with_large, None).expect("a checkpoint");
    assert!(weights::load(bytes.clone(), &WeightsOptions::default(), &device).is_ok());
    let refused = weights::load(bytes, &half(), &device);
    assert!(matches!(refused, Err(Error::WeightsIncompatible(what)) if what.contains(name)));
}
