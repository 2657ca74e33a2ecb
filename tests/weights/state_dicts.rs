//! Which of a file's tensors are the state dict: nested ones, several of them, prefixes, whole networks.

use maskrcnn_web::weights::{CheckpointFile, Selected, StateDict, WeightsOptions, read};
use maskrcnn_web::{Error, Result};

use crate::fixtures::{Shapes, micro_shapes, ones, reference, shapes, without_masks};
use crate::pickle_builder::{STORAGES, call, dict, global, int, legacy, pth, state, tensor, text};

/// The storages' values: which network it was.
const FIRST: f32 = STORAGES[0].1;
const SECOND: f32 = STORAGES[1].1;

fn micro(storage: &str, prefix: &str) -> Vec<u8> {
    state(storage, prefix, &micro_shapes())
}

fn select(value: &[u8], key: Option<&str>) -> Result<Selected> {
    // What a value holds does not depend on the format.
    let zip = CheckpointFile::read(pth(value))?.select(key, None);
    let old = CheckpointFile::read(legacy(value))?.select(key, None);
    match (zip, old) {
        (Ok(zip), Ok(old)) => {
            assert_eq!((&zip.path, zip.state.len()), (&old.path, old.state.len()));
            Ok(zip)
        }
        (zip, old) => {
            assert_eq!(zip.as_ref().err(), old.as_ref().err());
            zip
        }
    }
}

/// Where the network was found, and its first number.
#[track_caller]
fn found(value: &[u8], key: Option<&str>) -> (String, f32) {
    let Selected { path, state, .. } = select(value, key).unwrap();
    assert_eq!(shapes_of(&state), micro_shapes());
    (path, state.get("backbone.body.conv1.weight").unwrap().to_f32().unwrap()[0])
}

fn shapes_of(state: &StateDict) -> Shapes {
    state.iter().map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect()
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [&b"]("[..], &items.concat(), b"e"].concat()
}

/// An instance of a class of nobody knows which, with these attributes.
fn object(class: (&str, &str), attributes: Vec<u8>) -> Vec<u8> {
    [&global(class.0, class.1)[..], b")\x81", &attributes, b"b"].concat()
}

#[test]
fn a_state_dict_is_found_wherever_it_is_nested() {
    let namespace = |entries| object(("argparse", "Namespace"), dict(entries));
    for (value, path) in [
        (micro("0", ""), ""),
        (dict(&[("net", micro("0", ""))]), "net"),
        (
            dict(&[("epoch", int(3)), ("model_state_dict", micro("0", "")), ("loss", tensor("0", &[]))]),
            "model_state_dict",
        ),
        (dict(&[("a", dict(&[("b", dict(&[("state_dict_ema", micro("0", ""))]))]))]), "a.b.state_dict_ema"),
        (list(&[int(1), micro("0", "")]), "1"),
        (dict(&[("models", list(&[micro("0", "")]))]), "models.0"),
        (namespace(&[("weights", micro("0", "")), ("lr", int(1))]), "weights"),
        (dict(&[("runner", namespace(&[("ema", micro("0", ""))]))]), "runner.ema"),
        (call(("collections", "defaultdict"), &[call(("builtins", "dict"), &[micro("0", "")])]), "0.0"),
    ] {
        assert_eq!(found(&value, None), (path.into(), FIRST), "{path}");
    }
}

#[test]
fn parts_in_dictionaries_of_their_own_are_one_network() {
    let part = |name: &str| {
        let prefix = format!("{name}.");
        let shapes = micro_shapes().into_iter();
        let own: Shapes =
            shapes.filter_map(|(key, shape)| Some((key.strip_prefix(&prefix)?.to_owned(), shape))).collect();
        state("0", "", &own)
    };
    let parts = dict(&["backbone", "rpn", "roi_heads"].map(|name| (name, part(name))));
    assert_eq!(found(&parts, None), (String::new(), FIRST));
    assert_eq!(found(&dict(&[("weights", parts), ("epoch", int(1))]), None), ("weights".into(), FIRST));
}

#[test]
fn prefixes_are_taken_off() {
    for prefix in ["module.", "_orig_mod.", "model.", "model.module.", "module._orig_mod.model.", "net.", "a.detector."]
    {
        let path = prefix.trim_end_matches('.');
        assert_eq!(found(&micro("0", prefix), None), (path.into(), FIRST));
        let nested = dict(&[("state_dict", micro("0", prefix)), ("epoch", int(2))]);
        assert_eq!(found(&nested, None), (format!("state_dict.{path}"), FIRST));
        let prefixed: Shapes =
            micro_shapes().into_iter().map(|(name, shape)| (format!("{prefix}{name}"), shape)).collect();
        assert_eq!(shapes_of(&StateDict::from_bytes(ones(&prefixed)).unwrap()), micro_shapes(), "{prefix}");
    }
    // A checkpoint of detectron2's, and a classifier's.
    for (all, prefix) in [(shapes("detectron2"), "module."), (classifier(), "module.")] {
        let prefixed: Shapes = all.iter().map(|(name, shape)| (format!("{prefix}{name}"), shape.clone())).collect();
        assert_eq!(shapes_of(&StateDict::from_bytes(ones(&prefixed)).unwrap()), all);
    }
}

/// The residual network alone, with a classifier's last layer.
fn classifier() -> Shapes {
    let body = |(name, shape): (String, Vec<usize>)| Some((name.strip_prefix("backbone.body.")?.to_owned(), shape));
    let mut shapes: Shapes = micro_shapes().into_iter().filter_map(body).collect();
    shapes.insert("fc.weight".into(), vec![10, 6]);
    shapes
}

#[test]
fn the_network_with_the_most_tensors_is_taken() {
    let boxes = state("1", "", &without_masks(micro_shapes()));
    let both = dict(&[("faster", boxes), ("mask", micro("0", "")), ("resnet", state("1", "", &classifier()))]);
    assert_eq!(found(&both, None), ("mask".into(), FIRST));
    assert_eq!(select(&both, None).unwrap().others, ["faster", "resnet"]);
    assert_eq!(select(&both, Some("faster")).unwrap().state.len(), without_masks(micro_shapes()).len());
}

#[test]
fn several_networks_that_are_as_good_are_named_and_chosen() {
    let both = dict(&[("model", micro("0", "module.")), ("model_ema", micro("1", "module.")), ("epoch", int(1))]);
    let error = select(&both, None).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible");
    for part in ["`model.module`", "`model_ema.module`", "--state-dict", "stateDict"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert_eq!(found(&both, Some("model")), ("model.module".into(), FIRST));
    assert_eq!(found(&both, Some("model_ema")), ("model_ema.module".into(), SECOND));
    assert_eq!(found(&both, Some("model_ema.module")), ("model_ema.module".into(), SECOND));
    let options = |key: &str| WeightsOptions { state_dict: Some(key.into()), ..WeightsOptions::default() };
    let first = |key| {
        let tensors = read(pth(&both), &options(key)).unwrap().tensors;
        tensors.get("roi_heads.box_predictor.cls_score.bias").unwrap().iter::<f32>().next().unwrap()
    };
    assert_eq!((first("model"), first("model_ema")), (FIRST, SECOND));
    let error = select(&both, Some("epoch")).unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)) && error.to_string().contains("`epoch`"), "{error}");
    assert!(error.to_string().contains("`model_ema`"), "{error}");
}

#[test]
fn the_top_level_can_be_chosen() {
    // A state dict with another one in it.
    let nested = [&micro("0", "")[..], &text("ema"), &micro("1", ""), b"s"].concat();
    let error = select(&nested, None).unwrap_err();
    assert!(error.to_string().contains("`.` (the top level), `ema`"), "{error}");
    assert_eq!(found(&nested, Some(".")), (String::new(), FIRST));
    assert_eq!(found(&nested, Some("ema")), ("ema".into(), SECOND));
    let mut flat = micro_shapes();
    flat.extend(micro_shapes().into_iter().map(|(name, shape)| (format!("ema.{name}"), shape)));
    let flat = CheckpointFile::read(ones(&flat)).unwrap();
    assert_eq!(flat.select(Some("."), None).unwrap().path, "");
    assert_eq!(flat.select(Some("ema"), None).unwrap().path, "ema");
}

#[test]
fn copies_of_one_network_are_one() {
    let twice = dict(&[("model", micro("0", "")), ("state_dict", micro("0", ""))]);
    assert_eq!(found(&twice, None), ("model".into(), FIRST));
    assert_eq!(found(&twice, Some("state_dict")), ("state_dict".into(), FIRST));
}

/// Whatever else lies beside the weights, on the same level or below.
#[test]
fn what_is_no_tensor_does_not_matter() {
    let entries: Vec<u8> = [
        [text("epoch"), int(7)].concat(),
        [text("loss_history"), list(&[b"G\0\0\0\0\0\0\0\0".to_vec(), b"N".to_vec()])].concat(),
        [text("optimizer"), dict(&[("state", dict(&[("exp_avg", tensor("1", &[3]))]))])].concat(),
        [text("args"), object(("argparse", "Namespace"), dict(&[("lr", int(1))]))].concat(),
    ]
    .concat();
    let value = [&micro("0", "")[..], b"(", &entries, b"u"].concat();
    assert_eq!(found(&value, None), (String::new(), FIRST));
}

#[test]
fn a_whole_pickled_network_is_read() {
    for options in [WeightsOptions::default(), WeightsOptions { masks: Some(false), ..WeightsOptions::default() }] {
        let expected = read(reference("micro.safetensors"), &options).unwrap();
        let found = read(reference("micro_module.pth"), &options).unwrap();
        assert_eq!((&found.layout, &found.settings), (&expected.layout, &expected.settings));
        assert!(found.tensors.iter().eq(expected.tensors.iter()));
    }
}

#[test]
fn where_nothing_fits_the_nearest_is_named_with_what_is_wrong() {
    let mut shapes = micro_shapes();
    shapes.remove("rpn.head.cls_logits.bias");
    shapes.insert("roi_heads.keypoint_head.0.weight".into(), vec![1]);
    let value = dict(&[("optimizer", dict(&[("a", tensor("0", &[1]))])), ("model", state("0", "module.", &shapes))]);
    let error = read(pth(&value), &WeightsOptions::default()).unwrap_err();
    for part in ["`model.module`", "missing: rpn.head.cls_logits.bias;", "unexpected: roi_heads.keypoint_head.0.weight"]
    {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    // Not even nearly.
    let wrapped = dict(&[("model", dict(&[("module.a.weight", tensor("0", &[1])), ("module.b", tensor("0", &[1]))]))]);
    let error = read(pth(&wrapped), &WeightsOptions::default()).unwrap_err();
    assert!(error.to_string().contains("unexpected: a.weight, b"), "{error}");
    let resnet = read(ones(&classifier()), &WeightsOptions::default()).unwrap_err();
    assert!(resnet.to_string().contains("ResNet for classification"), "{resnet}");
    let caffe2 = dict(&[("blobs", dict(&[("conv1_w", tensor("0", &[1]))]))]);
    let caffe2 = read(pth(&caffe2), &WeightsOptions::default()).unwrap_err();
    assert!(caffe2.to_string().contains("Caffe2"), "{caffe2}");
}

#[test]
fn what_a_file_holds_is_listed() {
    let value = dict(&[
        ("model", micro("0", "")),
        ("epoch", int(12)),
        ("args", object(("argparse", "Namespace"), dict(&[]))),
        ("loss", tensor("0", &[])),
    ]);
    let file = CheckpointFile::read(pth(&value)).unwrap();
    let entries: Vec<_> = file.entries().into_iter().map(|entry| (entry.name, entry.kind, entry.tensors)).collect();
    let expected =
        [("args", "argparse.Namespace", 0), ("epoch", "12", 0), ("loss", "", 1), ("model", "dict of 147", 147)];
    assert_eq!(entries, expected.map(|(name, kind, tensors)| (name.to_owned(), kind.to_owned(), tensors)));
}
