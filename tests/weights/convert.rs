//! A model's folder, made of a checkpoint.

use maskrcnn_web::weights::{
    Converted, Precision, StateDict, Weights, WeightsFile, WeightsOptions, convert, default_labels, file_stem,
    half_precision, int8, pack, read, single_precision,
};

use crate::fixtures::reference;

#[test]
fn every_kind_of_checkpoint_becomes_a_folder_of_the_same_network() {
    for file in ["micro.pth", "micro_checkpoint.pth", "tiny_v2.safetensors", "detectron2.pkl"] {
        let Converted { mut manifest, weights } =
            convert(reference(file), Precision::F16, "mine", None, &WeightsOptions::default()).unwrap();
        let state = StateDict::from_bytes(reference(file)).unwrap();
        assert!(weights == half_precision(&state).unwrap(), "{file}");
        assert_eq!(manifest.weights, [WeightsFile::of("mine.safetensors", &weights)], "{file}");

        let Weights { layout, settings, .. } = read(reference(file), &WeightsOptions::default()).unwrap();
        manifest.check_layout(&layout).unwrap();
        assert_eq!(manifest.settings, settings, "{file}");
        assert_eq!((manifest.name.as_str(), manifest.precision), ("mine", Some(Precision::F16)));
        manifest.labels.push("one more".into());
        assert!(manifest.check_layout(&layout).is_err(), "{file} has another number of labels than classes");
    }
}

#[test]
fn the_precision_is_the_one_that_is_asked_for() {
    let state = StateDict::from_bytes(reference("micro.pth")).unwrap();
    for (precision, expected) in [
        (Precision::F32, single_precision(&state)),
        (Precision::F16, half_precision(&state)),
        (Precision::Int8, int8(&state)),
    ] {
        let packed = pack(reference("micro.pth"), precision, &WeightsOptions::default()).unwrap();
        assert!(packed.weights == expected.unwrap(), "{precision:?}");
    }
}

#[test]
fn labels_must_be_as_many_as_the_classes() {
    let labelled = |count: usize| {
        let labels = (0..count).map(|class| format!("thing {class}")).collect();
        convert(reference("detectron2.pkl"), Precision::F16, "mine", Some(labels), &WeightsOptions::default())
    };
    assert_eq!(labelled(6).unwrap().manifest.labels[5], "thing 5");
    for count in [0, 5, 7] {
        assert_eq!(labelled(count).unwrap_err().code(), "invalid-input");
    }
}

#[test]
fn without_labels_there_are_cocos_or_numbers() {
    let labels = |count: usize, class: usize| default_labels(count)[class].clone();
    assert_eq!([labels(91, 0), labels(91, 90)], ["background", "toothbrush"]);
    assert_eq!([labels(81, 12), labels(81, 80)], ["stop sign", "toothbrush"]);
    assert_eq!([labels(6, 1), labels(6, 5)], ["class 1", "class 5"]);
    for count in [2, 6, 81, 91] {
        assert_eq!(default_labels(count).len(), count);
    }
}

#[test]
fn what_is_no_network_is_no_folder() {
    let code =
        |bytes: Vec<u8>| convert(bytes, Precision::F16, "mine", None, &WeightsOptions::default()).unwrap_err().code();
    assert_eq!(code(Vec::new()), "weights-integrity");
    assert_eq!(code(b"this is not a model".to_vec()), "weights-integrity");
    let whole = reference("micro.pth");
    assert_eq!(code(whole[..whole.len() / 2].to_vec()), "weights-integrity");
    assert_eq!(code(reference("ops.safetensors")), "weights-incompatible");
}

#[test]
fn a_file_is_called_as_the_model_without_what_folders_are_made_of() {
    for (name, stem) in
        [("a b", "a-b"), ("../up", "-up"), ("Zellen_2.1", "Zellen_2.1"), ("", "weights"), ("..", "weights")]
    {
        assert_eq!(file_stem(name), stem);
    }
}
