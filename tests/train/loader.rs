//! The loader: the same batches whatever the threads do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use maskrcnn_web::Error;
use maskrcnn_web::coco::Warnings;
use maskrcnn_web::config::InputSettings;
use maskrcnn_web::train::{Augment, AugmentConfig, CategoryIds, Dataset, Loader, LoaderConfig, Sample};

use crate::fixtures::{folder, of_kinds, write};

fn dataset(name: &str, kinds: &[&str]) -> Arc<Dataset> {
    let path = write(&folder(name), &of_kinds(kinds));
    Arc::new(Dataset::open(&path, None, CategoryIds::Contiguous, &mut Warnings::default()).unwrap())
}

fn loader(dataset: &Arc<Dataset>, augment: AugmentConfig, config: &LoaderConfig, first_step: u64) -> Loader {
    let transform = InputSettings { min_size: 24, ..InputSettings::default() };
    let augment = Augment::new(augment, &transform).unwrap();
    Loader::new(Arc::clone(dataset), augment, config, 7, first_step).unwrap()
}

fn threads(threads: usize) -> LoaderConfig {
    LoaderConfig { batch: 3, threads, prefetch: 2, ..LoaderConfig::default() }
}

fn batches(mut loader: Loader, count: usize) -> Vec<Vec<Sample>> {
    (0..count).map(|_| loader.next_batch().unwrap()).collect()
}

/// How often each image is shown: its object starts in the column of its own number.
fn shown(dataset: &Arc<Dataset>, config: &LoaderConfig, epoch: u64) -> Vec<usize> {
    let steps = dataset.len() / config.batch;
    let loader = loader(dataset, AugmentConfig::off(), config, epoch * steps as u64);
    let mut counts = vec![0; dataset.len()];
    for sample in batches(loader, steps).concat() {
        counts[(sample.objects[0].bounding_box.x1 / 2.0).round() as usize] += 1;
    }
    counts
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let dataset = dataset("threads", &["a"; 7]);
    let one = batches(loader(&dataset, AugmentConfig::default(), &threads(1), 0), 12);
    assert_eq!(one, batches(loader(&dataset, AugmentConfig::default(), &threads(4), 0), 12));
    assert!(one.iter().all(|batch| batch.len() == 3));
    let deep = LoaderConfig { prefetch: 9, ..threads(3) };
    assert_eq!(one, batches(loader(&dataset, AugmentConfig::default(), &deep, 0), 12));
}

#[test]
fn combined_images_do_not_depend_on_threads_and_are_of_one_kind() {
    let dataset = dataset("combined", &["a", "b", "a", "a", "b", "a", "a", "lone"]);
    let config = || AugmentConfig { mosaic: 1.0, copy_paste: 1.0, ..AugmentConfig::off() };
    let one = batches(loader(&dataset, config(), &threads(1), 0), 12);
    assert_eq!(one, batches(loader(&dataset, config(), &threads(4), 0), 12));
    assert_eq!(one[5..], batches(loader(&dataset, config(), &threads(2), 5), 7));
    // An image without others of its kind is shown as it is.
    let plain = batches(loader(&dataset, AugmentConfig::off(), &threads(1), 0), 12).concat();
    // Its object starts in column 7, and images are shown twice as large.
    let is_lone = |sample: &Sample| sample.objects[0].bounding_box.x1 == 14.0;
    assert!(plain.iter().any(is_lone));
    for (combined, plain) in one.concat().iter().zip(&plain).filter(|(_, plain)| is_lone(plain)) {
        assert_eq!(combined, plain);
    }
}

#[test]
fn a_run_goes_on_where_it_was_stopped() {
    let dataset = dataset("resume", &["a"; 5]);
    let all = batches(loader(&dataset, AugmentConfig::default(), &threads(2), 0), 10);
    for step in [1, 4, 9] {
        let rest = batches(loader(&dataset, AugmentConfig::default(), &threads(2), step as u64), 10 - step);
        assert_eq!(rest, all[step..]);
    }
}

#[test]
fn an_epoch_shows_every_picture_once_in_an_order_of_its_own() {
    let dataset = dataset("epochs", &["a"; 12]);
    for epoch in 0..4 {
        assert_eq!(shown(&dataset, &threads(2), epoch), [1; 12]);
    }
    let order = |epoch: u64| -> Vec<f32> {
        let samples = batches(loader(&dataset, AugmentConfig::off(), &threads(1), 4 * epoch), 4).concat();
        samples.iter().map(|sample| sample.objects[0].bounding_box.x1).collect()
    };
    assert_ne!(order(0), order(1));
    assert_eq!(loader(&dataset, AugmentConfig::off(), &threads(1), 0).steps_per_epoch(), 4.0);
}

#[test]
fn kinds_are_shown_as_often_as_their_weights_say() {
    let mut kinds = ["common"; 12];
    kinds[2] = "rare";
    kinds[9] = "rare";
    kinds[5] = "never";
    let dataset = dataset("weights", &kinds);
    let kind_weights = BTreeMap::from([("rare".into(), 3.0), ("never".into(), 0.0)]);
    let config = LoaderConfig { kind_weights, ..threads(2) };
    let mut total = [0; 12];
    for epoch in 0..40 {
        for (total, count) in total.iter_mut().zip(shown(&dataset, &config, epoch)) {
            *total += count;
        }
    }
    // Of 12 images an epoch, 2 × 3 / 15 are rare and 1 / 15 each of the 9 others.
    for (picture, count) in total.into_iter().enumerate() {
        let expected = match kinds[picture] {
            "rare" => 40.0 * 12.0 * 3.0 / 15.0,
            "never" => 0.0,
            _ => 40.0 * 12.0 / 15.0,
        };
        assert!(
            (f64::from(count as u32) - expected).abs() <= 12.0 * f64::from(u8::from(expected > 0.0)),
            "{picture}: {count}"
        );
    }
}

#[test]
fn errors_are_handed_on_and_the_next_batch_is_there() {
    let folder = folder("errors");
    let path = write(&folder, &of_kinds(&["a"; 3]));
    let open =
        |path: &Path| Arc::new(Dataset::open(path, None, CategoryIds::Contiguous, &mut Warnings::default()).unwrap());
    let dataset = open(&path);
    fs::write(folder.join("data/1.png"), b"no picture").unwrap();
    let config = LoaderConfig { batch: 1, threads: 2, ..LoaderConfig::default() };
    let mut loader = loader(&dataset, AugmentConfig::default(), &config, 0);
    let results: Vec<_> = (0..9).map(|_| loader.next_batch()).collect();
    for epoch in results.chunks(3) {
        let errors: Vec<_> = epoch.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(matches!(&errors[..], [Error::InvalidInput(text)] if text.contains("1.png")), "{errors:?}");
    }
}

#[test]
fn a_loader_is_dropped_at_any_moment() {
    let dataset = dataset("drop", &["a"; 3]);
    for taken in 0..3 {
        batches(loader(&dataset, AugmentConfig::default(), &threads(3), 0), taken);
        // All threads have ended, so nothing else holds the data set.
        assert_eq!(Arc::strong_count(&dataset), 1);
    }
}

#[test]
fn impossible_settings_are_named() {
    let dataset = dataset("settings", &["a", "b"]);
    let refuses = |config: LoaderConfig, name: &str| {
        let augment = Augment::new(AugmentConfig::off(), &InputSettings::default()).unwrap();
        let error = Loader::new(Arc::clone(&dataset), augment, &config, 0, 0).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    let weights = |weights: &[(&str, f32)]| LoaderConfig {
        kind_weights: weights.iter().map(|&(kind, weight)| (kind.into(), weight)).collect(),
        ..LoaderConfig::default()
    };
    refuses(LoaderConfig { batch: 0, ..LoaderConfig::default() }, "batch");
    refuses(LoaderConfig { threads: 0, ..LoaderConfig::default() }, "threads");
    refuses(LoaderConfig { prefetch: 0, ..LoaderConfig::default() }, "prefetch");
    refuses(weights(&[("a", -1.0)]), "`a`");
    refuses(weights(&[("a", f32::NAN)]), "`a`");
    refuses(weights(&[("a", 0.0), ("b", 0.0)]), "weight 0");
}
