//! What is read from outside (checkpoints, manifests, images), changed at random: always a value or a typed
//! error, never a panic, and no more memory than the input accounts for.
//!
//! `PROPTEST_CASES=100000 cargo test --release --test parsing` looks much longer than the usual run does.

#![cfg(feature = "cli")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use maskrcnn_web::image::Image;
use maskrcnn_web::weights::{Manifest, StateDict, WeightsOptions, int8, read};
use maskrcnn_web::{Error, config};
use proptest::prelude::*;
use proptest::sample::Index;

/// Counts the bytes that each thread holds, and the most that it ever held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let held = HELD.get() + bytes;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Peak of the bytes that `run` allocated.
fn held<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let result = run();
    (result, (PEAK.get() - before) as usize)
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One of each format.
static CHECKPOINTS: LazyLock<[Vec<u8>; 5]> = LazyLock::new(|| {
    let micro = bytes("tests/reference/micro.safetensors");
    let small = int8(&StateDict::from_bytes(micro.clone()).expect("a state dict")).expect("a file");
    let [pth, nested, pkl] =
        ["micro.pth", "micro_checkpoint.pth", "detectron2.pkl"].map(|name| bytes(&format!("tests/reference/{name}")));
    [micro, small, pth, nested, pkl]
});

static PICTURES: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let names = ["tiny.png", "grey.png", "rotated.jpg"];
    names.map(|name| (name, bytes(&format!("tests/chromium/pictures/{name}")))).into()
});

/// Some changes of a file: bytes replaced, a part left out or said twice, its end cut off.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let part = |place: &Index, length: usize| {
            let start = place.index(bytes.len());
            start..(start + length).min(bytes.len())
        };
        match self {
            Change::Replace(place, byte) => {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            Change::Remove(place, length) => drop(bytes.drain(part(place, *length))),
            Change::Repeat(place, length) => {
                let part = part(place, *length);
                let copy = bytes[part.clone()].to_vec();
                bytes.splice(part.start..part.start, copy);
            }
            Change::Cut(place) => bytes.truncate(place.index(bytes.len())),
        }
    }
}

/// Changes anywhere, or only where headers are.
fn changes() -> impl Strategy<Value = (bool, Vec<Change>)> {
    let place = any::<Index>;
    let change = prop_oneof![
        6 => (place(), any::<u8>()).prop_map(|(place, byte)| Change::Replace(place, byte)),
        2 => (place(), 1..20_usize).prop_map(|(place, length)| Change::Remove(place, length)),
        2 => (place(), 1..20_usize).prop_map(|(place, length)| Change::Repeat(place, length)),
        1 => place().prop_map(Change::Cut),
    ];
    (any::<bool>(), prop::collection::vec(change, 1..5))
}

/// The file with these changes, or with its first 4,000 bytes changed so.
fn changed(whole: &[u8], (at_the_start, changes): &(bool, Vec<Change>)) -> Vec<u8> {
    let split = if *at_the_start { whole.len().min(4000) } else { whole.len() };
    let (start, rest) = whole.split_at(split);
    let mut start = start.to_vec();
    changes.iter().for_each(|change| change.apply(&mut start));
    [&start, rest].concat()
}

proptest! {
    #[test]
    fn a_changed_checkpoint_is_read_or_refused(which in 0..5_usize, changes in changes()) {
        let bytes = changed(&CHECKPOINTS[which], &changes);
        // A byte may be an instruction of a pickle, which builds a value of some dozen bytes.
        let most = bytes.len() * 128 + (1 << 20);
        let (result, held) = held(|| read(bytes, &WeightsOptions::default()));
        if let Err(error) = result {
            prop_assert!(matches!(error, Error::WeightsIntegrity(_) | Error::WeightsIncompatible(_)), "{error:?}");
        }
        prop_assert!(held <= most, "{held} bytes are more than {most}");
    }

    #[test]
    fn a_changed_manifest_is_read_or_refused(changes in changes()) {
        let json = changed(&bytes("models/nuclei/manifest.json"), &changes);
        let most = json.len() * 64 + (1 << 16);
        let (result, held) = held(|| Manifest::from_json(&json));
        prop_assert!(held <= most, "{held} bytes are more than {most}");
        match result {
            Ok(manifest) => drop(manifest.check_layout(&config::Layout::resnet50_fpn())),
            Err(error) => {
                prop_assert!(matches!(error, Error::WeightsIntegrity(_) | Error::WeightsIncompatible(_)), "{error:?}");
            }
        }
    }

    #[test]
    fn a_changed_picture_is_read_or_refused(which in 0..3_usize, changes in changes()) {
        let (name, whole) = &PICTURES[which];
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("changed-{name}"));
        std::fs::write(&path, changed(whole, &changes)).expect("the file is written");
        match Image::read(&path) {
            Ok(image) => prop_assert!((1..=Image::MAX_SIDE).contains(&image.width()) && image.height() <= Image::MAX_SIDE),
            Err(error) => prop_assert!(matches!(error, Error::InvalidInput(_)), "{error:?}"),
        }
    }
}
