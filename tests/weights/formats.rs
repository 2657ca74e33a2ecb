//! `.safetensors` and zipped `.pth`: the same tensors whichever way they come.

use burn::tensor::DType;
use maskrcnn_web::weights::StateDict;
use safetensors::Dtype;

use crate::fixtures::{archive, entry, header_only, one_tensor, reference};

fn code_and_message(bytes: Vec<u8>) -> (&'static str, String) {
    let error = StateDict::from_bytes(bytes).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn pth_and_safetensors_hold_the_same_tensors() {
    let safetensors = StateDict::from_bytes(reference("micro.safetensors")).unwrap();
    let pth = StateDict::from_bytes(reference("micro.pth")).unwrap();
    assert_eq!(safetensors.len(), 147);
    assert!(safetensors.iter().map(|(name, _)| name).eq(pth.iter().map(|(name, _)| name)));
    for ((name, expected), (_, tensor)) in safetensors.iter().zip(pth.iter()) {
        assert_eq!((tensor.shape(), tensor.dtype()), (expected.shape(), DType::F32), "{name}");
        assert_eq!(tensor.to_bytes().unwrap(), expected.to_bytes().unwrap(), "{name}");
    }
}

/// Half precision, a nested state dict, pickle protocol 4, a parameter, a storage that two
/// tensors share, transposed tensors.
#[test]
fn a_training_checkpoint_holds_the_same_numbers() {
    let expected = StateDict::from_bytes(reference("micro.safetensors")).unwrap();
    let checkpoint = StateDict::from_bytes(reference("micro_checkpoint.pth")).unwrap();
    assert_eq!(checkpoint.len(), expected.len());
    for (name, tensor) in checkpoint.iter() {
        let expected = expected.get(name).unwrap();
        assert_eq!((tensor.shape(), tensor.dtype()), (expected.shape(), DType::F16), "{name}");
        assert_eq!(tensor.to_f32().unwrap(), expected.to_f32().unwrap(), "{name}");
    }
}

/// Newer releases of torch write more entries, none of which changes a number.
#[test]
fn the_entries_of_newer_torch_are_known() {
    let micro = reference("micro.pth");
    let storages: Vec<_> =
        (0..147).map(|i| (format!("new/data/{i}"), entry(&micro, &format!("micro/data/{i}")))).collect();
    let pickle = entry(&micro, "micro/data.pkl");
    let mut entries: Vec<(&str, &[u8])> = vec![
        ("new/data.pkl", &pickle),
        ("new/.format_version", b"1"),
        ("new/.storage_alignment", b"64"),
        ("new/byteorder", b"little"),
    ];
    entries.extend(storages.iter().map(|(name, content)| (name.as_str(), &content[..])));
    entries.extend([("new/version", &b"3\n"[..]), ("new/.data/serialization_id", b"0123456789")]);
    let state = StateDict::from_bytes(archive(&entries)).unwrap();
    let expected = StateDict::from_bytes(micro).unwrap();
    assert_eq!(state.len(), expected.len());
    for ((name, tensor), (_, expected)) in state.iter().zip(expected.iter()) {
        assert_eq!(tensor.to_bytes().unwrap(), expected.to_bytes().unwrap(), "{name}");
    }
}

#[test]
fn every_float_type_is_converted() {
    let cases: [(Dtype, Vec<u8>); 4] = [
        (Dtype::F32, [1.5_f32, -0.25].map(f32::to_le_bytes).concat()),
        (Dtype::F64, [1.5_f64, -0.25].map(f64::to_le_bytes).concat()),
        (Dtype::F16, [0x3e00_u16, 0xb400].map(u16::to_le_bytes).concat()),
        (Dtype::BF16, [0x3fc0_u16, 0xbe80].map(u16::to_le_bytes).concat()),
    ];
    for (dtype, bytes) in cases {
        let state = StateDict::from_bytes(one_tensor(dtype, &[2, 1], &bytes)).unwrap();
        assert_eq!(state.get("tensor").unwrap().to_f32().unwrap(), [1.5, -0.25], "{dtype:?}");
    }
}

#[test]
fn integers_are_not_weights() {
    let state = StateDict::from_bytes(one_tensor(Dtype::I64, &[1], &7_i64.to_le_bytes())).unwrap();
    assert_eq!(state.get("tensor").unwrap().to_f32().unwrap_err().code(), "weights-incompatible");
}

#[test]
fn infinite_and_missing_numbers_are_damage() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let state = StateDict::from_bytes(one_tensor(Dtype::F32, &[1], &value.to_le_bytes())).unwrap();
        let error = state.get("tensor").unwrap().to_f32().unwrap_err();
        assert_eq!(error.code(), "weights-integrity");
        assert!(error.to_string().contains("`tensor`"), "{error}");
    }
}

#[test]
fn an_empty_tensor_is_refused() {
    let (code, message) = code_and_message(one_tensor(Dtype::F32, &[0, 3], &[]));
    assert_eq!(code, "weights-incompatible");
    assert!(message.contains("`tensor`"), "{message}");
}

#[test]
fn other_files_are_told_apart() {
    let (code, message) = code_and_message([&[b'x'; 257][..], b"ustar\0"].concat());
    assert_eq!(code, "weights-incompatible");
    assert!(message.contains("tar archive") && message.contains("save it again"), "{message}");
    for other in [&b""[..], b"\x89PNG\r\n\x1a\n0000", b"version https://git-lfs.github.com/spec/v1"] {
        assert_eq!(code_and_message(other.to_vec()).0, "weights-integrity");
    }
    assert_eq!(code_and_message(archive(&[("holiday.jpg", b"jpg")])).0, "weights-incompatible");
}

#[test]
fn a_safetensors_header_that_claims_too_much_is_damage() {
    let offsets = |end: &str| {
        let tensor = format!(r#"{{"dtype":"U8","shape":[{end}],"data_offsets":[0,{end}]}}"#);
        header_only(&format!(r#"{{"tensor":{tensor}}}"#))
    };
    let mut long = header_only("{}");
    long[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let nested = header_only(&format!("{{\"a\":{}", "[".repeat(100_000)));
    // The sum of these offsets and the header's own length overflows 64 bits.
    for bytes in [offsets("1000"), offsets("2305843009213693951"), offsets(&u64::MAX.to_string()), long, nested] {
        assert_eq!(code_and_message(bytes).0, "weights-integrity");
    }
}

#[test]
fn numbers_inside_of_names_are_not_claims() {
    let header = r#"{"__metadata__":{"a\"99999":"12345\\"},"9999999":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let state = StateDict::from_bytes([header_only(header), vec![7]].concat()).unwrap();
    assert_eq!(state.get("9999999").unwrap().to_bytes().unwrap(), [7]);
}

#[test]
fn a_compressed_entry_is_named() {
    let mut bytes = archive(&[("x/data.pkl", b"\x80\x02}."), ("x/version", b"3\n")]);
    // The compression method, in the local header and in the central directory.
    for (signature, offset) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let header = bytes.windows(4).position(|window| window == signature).unwrap();
        bytes[header + offset] = 8;
    }
    let (code, message) = code_and_message(bytes);
    assert_eq!(code, "weights-incompatible");
    assert!(message.contains("`x/data.pkl`") && message.contains("compressed"), "{message}");
}

#[test]
fn a_big_endian_file_is_refused() {
    let (code, message) = code_and_message(archive(&[("x/data.pkl", b"\x80\x02}."), ("x/byteorder", b"big")]));
    assert_eq!(code, "weights-incompatible");
    assert!(message.contains("big-endian"), "{message}");
}
