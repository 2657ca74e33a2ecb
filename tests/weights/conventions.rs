//! What no file tells: the order of colours, the stride's place, what is added to variances.

use maskrcnn_web::Result;
use maskrcnn_web::weights::{ChannelOrder, Conventions, NamedTensors, Weights, WeightsOptions, read};

use crate::fixtures::reference;

fn with(file: &str, conventions: Conventions) -> Result<Weights> {
    read(reference(file), &WeightsOptions { conventions, ..WeightsOptions::default() })
}

fn ordered(order: ChannelOrder) -> Conventions {
    Conventions { channel_order: Some(order), ..Conventions::default() }
}

/// The first convolution's weight, a plane of 7×7 numbers for each output and colour.
fn planes(tensors: &NamedTensors) -> Vec<Vec<f32>> {
    let weight: Vec<f32> = tensors.get("backbone.body.conv1.weight").unwrap().clone().try_into_vec().unwrap();
    weight.chunks_exact(49).map(<[f32]>::to_vec).collect()
}

/// Those of the other order of colours.
fn reversed(planes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    planes.chunks_exact(3).flat_map(|colours| colours.iter().rev().cloned()).collect()
}

fn is_same(a: &Weights, b: &Weights) -> bool {
    (&a.layout, &a.settings) == (&b.layout, &b.settings) && a.tensors.iter().eq(b.tensors.iter())
}

#[test]
fn the_order_of_colours_is_the_one_that_is_said() {
    for (file, usual, other) in [
        ("micro.pth", ChannelOrder::Rgb, ChannelOrder::Bgr),
        ("micro_run.pth", ChannelOrder::Rgb, ChannelOrder::Bgr),
        ("detectron2.pkl", ChannelOrder::Bgr, ChannelOrder::Rgb),
    ] {
        let default = with(file, Conventions::default()).unwrap();
        let same = with(file, ordered(usual)).unwrap();
        assert!(is_same(&default, &same), "{file}");
        let turned = with(file, ordered(other)).unwrap();
        assert!(planes(&turned.tensors) != planes(&default.tensors), "{file}");
        assert_eq!(planes(&turned.tensors), reversed(&planes(&default.tensors)), "{file}");
    }
}

/// torchvision's transform numbers channels, whatever colour they are; detectron2's defaults are ImageNet's of
/// each colour.
#[test]
fn the_mean_belongs_to_the_colour() {
    let input = |file, order| with(file, ordered(order)).unwrap().settings.input;
    let micro = input("micro.pth", ChannelOrder::Bgr);
    assert_eq!((micro.mean, micro.std), ([0.406, 0.456, 0.485], [0.225, 0.224, 0.229]));
    let [bgr, rgb] = [ChannelOrder::Bgr, ChannelOrder::Rgb].map(|order| input("detectron2.pkl", order));
    assert_eq!((bgr.mean, bgr.std), (rgb.mean, rgb.std));
}

#[test]
fn the_stride_is_where_it_is_said_to_be() {
    let stride = |file, stride_in_1x1| {
        let weights = with(file, Conventions { stride_in_1x1, ..Conventions::default() }).unwrap();
        weights.layout.backbone.as_resnet().unwrap().stride_in_1x1
    };
    assert_eq!([None, Some(true), Some(false)].map(|said| stride("detectron2.pkl", said)), [true, true, false]);
    assert_eq!([None, Some(true), Some(false)].map(|said| stride("tiny_v2.safetensors", said)), [false, true, false]);
}

#[test]
fn what_is_added_to_variances_is_what_is_said() {
    let bias = |file, batch_norm_eps| {
        let Weights { tensors, .. } = with(file, Conventions { batch_norm_eps, ..Conventions::default() }).unwrap();
        tensors.get("backbone.body.conv1.bias").unwrap().clone().try_into_vec::<f32>().unwrap()
    };
    for (file, usual) in [("detectron2.pkl", 1e-5), ("micro.pth", 0.0), ("tiny_v2.safetensors", 1e-5)] {
        assert_eq!(bias(file, None), bias(file, Some(usual)), "{file}");
        assert!(bias(file, None) != bias(file, Some(0.5)), "{file}");
    }
    for eps in [-1e-9, f64::NAN, f64::INFINITY] {
        let error = with("micro.pth", Conventions { batch_norm_eps: Some(eps), ..Conventions::default() }).unwrap_err();
        assert_eq!(error.code(), "invalid-input");
    }
}

#[cfg(feature = "convert")]
#[test]
fn a_models_folder_says_what_differs_from_the_default() {
    use maskrcnn_web::weights::{Manifest, Precision, convert};

    let folder = |conventions| {
        let options = WeightsOptions { conventions, ..WeightsOptions::default() };
        convert(reference("detectron2.pkl"), Precision::F32, "mine", None, &options).unwrap()
    };
    let said =
        Conventions { channel_order: Some(ChannelOrder::Rgb), stride_in_1x1: Some(false), batch_norm_eps: Some(1e-3) };
    let usual =
        Conventions { channel_order: Some(ChannelOrder::Bgr), stride_in_1x1: Some(true), batch_norm_eps: Some(1e-5) };
    let folder_of = folder(said);
    let json = String::from_utf8(folder_of.manifest.to_json().unwrap()).unwrap();
    let values: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        values["conventions"],
        serde_json::json!({ "channelOrder": "rgb", "strideIn1x1": false, "batchNormEps": 1e-3 })
    );
    let manifest = Manifest::from_json(json.as_bytes()).unwrap();
    assert_eq!(manifest.conventions, said);
    let options = WeightsOptions { conventions: manifest.conventions, ..WeightsOptions::default() };
    assert!(is_same(&read(folder_of.weights, &options).unwrap(), &with("detectron2.pkl", said).unwrap()));

    for conventions in [Conventions::default(), usual] {
        let json = String::from_utf8(folder(conventions).manifest.to_json().unwrap()).unwrap();
        assert!(!json.contains("conventions"), "{json}");
    }
    let wrong = json.replace("0.001", "-1.0");
    assert!(Manifest::from_json(wrong.as_bytes()).unwrap_err().to_string().contains("batch_norm_eps"));
}
