//! Pickles made by hand: views of a storage, and what must be refused.

use maskrcnn_web::weights::StateDict;
use maskrcnn_web::{Error, Result};
use proptest::prelude::*;

use crate::fixtures::archive;
use crate::pickle_builder::{int, legacy_with, text, tuple};

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

/// The same pickle in each format that is one.
fn files(pickle: &[u8]) -> [Vec<u8>; 3] {
    let body = &pickle[2..pickle.len() - 1];
    let refers = body.windows(12).any(|window| window == b"FloatStorage");
    let storages: &[_] = if refers { &[("0", (0..12).map(|value| value as f32).collect())] } else { &[] };
    [pth(pickle), legacy_with(body, storages), pickle.to_vec()]
}

/// Every instruction by which Python calls something, with what a shell would do here.
#[test]
fn no_name_is_ever_called() {
    let marker = std::env::temp_dir().join(format!("maskrcnn-web-pickle-{}", std::process::id()));
    let command = text(&format!("touch {}", marker.display()));
    let arguments = [&command[..], b"\x85"].concat();
    let system = b"cposix\nsystem\n";
    let calls = [
        [&system[..], &arguments, b"R"].concat(),
        [&text("posix")[..], &text("system"), b"\x93", &arguments, b"R"].concat(),
        [&system[..], &arguments, b"\x81"].concat(),
        [&system[..], &arguments, b"}\x92"].concat(),
        [&b"("[..], system, &command, b"o"].concat(),
        [&b"("[..], &command, b"iposix\nsystem\n"].concat(),
        [&b"cbuiltins\nobject\n)\x81}"[..], &text("__setstate__"), system, b"sb"].concat(),
        [&b"cbuiltins\neval\n"[..], &arguments, b"R(", &command, &command, b"u"].concat(),
        [&b"ctorch._tensor\n_rebuild_from_type_v2\n("[..], system, system, &arguments, b"NtR"].concat(),
        [&b"ctorch._utils\n_rebuild_parameter\n("[..], system, &arguments, b"R\x89}tR"].concat(),
    ];
    let tensor = view(12, 0, &[2], &[1]);
    for call in calls {
        // On its own it holds no tensor; beside one it does not matter.
        for bytes in files(&[&b"\x80\x02"[..], &call, b"."].concat()) {
            let error = StateDict::from_bytes(bytes).unwrap_err();
            assert!(error.to_string().contains("no state dict"), "{error}");
        }
        let both = [&tensor[..tensor.len() - 1], &text("x"), &call, b"s."].concat();
        for bytes in files(&both).into_iter().take(2) {
            assert_eq!(StateDict::from_bytes(bytes).unwrap().get("w").unwrap().to_f32().unwrap(), [0.0, 1.0]);
        }
        assert!(!marker.exists());
    }
}

#[test]
fn a_whole_model_without_tensors_is_named() {
    let pickle = b"\x80\x02ctorchvision.models.detection.mask_rcnn\nMaskRCNN\n)\x81.";
    let error = StateDict::from_bytes(pth(pickle)).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible");
    assert!(error.to_string().contains("`torchvision.models.detection.mask_rcnn.MaskRCNN`"), "{error}");
    assert!(error.to_string().contains("model.state_dict()"), "{error}");
}

/// Each with what it takes, and what it leaves: the tensor after it is found.
#[test]
fn every_instruction_is_known() {
    let entry = view(12, 0, &[2], &[1]);
    let entry = &entry[3..entry.len() - 1];
    for value in [
        &b"F0.5\n"[..],
        b"G\0\0\0\0\0\0\0\0",
        b"I01\n",
        b"I-7\n",
        b"L12L\n",
        b"L119547037146038801333356L\n",
        b"\x8b\x02\0\0\0\x01\x02",
        b"S'it\\'s'\n",
        b"Vunicode\\u00e9\n",
        b"X\x02\0\0\0\xff\xfe",
        b"T\x02\0\0\0\xff\xfe",
        b"\x96\x02\0\0\0\0\0\0\0ab",
        b"\x8e\x02\0\0\0\0\0\0\0ab",
        b"\x8f(K\x01K\x02\x90",
        b"(K\x01\x91",
        b"(K\x01K\x02d",
        b"(K\x01l",
        b"Pname\n",
        b"\x82\x01",
        b"\x83\x01\0",
        b"\x84\x01\0\0\0",
        b"\x97\x98",
        b"K\x01p77\n0g77\n",
        b"(0K\x01",
        b"cdatetime\ndatetime\nU\x04\x07\xe3\x08\x01\x85R",
        b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\nX\x02\0\0\0f8\x85RU\x02abtR",
        b"ccollections\nCounter\n}(K\x10K\x01u\x85R",
        b"cmylib\nStack\n)\x81(K\x01K\x02e",
        b"cmylib\nTable\n)\x81(K\x01K\x02uN}\x86b",
    ] {
        let program = [&b"\x80\x04}"[..], &text("other"), value, b"s", entry, b"."].concat();
        assert_eq!(values(&program).unwrap(), [0.0, 1.0], "{}", value.escape_ascii());
    }
    assert_eq!(values(b"\x80\x02}\xff.").unwrap_err().code(), "weights-integrity");
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
        for bytes in files(&pickle) {
            let _ = StateDict::from_bytes(bytes);
        }
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
    let opcodes = b"(012N\x88\x89)t\x85\x86\x87]aeld}suRbQo\x81\x92\x8f\x90\x91\x93\x94\x97".map(|opcode| vec![opcode]);
    let whole = view(12, 0, &[2], &[1]);
    let calls = [
        whole[3..whole.len() - 2].to_vec(),
        b"ccollections\nOrderedDict\n".to_vec(),
        b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(),
        b"ctorch._utils\n_rebuild_parameter\n".to_vec(),
        b"ctorch\nHalfStorage\n".to_vec(),
        b"ctorch.storage\nUntypedStorage\n".to_vec(),
        b"ctorch._utils\n_rebuild_tensor_v3\n".to_vec(),
        b"ctorch._tensor\n_rebuild_from_type_v2\n".to_vec(),
        b"ctorch.nn\nParameter\n".to_vec(),
        b"ctorch\nfloat32\n".to_vec(),
        b"cnumpy\ndtype\n".to_vec(),
        b"cnumpy\nndarray\n".to_vec(),
        b"cnumpy.core.multiarray\n_reconstruct\n".to_vec(),
        b"cnumpy.core.numeric\n_frombuffer\n".to_vec(),
        b"c_codecs\nencode\n".to_vec(),
        b"cmylib\nThing\n".to_vec(),
    ];
    let memo = [b"q\0".to_vec(), b"h\0".to_vec(), b"q\x01".to_vec(), b"h\x01".to_vec()];
    let values = [
        text("storage"),
        text("0"),
        text("model"),
        text("_modules"),
        text("f4"),
        text("module"),
        b"U\x01w".to_vec(),
        b"C\x04abcd".to_vec(),
        int(0),
        int(3),
        int(-1),
        tuple(&[2, 3]),
        tuple(&[3, 1]),
    ];
    opcodes.into_iter().chain(calls).chain(memo).chain(values).collect()
}
