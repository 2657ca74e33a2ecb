//! Synthetic images.

use std::fs;

use maskrcnn_web::Error;
use maskrcnn_web::coco::Warnings;
use maskrcnn_web::train::synth::{SynthConfig, SynthKind, SynthPicture};
use maskrcnn_web::train::{CategoryIds, Dataset};

use crate::fixtures::folder;

fn small() -> SynthConfig {
    SynthConfig { pictures: 3, width: 96, height: 72, radius: [5.0, 8.0], ..SynthConfig::default() }
}

fn luma(picture: &SynthPicture, pixel: usize) -> f32 {
    let at = |channel: usize| f32::from(picture.image.rgba()[4 * pixel + channel]);
    0.3 * at(0) + 0.6 * at(1) + 0.1 * at(2)
}

#[test]
fn a_seed_makes_the_same_pictures_in_any_order() {
    let config = small();
    let pictures: Vec<SynthPicture> = (0..3).map(|index| config.picture(5, index).unwrap()).collect();
    assert_eq!(config.picture(5, 2).unwrap(), pictures[2]);
    assert_eq!(SynthConfig { pictures: 9, ..small() }.picture(5, 1).unwrap(), pictures[1]);
    assert_ne!(pictures[0].image, pictures[2].image);
    assert_ne!(config.picture(6, 0).unwrap().image, pictures[0].image);
}

#[test]
fn masks_are_apart_and_on_the_nuclei() {
    for index in 0..8 {
        let config = SynthConfig { width: 160, height: 120, ..SynthConfig::default() };
        let picture = config.picture(1, index).unwrap();
        let mut inside = vec![0u8; 160 * 120];
        for mask in &picture.masks {
            assert_eq!(mask.clone().trimmed().as_ref(), Some(mask));
            for (i, &pixel) in mask.pixels.iter().enumerate() {
                inside[(mask.part.y + i / mask.part.width) * 160 + mask.part.x + i % mask.part.width] += pixel;
            }
        }
        assert!(inside.iter().all(|&count| count <= 1));
        let mean = |wanted: u8| {
            let pixels: Vec<usize> = (0..inside.len()).filter(|&pixel| inside[pixel] == wanted).collect();
            pixels.iter().map(|&pixel| luma(&picture, pixel)).sum::<f32>() / pixels.len() as f32
        };
        let share = inside.iter().filter(|&&count| count == 1).count() as f32 / inside.len() as f32;
        assert!((0.05..0.3).contains(&share), "{share} of picture {index} is covered");
        match picture.kind {
            SynthKind::Fluorescence => assert!(mean(1) > 2.0 * mean(0), "{} {}", mean(1), mean(0)),
            SynthKind::Stained => assert!(mean(1) < 0.85 * mean(0), "{} {}", mean(1), mean(0)),
        }
    }
}

#[test]
fn what_is_written_is_a_data_set() {
    let (folder, config) = (folder("synth"), small());
    let mut written = Vec::new();
    let json = folder.join("val.json");
    config.write(5, &json, |picture| written.push(picture.file_name.clone())).unwrap();
    assert_eq!(written, ["00001.png", "00002.png", "00003.png"]);
    let dataset = Dataset::open(&json, None, CategoryIds::Contiguous, &mut Warnings::default()).unwrap();
    assert_eq!(dataset.labels(), ["background", SynthConfig::CATEGORY]);
    for index in 0..3 {
        let (sample, picture) = (dataset.sample(index).unwrap(), config.picture(5, index).unwrap());
        assert_eq!(dataset.kind(index), Some(["fluorescence", "stained"][index % 2]));
        assert_eq!(sample.image, picture.image);
        let masks: Vec<_> = sample.objects.iter().flat_map(|object| object.mask.clone()).collect();
        assert!(masks == picture.masks && !masks.is_empty());
    }

    let before = fs::read(&json).unwrap();
    let error = config.write(6, &json, |_| ()).unwrap_err();
    assert!(matches!(&error, Error::InvalidInput(text) if text.contains("val.json")), "{error}");
    fs::remove_file(&json).unwrap();
    assert!(config.write(5, &json, |_| ()).is_err());
    fs::remove_dir_all(folder.join("val")).unwrap();
    config.write(5, &json, |_| ()).unwrap();
    assert_eq!(fs::read(&json).unwrap(), before);
}

#[test]
fn impossible_settings_are_named() {
    let refuses = |config: SynthConfig, name: &str| {
        let error = config.picture(0, 0).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    refuses(SynthConfig { pictures: 0, ..small() }, "image");
    refuses(SynthConfig { kinds: Vec::new(), ..small() }, "kind");
    refuses(SynthConfig { width: 8, ..small() }, "8×72");
    refuses(SynthConfig { radius: [1.0, 4.0], ..small() }, "radius");
    refuses(SynthConfig { coverage: [0.5, 0.2], ..small() }, "coverage");
}

#[test]
fn extremes_are_possible() {
    for config in [
        SynthConfig { coverage: [0.0, 0.0], ..small() },
        SynthConfig { coverage: [1.0, 1.0], ..small() },
        SynthConfig { width: 16, height: 300, radius: [40.0, 60.0], ..small() },
        SynthConfig { radius: [2.0, 2.0], ..small() },
    ] {
        for index in 0..2 {
            config.picture(3, index).unwrap();
        }
    }
    assert!(SynthConfig { coverage: [0.0, 0.0], ..small() }.picture(3, 0).unwrap().masks.is_empty());
}
