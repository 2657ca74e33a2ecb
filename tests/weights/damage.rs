//! Damaged files: always a typed error or the undamaged tensors, never a panic.
//!
//! `PROPTEST_CASES=100000 cargo test --release --test weights damage` looks longer than the usual 256
//! cases each.

use std::sync::LazyLock;

use maskrcnn_web::weights::{StateDict, WeightsOptions, read};
use maskrcnn_web::{Error, Result};
use proptest::prelude::*;

use crate::fixtures::{archive, entry, reference};

static SAFETENSORS: LazyLock<Vec<u8>> = LazyLock::new(|| reference("micro.safetensors"));
static PTH: LazyLock<Vec<u8>> = LazyLock::new(|| reference("micro.pth"));
static CHECKPOINT: LazyLock<Vec<u8>> = LazyLock::new(|| reference("micro_checkpoint.pth"));

static LEGACY: LazyLock<Vec<u8>> = LazyLock::new(|| reference("micro_legacy.pth"));
static RUN: LazyLock<Vec<u8>> = LazyLock::new(|| reference("micro_run.pth"));
static MODULE: LazyLock<Vec<u8>> = LazyLock::new(|| reference("micro_module.pth"));
static PKL: LazyLock<Vec<u8>> = LazyLock::new(|| reference("detectron2.pkl"));

fn fixture() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![
        Just(&SAFETENSORS[..]),
        Just(&PTH[..]),
        Just(&CHECKPOINT[..]),
        Just(&PKL[..]),
        Just(&LEGACY[..]),
        Just(&RUN[..]),
        Just(&MODULE[..])
    ]
}

/// Reads to the end, and checks that an error is one of the two that tell about weights.
fn outcome(bytes: Vec<u8>) -> Result<Vec<(String, Vec<f32>)>> {
    let tensors = read(bytes, &WeightsOptions::default()).map(|weights| weights.tensors);
    if let Err(error) = &tensors {
        assert!(matches!(error, Error::WeightsIntegrity(_) | Error::WeightsIncompatible(_)), "{error:?}");
    }
    Ok(tensors?.iter().map(|(path, data)| (path.to_owned(), data.clone().try_into_vec().unwrap())).collect())
}

#[test]
fn a_number_that_turns_infinite_is_found() {
    let mut bytes = SAFETENSORS.clone();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert_eq!(outcome(bytes).unwrap_err().code(), "weights-integrity");
}

#[test]
fn a_variance_that_turns_negative_is_found() {
    let state = StateDict::from_bytes(SAFETENSORS.clone()).unwrap();
    let variance = state.get("backbone.body.bn1.running_var").unwrap().to_bytes().unwrap();
    let mut bytes = SAFETENSORS.clone();
    let start = bytes.windows(variance.len()).position(|window| window == variance).unwrap();
    bytes[start + 3] ^= 0x80;
    let error = outcome(bytes).unwrap_err();
    assert_eq!(error.code(), "weights-integrity");
    assert!(error.to_string().contains("`backbone.body.conv1`"), "{error}");
}

proptest! {
    #[test]
    fn truncated_files_are_damaged(bytes in fixture(), length in any::<prop::sample::Index>()) {
        let truncated = bytes[..length.index(bytes.len())].to_vec();
        prop_assert_eq!(outcome(truncated).unwrap_err().code(), "weights-integrity");
    }

    /// A `.pth` has checksums: a flipped bit is noticed, or was in a place without meaning.
    #[test]
    fn a_flipped_bit_in_a_pth_changes_no_number(
        which in prop::bool::ANY, place in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let whole = if which { &PTH } else { &CHECKPOINT };
        let mut bytes = whole.to_vec();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(tensors) = outcome(bytes) {
            prop_assert_eq!(tensors, outcome(whole.to_vec()).unwrap(), "bit {} of byte {}", bit, place);
        }
    }

    /// A `.safetensors` has none: a flipped bit in a number may pass, but nothing panics.
    #[test]
    fn a_flipped_bit_in_a_safetensors_never_panics(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = SAFETENSORS.clone();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let _ = outcome(bytes);
    }

    #[test]
    fn a_damaged_safetensors_header_never_panics(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = SAFETENSORS.clone();
        let header = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        bytes[place.index(8 + header)] = byte;
        let _ = outcome(bytes);
    }

    /// The legacy format has no checksums either, and its pickles come first.
    #[test]
    fn a_damaged_legacy_file_never_panics(
        run in prop::bool::ANY, places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        in_the_pickles in prop::bool::ANY,
    ) {
        let mut bytes = if run { RUN.clone() } else { LEGACY.clone() };
        let length = if in_the_pickles { 15_000 } else { bytes.len() };
        for (place, byte) in places {
            bytes[place.index(length)] = byte;
        }
        let _ = outcome(bytes);
    }

    /// Past the checksums, into the pickle itself.
    #[test]
    fn a_damaged_pickle_never_panics(
        which in 0..3, places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (whole, name) = match which {
            0 => (&CHECKPOINT, "micro_checkpoint"),
            1 => (&MODULE, "micro_module"),
            _ => (&PTH, "micro"),
        };
        let mut pickle = entry(whole, &format!("{name}/data.pkl"));
        for (place, byte) in places {
            let place = place.index(pickle.len());
            pickle[place] = byte;
        }
        let storages: Vec<_> = (0..200).map(|i| (format!("x/data/{i}"), vec![0_u8; 4096])).collect();
        let mut entries = vec![("x/data.pkl", &pickle[..])];
        entries.extend(storages.iter().map(|(name, content)| (name.as_str(), &content[..])));
        let _ = outcome(archive(&entries));
    }

    /// A `.pkl` has no checksums, and its instructions lie between its numbers.
    #[test]
    fn a_damaged_pkl_never_panics(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), at_the_start in prop::bool::ANY,
    ) {
        let mut bytes = PKL.clone();
        let length = if at_the_start { 2000 } else { bytes.len() };
        for (place, byte) in places {
            bytes[place.index(length)] = byte;
        }
        let _ = outcome(bytes);
    }

    #[test]
    fn random_bytes_are_refused(
        start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\x10\0\0\0\0\0\0\0{", b"\x80\x02", b"{\0\0\0\0\0\0\0{"]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(outcome([start, &rest].concat()).is_err());
    }
}
