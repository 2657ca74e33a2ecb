//! The format of torch before 1.6.

use maskrcnn_web::weights::{CheckpointFile, Format, StateDict, WeightsOptions, read};
use maskrcnn_web::{Error, Result};

use crate::fixtures::reference;
use crate::pickle_builder::{call, dict, global, int, legacy_with, old_text, storage, text, tuple};

/// `{"w": <the tensor>}` with the storage 0, 1, 2, … 11.
fn file(tensor: &[u8]) -> Vec<u8> {
    legacy_with(&dict(&[("w", tensor.to_vec())]), &[("s", (0..12).map(|value| value as f32).collect())])
}

fn values(bytes: Vec<u8>) -> Result<Vec<f32>> {
    StateDict::from_bytes(bytes)?.get("w").ok_or(Error::Internal("no w".into()))?.to_f32()
}

fn error(bytes: Vec<u8>) -> (&'static str, String) {
    let error = values(bytes).unwrap_err();
    (error.code(), error.to_string())
}

/// The view of a storage of 12 elements; `part` is what the legacy format has after its length.
fn view(function: &str, class: (&str, &str), part: &[u8], [offset, size]: [i64; 2]) -> Vec<u8> {
    let storage = storage(class, "s", 12, part);
    call(("torch._utils", function), &[storage, int(offset), tuple(&[size]), tuple(&[1]), vec![0x89], b"}".to_vec()])
}

#[test]
fn the_legacy_format_holds_the_same_tensors_as_the_zip_archive() {
    let zip = StateDict::from_bytes(reference("micro.pth")).unwrap();
    let file = CheckpointFile::read(reference("micro_legacy.pth")).unwrap();
    assert_eq!(file.format(), Format::TorchLegacy);
    let legacy = file.select(None, None).unwrap().state;
    assert_eq!((zip.len(), legacy.len()), (147, 147));
    for ((name, expected), (other_name, tensor)) in zip.iter().zip(legacy.iter()) {
        assert_eq!((other_name, tensor.shape(), tensor.dtype()), (name, expected.shape(), expected.dtype()));
        assert_eq!(tensor.to_bytes().unwrap(), expected.to_bytes().unwrap(), "{name}");
    }
}

/// torchvision's own training script, with all that it and others save beside the weights.
#[test]
fn a_training_scripts_file_holds_the_same_network() {
    let options = WeightsOptions::default();
    let expected = read(reference("micro.pth"), &options).unwrap();
    let found = read(reference("micro_run.pth"), &options).unwrap();
    assert_eq!((&found.layout, &found.settings), (&expected.layout, &expected.settings));
    assert!(found.tensors.iter().eq(expected.tensors.iter()));
}

#[test]
fn both_kinds_of_storage_and_of_rebuilding_are_known() {
    for class in [("torch", "FloatStorage"), ("torch.cuda", "FloatStorage"), ("torch.cuda", "FloatTensor")] {
        for function in ["_rebuild_tensor", "_rebuild_tensor_v2"] {
            assert_eq!(values(file(&view(function, class, b"N", [3, 2]))).unwrap(), [3.0, 4.0], "{class:?} {function}");
        }
    }
    // Files of torch before 0.1.11 have no part.
    assert_eq!(values(file(&view("_rebuild_tensor", ("torch", "FloatStorage"), b"", [3, 2]))).unwrap(), [3.0, 4.0]);
}

#[test]
fn a_tensor_of_a_part_of_a_storage_counts_from_there() {
    let part = |offset, len| [&b"("[..], &text("v"), &int(offset), &int(len), b"t"].concat();
    let of = |offset, len, view_of| {
        file(&view("_rebuild_tensor_v2", ("torch", "FloatStorage"), &part(offset, len), view_of))
    };
    assert_eq!(values(of(5, 4, [0, 2])).unwrap(), [5.0, 6.0]);
    assert_eq!(values(of(5, 4, [2, 2])).unwrap(), [7.0, 8.0]);
    for (offset, len, view_of) in [(5, 4, [3, 2]), (10, 4, [0, 1]), (-1, 4, [0, 1]), (0, i64::MAX, [0, 1])] {
        assert_eq!(error(of(offset, len, view_of)).0, "weights-integrity", "{offset} {len} {view_of:?}");
    }
}

#[test]
fn a_typed_view_of_untyped_bytes_is_read() {
    let bytes = storage(("torch.storage", "UntypedStorage"), "s", 48, b"N");
    let tensor = |dtype: &str| {
        let arguments =
            [bytes.clone(), int(2), tuple(&[2]), tuple(&[1]), vec![0x89], b"}".to_vec(), global("torch", dtype)];
        call(("torch._utils", "_rebuild_tensor_v3"), &arguments)
    };
    let numbers = (0..12).flat_map(|value| (value as f32).to_le_bytes());
    // The count is of bytes.
    let mut file = legacy_with(&dict(&[("w", tensor("float32"))]), &[("s", vec![])]);
    let end = file.len() - 8;
    file[end..].copy_from_slice(&48_i64.to_le_bytes());
    file.extend(numbers);
    assert_eq!(values(file).unwrap(), [2.0, 3.0]);
    let zip = |dtype| {
        let pickle = [&b"\x80\x02"[..], &dict(&[("w", tensor(dtype))]), b"."].concat();
        let numbers: Vec<u8> = (0..12).flat_map(|value| (value as f32).to_le_bytes()).collect();
        crate::fixtures::archive(&[("x/data.pkl", &pickle), ("x/data/s", &numbers)])
    };
    assert_eq!(values(zip("float32")).unwrap(), [2.0, 3.0]);
    let (code, message) = error(zip("complex64"));
    assert!(code == "weights-incompatible" && message.contains("`w`") && message.contains("complex64"), "{message}");
}

#[test]
fn parameters_of_any_age_are_tensors() {
    let inner = view("_rebuild_tensor", ("torch", "FloatStorage"), b"N", [1, 2]);
    for parameter in [
        call(("torch._utils", "_rebuild_parameter"), &[inner.clone(), vec![0x88], b"}".to_vec()]),
        call(
            ("torch._utils", "_rebuild_parameter_with_state"),
            &[inner.clone(), vec![0x88], b"}".to_vec(), b"}".to_vec()],
        ),
        [&global("torch.nn.parameter", "Parameter")[..], b"(", &inner, b"t\x81}b"].concat(),
        call(("torch.nn", "Parameter"), &[inner.clone(), vec![0x88]]),
        call(("torch.autograd.variable", "Variable"), std::slice::from_ref(&inner)),
    ] {
        assert_eq!(values(file(&parameter)).unwrap(), [1.0, 2.0]);
    }
}

/// Names are bytes there, an ordered dictionary is made of a list of pairs, and its attributes follow.
#[test]
fn python_2s_pickles_are_read() {
    let tensor = view("_rebuild_tensor", ("torch", "FloatStorage"), b"N", [4, 3]);
    let pair = [&b"]("[..], &old_text("w"), &tensor, b"e"].concat();
    let ordered = [
        &call(("collections", "OrderedDict"), &[[b"](", &pair[..], b"e"].concat()])[..],
        b"}(",
        &old_text("_metadata"),
        b"}ub",
    ]
    .concat();
    let storages = [("s", (0..12).map(|value| value as f32).collect())];
    assert_eq!(values(legacy_with(&ordered, &storages)).unwrap(), [4.0, 5.0, 6.0]);
    let entry = [&b"}"[..], &old_text("w"), &tensor, b"s"].concat();
    assert_eq!(values(legacy_with(&entry, &storages)).unwrap(), [4.0, 5.0, 6.0]);
}

/// In binary, and as protocols 0 and 1 of pickle have it.
#[test]
fn the_magic_number_is_recognised_in_every_protocol() {
    let whole = file(&view("_rebuild_tensor_v2", ("torch", "FloatStorage"), b"N", [0, 2]));
    let binary = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
    let rest = whole.strip_prefix(binary).unwrap();
    for start in [
        &b"L119547037146038801333356L\n.M\xe9\x03."[..],
        b"L119547037146038801333356L\n.I1001\n.",
        b"\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x04\x95\x04\0\0\0\0\0\0\0M\xe9\x03.",
    ] {
        assert_eq!(values([start, rest].concat()).unwrap(), [0.0, 1.0]);
    }
    let (code, message) = error([&binary[..binary.len() - 3], b"\xea\x03.", rest].concat());
    assert!(code == "weights-incompatible" && message.contains("version"), "{message}");
}

#[test]
fn a_big_endian_file_is_refused() {
    let mut bytes = file(&view("_rebuild_tensor_v2", ("torch", "FloatStorage"), b"N", [0, 2]));
    let name = b"little_endian";
    let place = bytes.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    assert_eq!(bytes[place], 0x88);
    bytes[place] = 0x89;
    let (code, message) = error(bytes);
    assert!(code == "weights-incompatible" && message.contains("big-endian"), "{message}");
}

#[test]
fn lying_counts_are_damage() {
    let whole = file(&view("_rebuild_tensor_v2", ("torch", "FloatStorage"), b"N", [0, 2]));
    let place = whole.len() - 12 * 4 - 8;
    for count in [11, 13, 0, -1, i64::MAX, i64::MIN] {
        let mut bytes = whole.clone();
        bytes[place..place + 8].copy_from_slice(&i64::to_le_bytes(count));
        assert_eq!(error(bytes).0, "weights-integrity", "{count}");
    }
    // A pickle that says the same as the count, and both too much.
    let storage = |len| storage(("torch", "FloatStorage"), "s", len, b"N");
    let tensor = |len| call(("torch._utils", "_rebuild_tensor"), &[storage(len), int(0), tuple(&[2]), tuple(&[1])]);
    for len in [13, i64::MAX, -1] {
        let mut bytes = file(&tensor(len));
        let place = bytes.len() - 12 * 4 - 8;
        bytes[place..place + 8].copy_from_slice(&len.to_le_bytes());
        assert_eq!(error(bytes).0, "weights-integrity", "{len}");
    }
    let unnamed = legacy_with(&dict(&[("w", tensor(12))]), &[]);
    assert!(error(unnamed).1.contains("no numbers in the file"));
    let unused = legacy_with(&dict(&[("w", tensor(12))]), &[("s", vec![0.0; 12]), ("t", vec![0.0; 3])]);
    assert!(error(unused).1.contains("`t`"));
}

#[test]
fn a_storage_of_an_unknown_type_is_named() {
    let (code, message) = error(file(&view("_rebuild_tensor_v2", ("torch", "QInt8Storage"), b"N", [0, 2])));
    assert!(code == "weights-incompatible" && message.contains("`s`"), "{message}");
}
