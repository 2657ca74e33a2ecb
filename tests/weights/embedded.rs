//! A manifest within the file of its weights.

use maskrcnn_web::Error;
use maskrcnn_web::weights::{Manifest, StateDict, Weights, WeightsFile, WeightsOptions, half_precision, read};

fn weights() -> Vec<u8> {
    std::fs::read("models/reference-tiny.safetensors").unwrap()
}

fn manifest() -> Manifest {
    let Weights { layout, settings, .. } = read(weights(), &WeightsOptions::default()).unwrap();
    let mut manifest =
        Manifest::new("tiny", &layout, settings, (0..91).map(|class| format!("Ding {class} „ü\"")).collect());
    manifest.settings.input.min_size = 77;
    manifest
}

#[test]
fn weights_with_a_manifest_are_the_same_weights() {
    let named = Manifest { weights: vec![WeightsFile::of("a.safetensors", b"")], ..manifest() };
    let described = named.embed(&weights()).unwrap();
    // The name of a file would be wrong once the file is renamed.
    assert_eq!(Manifest::embedded(&described), Ok(Some(manifest())));
    let (before, after) =
        (StateDict::from_bytes(weights()).unwrap(), StateDict::from_bytes(described.clone()).unwrap());
    assert_eq!(before.len(), after.len());
    for (name, tensor) in before.iter() {
        assert_eq!(tensor.to_bytes(), after.get(name).unwrap().to_bytes(), "{name}");
    }
    // A second one takes the place of the first.
    let other = Manifest { name: "other".into(), ..manifest() };
    assert_eq!(Manifest::embedded(&other.embed(&described).unwrap()), Ok(Some(other)));
}

#[test]
fn other_files_have_none() {
    assert_eq!(Manifest::embedded(&weights()), Ok(None));
    let packed = half_precision(&StateDict::from_bytes(weights()).unwrap()).unwrap();
    for file in [packed, std::fs::read("tests/reference/micro.pth").unwrap(), Vec::new(), vec![255; 9], b"{".to_vec()] {
        assert_eq!(Manifest::embedded(&file), Ok(None));
    }
    assert!(matches!(manifest().embed(b"not safetensors"), Err(Error::WeightsIntegrity(_))));
}

#[test]
fn a_manifest_that_is_not_one_is_told() {
    let described = manifest().embed(&weights()).unwrap();
    let text = String::from_utf8_lossy(&described).into_owned();
    assert!(text.contains("minSize"));
    let spoilt: Vec<u8> = {
        let (word, at) = (b"minSize", described.windows(7).position(|window| window == b"minSize").unwrap());
        let mut bytes = described;
        bytes[at..at + word.len()].copy_from_slice(b"maxSize");
        bytes
    };
    assert!(matches!(Manifest::embedded(&spoilt), Err(Error::WeightsIntegrity(_))));
}
