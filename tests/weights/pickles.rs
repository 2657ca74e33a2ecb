//! Pickles made by hand: views of a storage, and what must be refused.

use maskrcnn_web::weights::StateDict;
use maskrcnn_web::{Error, Result};
use proptest::prelude::*;

use crate::fixtures::archive;

/// An integer, as eight bytes.
fn int(value: i64) -> Vec<u8> {
    [&[0x8a, 8][..], &value.to_le_bytes()].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn tuple(items: &[i64]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|&item| int(item)).collect();
    [&b"("[..], &items, b"t"].concat()
}

/// `{"w": <the view of a float storage of `len` elements>}`
fn view(len: i64, offset: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let storage = [&b"("[..], &text("storage"), b"ctorch\nFloatStorage\n", &text("0"), &text("cpu"), &int(len), b"tQ"];
    let call = [&b"ctorch._utils\n_rebuild_tensor_v2\n("[..], &storage.concat(), &int(offset)].concat();
    let rest = [&tuple(shape)[..], &tuple(strides), b"\x89}tR"].concat();
    [&b"\x80\x02}"[..], &text("w"), &call, &rest, b"s."].concat()
}

/// A `.pth` file with this pickle and the storage 0, 1, 2, … 11.
fn pth(pickle: &[u8]) -> Vec<u8> {
    let storage: Vec<u8> = (0..12).flat_map(|value| (value as f32).to_le_bytes()).collect();
    archive(&[("x/data.pkl", pickle), ("x/data/0", &storage)])
}

fn values(pickle: &[u8]) -> Result<Vec<f32>> {
    StateDict::from_bytes(pth(pickle))?.get("w").ok_or(Error::Internal("no w".into()))?.to_f32()
}

#[test]
fn strides_and_offsets_are_honoured() {
    assert_eq!(values(&view(12, 2, &[2, 2], &[2, 1])).unwrap(), [2.0, 3.0, 4.0, 5.0]);
    assert_eq!(values(&view(12, 0, &[3, 4], &[1, 3])).unwrap(), [0., 3., 6., 9., 1., 4., 7., 10., 2., 5., 8., 11.]);
    assert_eq!(values(&view(12, 1, &[2, 1, 3], &[6, 1, 2])).unwrap(), [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
    assert_eq!(values(&view(12, 11, &[], &[])).unwrap(), [11.0]);
    assert_eq!(values(&view(12, 3, &[2, 2], &[0, 1])).unwrap(), [3.0, 4.0, 3.0, 4.0]);
}

#[test]
fn a_view_beyond_its_storage_is_damage() {
    let huge = i64::MAX;
    let beyond = [
        view(12, 9, &[2, 2], &[2, 1]),
        view(12, 12, &[], &[]),
        view(12, 0, &[13], &[1]),
        view(12, 0, &[2], &[12]),
        view(12, 0, &[1 << 40], &[0]),
        view(12, 0, &[huge, huge], &[1, 1]),
        view(12, 0, &[2], &[huge]),
        view(12, huge, &[2], &[huge]),
        view(12, 0, &[3], &[1, 1]),
        view(12, -1, &[2], &[1]),
        view(12, 0, &[-2], &[1]),
        view(13, 0, &[2], &[1]),
        view(huge, 0, &[2], &[1]),
        view(-1, 0, &[2], &[1]),
    ];
    for pickle in beyond {
        assert_eq!(values(&pickle).unwrap_err().code(), "weights-integrity");
    }
}

#[test]
fn a_pickle_that_would_run_code_is_refused_and_runs_nothing() {
    let marker = std::env::temp_dir().join(format!("maskrcnn-web-pickle-{}", std::process::id()));
    let command = text(&format!("touch {}", marker.display()));
    let by_line = [&b"\x80\x02cposix\nsystem\n"[..], &command, b"\x85R."].concat();
    let by_stack = [&b"\x80\x04"[..], &text("posix"), &text("system"), b"\x93", &command, b"\x85R."].concat();
    let in_state = [&b"\x80\x02}"[..], &text("w"), &by_line[2..by_line.len() - 1], b"s."].concat();
    for pickle in [by_line, by_stack, in_state] {
        let error = StateDict::from_bytes(pth(&pickle)).unwrap_err();
        assert_eq!(error.code(), "weights-incompatible");
        assert!(error.to_string().contains("`posix.system`"), "{error}");
    }
    assert!(!marker.exists());
}

#[test]
fn a_whole_model_instead_of_its_state_dict_is_named() {
    let pickle = b"\x80\x02ctorchvision.models.detection.mask_rcnn\nMaskRCNN\n)\x81.";
    let error = StateDict::from_bytes(pth(pickle)).unwrap_err();
    assert!(error.to_string().contains("`torchvision.models.detection.mask_rcnn.MaskRCNN`"), "{error}");
    assert!(error.to_string().contains("model.state_dict()"), "{error}");
}

#[test]
fn instructions_that_make_objects_are_refused() {
    for opcode in [b'i', b'o', 0x81, 0x92, b'P', 0x82, 0x97] {
        let error = StateDict::from_bytes(pth(&[0x80, 2, b'(', opcode, b'.'])).unwrap_err();
        assert_eq!(error.code(), "weights-incompatible", "0x{opcode:02x}");
    }
}

#[test]
fn pickles_without_a_state_dict_say_so() {
    for pickle in [&b"\x80\x02}."[..], b"\x80\x02].", b"\x80\x02N.", b"\x80\x02}X\x05\0\0\0model}s."] {
        let error = StateDict::from_bytes(pth(pickle)).unwrap_err();
        assert_eq!(error.code(), "weights-incompatible");
        assert!(error.to_string().contains("no state dict"), "{error}");
    }
}

#[test]
fn a_pickle_that_piles_up_values_is_stopped() {
    let values = b"N".repeat((1 << 20) + 1);
    let nested = [&b"\x80\x02"[..], &b"(".repeat(100_000), &b"t".repeat(100_000), b"."].concat();
    let long = vec![b'('; (16 << 20) + 1];
    for pickle in [values, nested, long] {
        assert_eq!(StateDict::from_bytes(pth(&pickle)).unwrap_err().code(), "weights-incompatible");
    }
}

#[test]
fn a_text_longer_than_the_pickle_is_damage() {
    for pickle in
        [&b"\x80\x02X\xff\xff\xff\xff."[..], b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", b"\x80\x02cos\n"]
    {
        assert_eq!(StateDict::from_bytes(pth(pickle)).unwrap_err().code(), "weights-integrity");
    }
}

proptest! {
    /// Any run of known instructions and arguments ends in a result, never in a panic.
    #[test]
    fn random_pickles_never_panic(program in prop::collection::vec(prop::sample::select(pieces()), 0..40)) {
        let pickle = [&b"\x80\x02"[..], &program.concat(), b"."].concat();
        let _ = StateDict::from_bytes(pth(&pickle));
    }

    #[test]
    fn random_views_never_panic(
        len in any::<i64>(), offset in -2..14_i64, shape in prop::collection::vec(-1..5_i64, 0..4), seed in any::<u64>(),
    ) {
        let strides: Vec<i64> = (0..shape.len()).map(|axis| (seed >> (axis * 3) & 7) as i64).collect();
        let _ = values(&view(len, offset, &shape, &strides));
        if let Ok(values) = values(&view(12, offset, &shape, &strides)) {
            prop_assert_eq!(values.len() as i64, shape.iter().product::<i64>());
            prop_assert_eq!(values[0] as i64, offset);
        }
    }
}

fn pieces() -> Vec<Vec<u8>> {
    let opcodes = b"(012N\x88\x89)t\x85\x86\x87]ae}suRbQ\x93\x94".map(|opcode| vec![opcode]);
    let whole = view(12, 0, &[2], &[1]);
    let calls = [
        whole[3..whole.len() - 2].to_vec(),
        b"ccollections\nOrderedDict\n".to_vec(),
        b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(),
        b"ctorch._utils\n_rebuild_parameter\n".to_vec(),
        b"ctorch\nHalfStorage\n".to_vec(),
    ];
    let memo = [b"q\0".to_vec(), b"h\0".to_vec(), b"q\x01".to_vec(), b"h\x01".to_vec()];
    let values = [text("storage"), text("0"), text("model"), int(0), int(3), int(-1), tuple(&[2, 3]), tuple(&[3, 1])];
    opcodes.into_iter().chain(calls).chain(memo).chain(values).collect()
}
